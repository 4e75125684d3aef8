"""A preset that KerasHub itself wrote (tools/keras_hub_preset.py): outputs equal its own, in layouts new and old."""

import json
import re
import shutil
import zipfile

import h5py
import numpy as np
import pytest
from paths import ROOT

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.masked_lm.masked_lm import MaskedLM

PRESET = ROOT / "tests" / "helpers" / "keras_hub_preset.zip"
FEATURES = ("input_word_ids", "input_mask", "input_type_ids")


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory):
    folder = tmp_path_factory.mktemp("keras_hub")
    zipfile.ZipFile(PRESET).extractall(folder)
    return folder


@pytest.fixture(scope="module")
def outputs(unpacked):
    with np.load(unpacked / "outputs.npz") as held:
        return dict(held)


@pytest.fixture
def preset(unpacked, tmp_path):
    return shutil.copytree(unpacked, tmp_path / "preset")


def load(preset, **options):
    """With both notes, as the head and the accents of this preset need."""
    with pytest.warns(UserWarning, match="leaves accents on the letters, and this library takes them off"):
        return load_encoder(preset, **options)


def check_outputs(encoder, outputs):
    found = encoder({name: outputs[name] for name in FEATURES}, training=False)
    for name in ("pooled_output", "sequence_output"):
        np.testing.assert_allclose(found[name], outputs[name], atol=1e-5)


def test_outputs_equal_keras_hubs(unpacked, outputs):
    with pytest.warns(UserWarning, match="KerasHub's head for masked words computes GELU with erf and adds 1e-5"):
        encoder = load(unpacked)
    check_outputs(encoder, outputs)
    assert (encoder.dropout, encoder.attention_dropout, encoder.gelu) == (0.2, 0.2, "tanh")
    assert encoder.tokenizer.lower_case and encoder.tokenizer.vocabulary[5:8] == ["the", "a", "film"]


@pytest.mark.filterwarnings("ignore:KerasHub")
def test_the_head_gives_its_scores_to_the_second_digit(unpacked, outputs):
    """The form of GELU and the epsilon are not ours; with another weight in any place scores differ by far more."""
    model = MaskedLM(load_encoder(unpacked))
    features = {**{name: outputs[name] for name in FEATURES}, "masked_lm_positions": outputs["places"]}
    np.testing.assert_allclose(model(features), outputs["logits"], atol=5e-3)


@pytest.mark.filterwarnings("ignore:KerasHub")
@pytest.mark.parametrize("layout", ["without names", "of Keras 2.13"])
def test_older_layouts(preset, outputs, layout):
    """Keras 3.0 wrote no names; Keras 2.13 wrote the names for the classes, another folder, and lines before names."""
    with h5py.File(preset / "model.weights.h5", "r+") as file:
        for group in list(file["layers"].values()):
            name = group["vars"].attrs.pop("name")
            if layout == "of Keras 2.13":
                file["layers"].move(group.name, f"/layers/{name}")
        if layout == "of Keras 2.13":
            for number in range(2):
                attention = file[f"layers/transformer_layer_{number}/_self_attention_layer"]
                for part in ("query", "key", "value", "output"):
                    attention.move(f"{part}_dense", f"_{part}_dense")
            file.move("layers", "_layer_checkpoint_dependencies")
    check_outputs(load_encoder(preset), outputs)


@pytest.mark.filterwarnings("ignore:KerasHub")
def test_a_backbone_alone_and_a_casing_of_the_call(preset, outputs):
    (preset / "task.weights.h5").unlink()
    encoder = load_encoder(preset, lower_case=False)
    assert encoder.mlm_weights is None and encoder.tokenizer.lower_case is False
    (preset / "tokenizer.json").unlink()
    with pytest.raises(ValueError, match=r"`lower_case` must be given, as .* does not say whether"):
        load_encoder(preset)
    shutil.rmtree(preset / "assets")
    encoder = load_encoder(preset)
    assert encoder.tokenizer is None
    check_outputs(encoder, outputs)


def change(preset, name, **fields):
    config = json.loads((preset / name).read_text())
    config["config"] |= fields
    config["config"] = {key: value for key, value in config["config"].items() if value is not None}
    (preset / name).write_text(json.dumps(config))


KERNEL = "layers/transformer_encoder_1/_feedforward_output_dense/vars/0"


@pytest.mark.parametrize(
    ("damage", "match"),
    [
        (lambda file: file.__delitem__(KERNEL), r"It lacks 1: 'transformer/layer_1/output/kernel'\."),
        (
            lambda file: file["layers"].create_dataset("dense_1/vars/0", data=np.ones(3, "float32")),
            r"1 that BERT does not have: 'layers/dense_1/vars/0'",
        ),
        (
            lambda file: file["layers/dense/vars"].create_dataset("2", data=np.ones(3, "float32")),
            r"1 that BERT does not have: 'pooler_transform/vars/2'",
        ),
        (
            lambda file: file[KERNEL].write_direct(np.full((12, 8), np.inf, "float32")),
            r"96 of the 96 numbers of 'layers/",
        ),
    ],
)
def test_weights_that_do_not_fit(preset, damage, match):
    with h5py.File(preset / "model.weights.h5", "r+") as file:
        damage(file)
    with pytest.raises(ValueError, match=match):
        load_encoder(preset)


@pytest.mark.parametrize(
    ("fields", "match"),
    [
        ({"num_layers": 3}, r"must hold the 3 layers that config.json says.*It holds 2\."),
        ({"hidden_dim": 16}, r"of another shape: 'word_embeddings/embeddings' is \[20, 8\] and must be \[20, 16\]"),
        ({"hidden_dim": None}, r"must have BERT's sizes in its config.json.*It lacks hidden_dim"),
        ({"vocabulary_size": 21}, r"`vocab_file` must have 21 pieces, one for each row of the checkpoint's word table"),
    ],
)
def test_a_config_that_contradicts_the_weights(preset, fields, match):
    change(preset, "config.json", **fields)
    with pytest.raises(ValueError, match=match):
        load_encoder(preset)


def test_presets_of_other_models_and_damaged_files(preset):
    config = (preset / "config.json").read_text()
    (preset / "config.json").write_text(config.replace("BertBackbone", "RobertaBackbone"))
    with pytest.raises(ValueError, match=r"be a preset of KerasHub's BertBackbone.*is of 'RobertaBackbone'"):
        load_encoder(preset)
    (preset / "config.json").write_text("{")
    with pytest.raises(ValueError, match=r"must hold JSON in config.json.*It is not: Expecting property name"):
        load_encoder(preset)
    (preset / "config.json").write_text("[]")
    with pytest.raises(ValueError, match=r"must hold a JSON object in config.json.*It is \[\]"):
        load_encoder(preset)
    (preset / "config.json").write_text(config)
    whole = (preset / "model.weights.h5").read_bytes()
    (preset / "model.weights.h5").write_bytes(whole[:-1000])
    with pytest.raises(ValueError, match=r"must be a whole HDF5 file.*model.weights.h5'\. .*truncated"):
        load_encoder(preset)


def test_names_of_the_file_are_all_found(unpacked):
    """Of the fixture itself: it has the layers that the test is about."""
    with h5py.File(unpacked / "model.weights.h5") as file:
        assert {re.sub(r"_\d+$", "", name) for name in file["layers"]} >= {
            "transformer_encoder",
            "reversible_embedding",
        }
