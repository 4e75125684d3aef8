"""Google's TF1 files of ELECTRA: outputs equal transformers' on the same weights, and each fault has its message."""

import numpy as np
import pytest
from drawn_weights import drawn_features
from google_families import OUTPUTS, family_tensors, write_family

from bert_keras.encoders.checkpoints import electra_checkpoint
from bert_keras.encoders.checkpoints.load_checkpoint import load_checkpoint
from bert_keras.encoders.load_encoder import load_encoder

INNER = "electra/encoder/layer_0/intermediate/dense/kernel"


@pytest.fixture
def narrow_heads(monkeypatch):
    """Heads of 4 numbers, as the tiny models have them."""
    monkeypatch.setattr(electra_checkpoint, "_DEPTH", 4)


@pytest.mark.parametrize(("name", "width"), [("electra-small", 8), ("electra-base", None)])
def test_outputs_are_transformers(tmp_path, narrow_heads, name, width):
    more = {
        "generator/encoder/layer_0/output/dense/kernel": np.ones((3, 3), "float32"),
        "generator_predictions/output_bias": np.ones(50, "float32"),
        "discriminator_predictions/dense/kernel": np.ones((12, 12), "float32"),
        f"{INNER}/adam_m": np.ones((12, 20), "float32"),
    }
    write_family(tmp_path, name, {**family_tensors(name), **more})
    encoder = load_checkpoint(tmp_path, lower_case=True, gelu="erf")
    assert (encoder.embedding_size, encoder.pooler, encoder.num_heads, encoder.num_layers) == (width, False, 3, 3)
    outputs = encoder(drawn_features(0), training=False)
    np.testing.assert_allclose(outputs["sequence_output"], OUTPUTS[f"{name}/sequence"], rtol=0, atol=1e-5)
    np.testing.assert_array_equal(outputs["pooled_output"], outputs["sequence_output"][:, 0])
    assert encoder.tokenizer.vocab_size == 50


def test_gelu_is_googles(tmp_path, narrow_heads):
    write_family(tmp_path, "electra-small", family_tensors("electra-small"))
    assert load_encoder(tmp_path, lower_case=True).gelu == "tanh"


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({INNER: None}, f"hold '{INNER}' with 2 axes, by which an ELECTRA's sizes are told.*It is not there"),
        ({"electra/more": np.ones(3, "float32")}, "hold the tensors of ELECTRA as .*1 that ELECTRA does not have"),
        ({"electra/embeddings_project/bias": None}, "It lacks 1: 'electra/embeddings_project/bias'"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, narrow_heads, change, match):
    tensors = {**family_tensors("electra-small"), **change}
    write_family(tmp_path, "electra-small", {name: values for name, values in tensors.items() if values is not None})
    with pytest.raises(ValueError, match=match):
        load_checkpoint(tmp_path, lower_case=True)


def test_heads_that_are_not_googles_are_refused(tmp_path):
    write_family(tmp_path, "electra-small", family_tensors("electra-small"))
    with pytest.raises(ValueError, match=r"layers of a multiple of 64 numbers, the depth of a head.*It has 12"):
        load_checkpoint(tmp_path, lower_case=True)
