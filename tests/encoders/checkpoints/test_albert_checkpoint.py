"""Google's TF1 files of ALBERT: outputs equal transformers' on the same weights, and each fault has its message."""

import shutil

import numpy as np
import pytest
from dialects import sentence_pieces
from drawn_weights import drawn_features
from google_families import OUTPUTS, family_tensors, write_family

from bert_keras.encoders.checkpoints.albert_checkpoint import albert_name
from bert_keras.encoders.checkpoints.load_checkpoint import load_checkpoint
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.planning.plan import plan

TENSORS = family_tensors("albert")
LAYER = "bert/encoder/transformer/group_0/inner_group_0"
FEATURES = drawn_features(0)


def head():
    random, begin = np.random.default_rng(5), "cls/predictions"
    shapes = {f"{begin}/output_bias": (50,), f"{begin}/transform/dense/kernel": (12, 8)}
    shapes |= {f"{begin}/transform/{name}": (8,) for name in ("dense/bias", "LayerNorm/gamma", "LayerNorm/beta")}
    return {name: random.normal(0, 0.5, shape).astype("float32") for name, shape in shapes.items()}


@pytest.mark.parametrize("act", ["gelu", "gelu_new"])
def test_outputs_are_transformers(tmp_path, act):
    moments = {f"{name}/adam_m": values for name, values in TENSORS.items()}
    more = {"global_step": np.zeros((), "int64"), "cls/seq_relationship/output_weights": np.ones((2, 12), "float32")}
    write_family(tmp_path, "albert", {**TENSORS, **head(), **moments, **more}, hidden_act=act)
    encoder = load_encoder(tmp_path, lower_case=True)
    assert encoder.variations == {"embedding_size": 8, "share_layers": True} and encoder.num_layers == 3
    outputs = encoder(FEATURES, training=False)
    for name, key in (("sequence_output", "sequence"), ("pooled_output", "pooled")):
        np.testing.assert_allclose(outputs[name], OUTPUTS[f"albert/{key}"], rtol=0, atol=1e-5)
    for name, values in encoder.mlm_weights.items():
        np.testing.assert_array_equal(values, head()[albert_name(f"cls/predictions/{name}")])
    sizes = plan(str(tmp_path), seq_length=8, memory="1GiB", batch_size=2).predicted
    assert sizes.weights == 4 * encoder.config.parameters


def test_its_sentence_pieces_are_read(tmp_path):
    rows = np.random.default_rng(0).normal(size=(60, 8)).astype("float32")
    write_family(tmp_path, "albert", {**TENSORS, "bert/embeddings/word_embeddings": rows}, vocab_size=60)
    shutil.copy(sentence_pieces(), tmp_path / "30k-clean.model")
    encoder = load_checkpoint(tmp_path)
    assert type(encoder.tokenizer).__name__ == "SentencePieceTokenizer" and encoder.tokenizer.lower_case
    assert encoder.tokenizer.vocab_size == encoder.vocab_size == 60


@pytest.mark.parametrize(
    ("change", "config", "match"),
    [
        (
            {f"{LAYER}/LayerNorm_1/beta": None},
            {},
            rf"hold the tensors of ALBERT as albert_config.json.*It lacks 1: '{LAYER}/LayerNorm_1/beta'\.",
        ),
        ({"bert/more": np.ones(3, "float32")}, {}, "1 that ALBERT does not have: 'bert/more'"),
        ({}, {"embedding_size": 12}, r"6 of another shape.* and must be"),
        ({}, {"embedding_size": "wide"}, "`embedding_size` must be an integer"),
        ({}, {"num_hidden_groups": 2}, "`albert_config.json` must have one num_hidden_groups, as ALBERT was published"),
        ({}, {"hidden_act": "relu"}, "`albert_config.json` must have hidden_act 'gelu'.*It is 'relu'"),
        ({}, {"num_hidden_layers": None}, "`albert_config.json` must have BERT's sizes.*It lacks num_hidden_layers"),
    ],
)
def test_what_does_not_fit_is_named(tmp_path, change, config, match):
    tensors = {name: values for name, values in {**TENSORS, **change}.items() if values is not None}
    write_family(tmp_path, "albert", tensors, **config)
    with pytest.raises((TypeError, ValueError), match=match):
        load_checkpoint(tmp_path, lower_case=True)
