"""Weights from TF-Hub's graphs into the native encoder: equal outputs, or a refusal that says why."""

import bert_reference
import keras
import numpy as np
import pytest
import tensorflow as tf
from encoders import VOCABULARY, write_no_bert

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.from_hub_encoder import _probe, assign_weights, copy_encoder, from_hub_encoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.layers import layer_forward, traced_layer
from bert_keras.encoders.save_encoder import save_encoder

FEATURES = bert_reference.batch(len(VOCABULARY), length=20)


def tiny(**options):
    sizes = {"vocab_size": 60, "num_layers": 2, "hidden_size": 12, "num_heads": 3, "max_positions": 40}
    return BertEncoder(**{**sizes, "initializer_range": 0.5, "seed": 1, **options})


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """A SavedModel of `tiny()`, which loads faster than Model Garden's."""
    return save_encoder(tiny(), tmp_path_factory.mktemp("written") / "encoder")


def check_equal(hub, native, atol=1e-5):
    for training_off in (False, None):
        wanted, found = hub(FEATURES, training=training_off), native(FEATURES, training=training_off)
        for name in ("pooled_output", "sequence_output"):
            np.testing.assert_allclose(found[name], wanted[name], atol=atol)


@pytest.mark.parametrize("kind", ["dict", "list"])
def test_native_equals_the_hub_graph(request, kind):
    hub = HubEncoder(str(request.getfixturevalue(f"{kind}_encoder")))
    native = from_hub_encoder(hub, dropout=0.2, seed=3)
    assert (native.gelu, native.dropout, native.seed) == ("tanh", 0.2, 3)
    check_equal(hub, native)
    if kind == "dict":  # the list dialect has no outputs of the layers
        for found, wanted in zip(native(FEATURES)["encoder_outputs"], hub(FEATURES)["encoder_outputs"], strict=True):
            np.testing.assert_allclose(found, wanted, atol=1e-5)


def test_a_graph_with_erf_gelu_is_recognised(tmp_path):
    hub = HubEncoder(save_encoder(tiny(gelu="erf"), tmp_path / "erf"))
    assert from_hub_encoder(hub).gelu == "erf"


@pytest.mark.parametrize("policy", ["mixed_bfloat16", "bfloat16"])
def test_the_comparison_is_made_in_float32_at_any_policy(written, policy):
    hub = HubEncoder(written)
    native = from_hub_encoder(hub, dtype=policy)
    assert native.gelu == "tanh"
    features = bert_reference.batch(60, length=20)
    difference = tf.cast(native(features)["sequence_output"], tf.float32) - hub(features)["sequence_output"]
    assert 1e-4 < np.abs(difference).max() < 0.3
    keras.config.set_dtype_policy("mixed_bfloat16")
    try:
        assert from_hub_encoder(HubEncoder(written, dtype="float32")).compute_dtype == "bfloat16"
    finally:
        keras.config.set_dtype_policy("float32")


@pytest.mark.parametrize("change", ["relu", "epsilon"])
def test_another_network_with_the_same_weights_is_refused(tmp_path, monkeypatch, change):
    with monkeypatch.context() as patch:
        if change == "relu":
            for module, name in ((layer_forward, "gelu"), (traced_layer, "fused_gelu")):
                patch.setattr(module, name, lambda values, form: keras.ops.relu(values))
            patch.setattr(traced_layer, "_graph", traced_layer._graph.__wrapped__)  # not what is traced already
        folder = save_encoder(tiny(layer_norm_epsilon=0.1 if change == "epsilon" else 1e-12), tmp_path / "m")
    with pytest.raises(ValueError, match=r"for native=True.*the outputs differ by .* with tanh GELU, .* with erf GELU"):
        from_hub_encoder(HubEncoder(folder))


def test_a_small_difference_is_told(tmp_path):
    """Between 1e-5, what imported weights reach, and 1e-4, what is another network."""
    hub = HubEncoder(save_encoder(tiny(layer_norm_epsilon=4e-6), tmp_path / "m"))
    with pytest.warns(UserWarning, match=r"outputs differ from those of '.*' by [1-9]\.\de-05"):
        from_hub_encoder(hub)


def test_weights_that_are_no_numbers_are_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("bert_keras.encoders.save_encoder.finite_weights", lambda *of: None)  # as older versions were
    encoder = tiny()
    encoder.pooler_bias.assign(np.full(12, np.nan, "float32"))
    hub = HubEncoder(save_encoder(encoder, tmp_path / "m"))
    with pytest.raises(ValueError, match="the outputs differ by nan with tanh GELU"):
        from_hub_encoder(hub)


def test_what_is_no_bert_is_refused(tmp_path):
    match = r"must name a BERT encoder for native=True.*do not tell num_layers, num_heads, .*without native=True"
    with pytest.raises(ValueError, match=match):
        from_hub_encoder(HubEncoder(str(write_no_bert(tmp_path / "m"))))


def test_another_set_of_weights_is_named(written, monkeypatch):
    hub = HubEncoder(written)
    named = hub.named_weights()
    renamed = {name.replace("pooler_transform/bias", "projection/bias"): weight for name, weight in named.items()}
    monkeypatch.setattr(hub, "named_weights", lambda: renamed)
    match = r"1 weights are missing: \['pooler_transform/bias'\], 1 unknown: \['projection/bias'\]"
    with pytest.raises(ValueError, match=match):
        from_hub_encoder(hub)


def test_nothing_is_set_when_a_shape_differs():
    native, weights = tiny(), {name: np.zeros(weight.shape) for name, weight in tiny().named_weights().items()}
    weights["pooler_transform/bias"] = np.zeros(7)
    before = native.get_weights()
    with pytest.raises(ValueError, match=r"'pooler_transform/bias' has the shape \(7,\) in place of \(12,\)"):
        assign_weights(native, weights)
    assert all(np.array_equal(a, b) for a, b in zip(before, native.get_weights(), strict=True))


def test_a_copy_is_equal_trainable_and_float32():
    native = tiny(trainable=False, dtype="mixed_bfloat16", gelu="erf")
    copied = copy_encoder(native)
    assert copied.trainable and copied.dtype_policy.name == "float32" and copied.gelu == "erf"
    assert len(copied.trainable_weights) == len(native.weights)
    for name, weight in native.named_weights().items():
        np.testing.assert_array_equal(copied.named_weights()[name].numpy(), weight.numpy())
        assert copied.named_weights()[name] is not weight


def test_the_probe_uses_every_segment_and_padding():
    probe = _probe(vocab_size=30, max_positions=8, type_vocab_size=2)
    assert probe["input_word_ids"].shape == (4, 8) and probe["input_word_ids"].max() < 30
    assert set(np.unique(probe["input_type_ids"])) == {0, 1}
    np.testing.assert_array_equal(probe["input_mask"].sum(1), [8, 4, 2, 2])
    assert _probe(30, 1, 1)["input_mask"].tolist() == [[1]] * 4
