"""Every family of encoders: transformers' numbers, names of files, and what is not here. See also test_every_family."""

import json
import re

import numpy as np
import pytest
from drawn_weights import drawn_features, drawn_weights
from paths import ROOT
from safetensors.numpy import load_file, save_file

from bert_keras.encoders.huggingface.from_huggingface import from_huggingface
from bert_keras.encoders.huggingface.other_families import OTHER_FAMILIES

REFERENCES = ROOT / "tests" / "data" / "huggingface"
FORMS = json.loads((REFERENCES / "families.json").read_text(encoding="utf-8"))
OUTPUTS = dict(np.load(REFERENCES / "families.npz"))
PREFIXES = {  # transformers' `base_model_prefix` of each
    "electra-small": "electra",
    "albert": "albert",
    "distilbert": "distilbert",
    "xlm-roberta": "roberta",
    "data2vec-text": "data2vec_text",
    "ernie": "ernie",
    "mobilebert": "mobilebert",
}
NO_POOLER = ("electra", "distilbert", "modernbert")  # by model_type


def write_folder(name, folder, prefix="", **changes):
    """Hugging Face's files of a tiny model with drawn weights."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {**FORMS[name]["config"], **changes}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    weights = {prefix + key: values for key, values in drawn_weights(FORMS[name]["shapes"]).items()}
    save_file(weights, folder / "model.safetensors")
    return folder


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    root = tmp_path_factory.mktemp("families")
    return {name: write_folder(name, root / name) for name in FORMS}


def features_of(name):
    return drawn_features(FORMS[name]["config"]["pad_token_id"])


@pytest.mark.parametrize("name", FORMS)
def test_outputs_are_transformers(name, folders):
    encoder = from_huggingface(folders[name])
    outputs = encoder(features_of(name), training=False)
    np.testing.assert_allclose(outputs["sequence_output"], OUTPUTS[f"{name}/sequence"], atol=1e-5)
    if f"{name}/pooled" in OUTPUTS:
        np.testing.assert_allclose(outputs["pooled_output"], OUTPUTS[f"{name}/pooled"], atol=1e-5)
    else:
        assert FORMS[name]["config"]["model_type"] in NO_POOLER
        np.testing.assert_array_equal(outputs["pooled_output"], outputs["sequence_output"][:, 0])


@pytest.mark.parametrize("name", PREFIXES)
def test_files_of_a_model_with_a_head_have_a_prefix(name, tmp_path):
    folder = write_folder(name, tmp_path, f"{PREFIXES[name]}.")
    encoder = from_huggingface(folder)
    sequence = encoder(features_of(name), training=False)["sequence_output"]
    np.testing.assert_allclose(sequence, OUTPUTS[f"{name}/sequence"], atol=1e-5)


@pytest.mark.parametrize(("name", "options"), [("electra-small", {"pooler": True}), ("albert", {}), ("roberta", {})])
def test_a_pooler_that_is_not_there_is_made(name, options, tmp_path):
    folder = write_folder(name, tmp_path)
    weights = {key: value for key, value in load_file(folder / "model.safetensors").items() if "pooler" not in key}
    save_file(weights, folder / "model.safetensors")
    with pytest.warns(UserWarning, match="has no pooler: a fresh one is made, to be trained"):
        encoder = from_huggingface(folder, seed=4, **options)
    outputs = encoder(features_of(name), training=False)
    np.testing.assert_allclose(outputs["sequence_output"], OUTPUTS[f"{name}/sequence"], atol=1e-5)
    kernel, first = encoder.pooler_kernel.numpy(), outputs["sequence_output"][:, 0]
    assert 0.01 < kernel.std() < 0.03  # drawn with a deviation of 0.02, cut at two
    np.testing.assert_allclose(outputs["pooled_output"], np.tanh(first @ kernel), atol=1e-5)


def test_positions_of_roberta_are_as_many_as_texts_may_have_tokens(folders):
    """Of 18 rows of the table the first two are not those of tokens."""
    encoder = from_huggingface(folders["roberta"])
    assert (encoder.max_positions, encoder.position_offset) == (16, 2)
    assert encoder.named_weights()["position_embedding/embeddings"].shape == (18, 12)
    long = {key: np.ones((1, 17), "int32") for key in features_of("roberta")}
    with pytest.raises(ValueError, match="`seq_length` must be between 1 and 16, the encoder's position table"):
        encoder(long)


@pytest.mark.parametrize("model_type", OTHER_FAMILIES)
def test_other_families_are_refused_by_name(model_type, tmp_path):
    folder = write_folder("bert-relu", tmp_path, model_type=model_type)
    name, why = OTHER_FAMILIES[model_type]
    with pytest.raises(ValueError, match=rf"It holds {re.escape(name)}, {re.escape(why)}. Near it are"):
        from_huggingface(folder)
