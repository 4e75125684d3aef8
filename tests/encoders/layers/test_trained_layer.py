"""The written gradient: that of TensorFlow for the same layer, in every form, and when it is taken."""

import functools
import gc

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.encoders.layers import trained_layer, transformer_block
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.text_classification.text_classifier import TextClassifier


def gradients(encoder, compiled=True, pooled_only=False, **features):
    """The loss and every weight's gradient, of a loss that looks at all outputs."""
    inputs = {name: tf.constant(value) for name, value in (features or tiny.features()).items()}

    def run():
        with tf.GradientTape() as tape:
            outputs = encoder(inputs, training=True, pooled_only=pooled_only)
            loss = tf.reduce_sum(outputs["pooled_output"] ** 2)
            loss += 0.0 if pooled_only else tf.reduce_sum(outputs["sequence_output"] ** 3)
        return loss, [tf.convert_to_tensor(g) for g in tape.gradient(loss, encoder.trainable_weights)]

    return [value.numpy() for value in tf.nest.flatten((tf.function(run, autograph=False) if compiled else run)())]


def both(compiled=True, pooled_only=False, **options):
    encoders = [tiny.native_encoder(num_layers=3, **options) for _ in range(2)]
    for block in encoders[1].blocks:
        block.own_gradient = False
    return [gradients(encoder, compiled, pooled_only) for encoder in encoders]


def assert_near(own, automatic):
    largest = max(np.abs(one).max() for one in automatic)
    for one, other in zip(own, automatic, strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-6 * largest)


@pytest.mark.parametrize("pooled_only", [True, False])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
@pytest.mark.parametrize("gelu", ["erf", "tanh"])
def test_it_is_the_automatic_one(gelu, dropout, pooled_only):
    own, automatic = both(gelu=gelu, dropout=dropout, pooled_only=pooled_only)
    assert len(own) == 1 + 5 + 3 * 16 + 2
    assert_near(own, automatic)
    assert all(np.abs(one).max() > 0 for one in own[1:])


def test_eagerly_too():
    assert_near(*both(compiled=False, dropout=0.3))


def test_one_rate_may_be_0():
    encoders = [tiny.native_encoder(num_layers=2) for _ in range(2)]
    for encoder in encoders:
        for block in encoder.blocks:
            block.attention_dropout, block.own_gradient = 0.4, encoder is encoders[0]
    assert_near(*map(gradients, encoders))


def test_a_batch_without_rows():
    """A replica may have none."""
    empty = {name: np.zeros((0, 5), "int32") for name in tiny.features()}
    assert all(np.all(value == 0) for value in gradients(tiny.native_encoder(dropout=0.1), **empty))


def test_frozen_weights_have_none():
    encoder, whole = (tiny.native_encoder(num_layers=2, name="encoder") for _ in range(2))
    encoder.freeze("embeddings,0,query,bias")
    frozen = gradients(encoder)[1:]
    names = [weight.path for weight in encoder.trainable_weights]
    names_of_all = [weight.path for weight in whole.trainable_weights]
    wanted = dict(zip(names_of_all, gradients(whole)[1:], strict=True))
    assert len(frozen) == len(names) == 5 + 4 + 1  # kernels and layer norms of layer 1, and the pooler's kernel
    for name, gradient in zip(names, frozen, strict=True):
        np.testing.assert_allclose(gradient, wanted[name], rtol=0, atol=1e-5)


def counted(traced, way, plain):
    return lambda *args: traced.append(way) or plain(*args)


def test_both_directions_are_traced_once_for_all_layers(monkeypatch):
    traced = []
    for way in ("forward", "backward"):
        plain = getattr(trained_layer._Layer, way)
        monkeypatch.setattr(trained_layer._Layer, way, counted(traced, way, plain))
    monkeypatch.setattr(trained_layer, "_graph", functools.cache(trained_layer._graph.__wrapped__))
    model = TextClassifier(tiny.native_encoder(dropout=0.1, num_layers=4))
    model.fit(tiny.features(), np.arange(16) % 2, verbose=0)
    assert traced.count("forward") == traced.count("backward") == 2  # all tokens, and the first ones of the last layer


def test_a_fit_leaves_no_graph_behind():
    counts = []
    for _ in range(3):
        TextClassifier(tiny.native_encoder(dropout=0.1)).fit(tiny.features(), np.arange(16) % 2, verbose=0)
        keras.backend.clear_session()
        gc.collect()
        counts.append(sum(type(one).__name__ == "FuncGraph" for one in gc.get_objects()))
    assert counts[2] == counts[1]  # the first traces what is kept for all models of a form


@pytest.mark.parametrize("pooled_only", [True, False])
@pytest.mark.parametrize("gelu", ["erf", "tanh"])
def test_in_bfloat16_it_is_as_near_to_float32_as_the_automatic_one(gelu, pooled_only):
    """Both round to 8 bits, but not at the same places."""
    wide = gradients(tiny.native_encoder(num_layers=3, gelu=gelu), pooled_only=pooled_only)[1:]
    narrow = both(gelu=gelu, pooled_only=pooled_only, dtype="mixed_bfloat16")
    own, automatic = (distances(part[1:], wide) for part in narrow)
    assert max(own) < 0.03
    assert np.mean(own) < 1.1 * np.mean(automatic)


def test_bfloat16_drops_what_float32_drops():
    options = {"num_layers": 1, "dropout": 0.4, "seed": 3}
    wide, narrow = (gradients(tiny.native_encoder(dtype=dtype, **options)) for dtype in ("float32", "mixed_bfloat16"))
    assert max(distances(narrow[1:], wide[1:])) < 0.03


def distances(values, wanted):
    """Relative to each one's norm, but of those that are next to nothing, such as that of the bias of keys."""
    least = 0.01 * max(np.linalg.norm(other) for other in wanted)
    return [
        np.linalg.norm(one - other) / max(np.linalg.norm(other), least)
        for one, other in zip(values, wanted, strict=True)
    ]


def test_another_precision_and_a_graph_to_be_saved_have_tensorflows(monkeypatch, tmp_path):
    def refuse(*args):
        raise AssertionError("the written gradient was taken")

    monkeypatch.setattr(transformer_block, "trained_layer", refuse)
    for options in ({"dtype": "mixed_float16"}, {"recompute": True}):
        gradients(tiny.native_encoder(**options), pooled_only=True)
    encoder = tiny.native_encoder()
    save_encoder(encoder, tmp_path / "saved")
    encoder.add_lora(2)
    gradients(encoder)
    with pytest.raises(AssertionError, match="the written gradient was taken"):
        gradients(tiny.native_encoder())


def test_a_model_trains_as_with_the_automatic_one():
    def trained(own):
        model = TextClassifier(tiny.native_encoder(dropout=0.2, num_layers=2), seed=2)
        for block in model.encoder.blocks:
            block.own_gradient = own
        model.compile(keras.optimizers.SGD(0.1))
        model.fit(tiny.features(), np.arange(16) % 2, batch_size=8, epochs=3, verbose=0)
        return [weight.numpy() for weight in model.trainable_weights]

    for one, other in zip(trained(True), trained(False), strict=True):
        np.testing.assert_allclose(one, other, rtol=0, atol=2e-6)
