"""Layers in a graph: each form is traced once, whatever number of layers, models and graphs."""

import numpy as np
import tensorflow as tf
import tiny

from bert_keras.encoders import traced_layer
from bert_keras.encoders.layer_forward import layer_forward


def test_a_form_is_traced_once(monkeypatch):
    traced = []
    monkeypatch.setattr(traced_layer, "layer_forward", lambda *args: traced.append(args[0]) or layer_forward(*args))
    graph = traced_layer._graph.__wrapped__(tiny.native_encoder().blocks[0].form, False)
    monkeypatch.setattr(traced_layer, "_graph", lambda form, first_only: graph)
    features = {name: tf.constant(value) for name, value in tiny.features().items()}
    for seed in (1, 2):
        encoder = tiny.native_encoder(num_layers=4, seed=seed)
        run = tf.function(lambda features, encoder=encoder: encoder(features, training=False), autograph=False)
        wanted = encoder(features, training=False)  # eagerly, layer by layer
        for name in ("pooled_output", "sequence_output"):
            np.testing.assert_allclose(run(features)[name], wanted[name], atol=1e-6)
    assert len(traced) == 1


def test_the_weights_are_read_at_each_call():
    encoder = tiny.native_encoder(num_layers=2)
    features = {name: tf.constant(value) for name, value in tiny.features().items()}
    run = tf.function(lambda features: encoder(features, training=False)["pooled_output"], autograph=False)
    before = run(features).numpy()
    kernel = encoder.blocks[0].weights_by_name["output.kernel"]
    kernel.assign(2.0 * kernel)
    after = run(features).numpy()
    assert np.abs(after - before).max() > 1e-3
    np.testing.assert_allclose(after, encoder(features, training=False)["pooled_output"], atol=1e-6)
