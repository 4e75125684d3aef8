"""Every family of encoders: transformers' numbers, and all that the library does with an encoder."""

import json

import numpy as np
import pytest
from drawn_weights import drawn_features, drawn_weights
from paths import ROOT
from safetensors.numpy import save_file

from bert_keras.encoders.huggingface.from_huggingface import from_huggingface

REFERENCES = ROOT / "tests" / "data" / "huggingface"
FORMS = json.loads((REFERENCES / "families.json").read_text(encoding="utf-8"))
OUTPUTS = dict(np.load(REFERENCES / "families.npz"))
NO_POOLER = ("electra", "distilbert")  # by model_type


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
