"""Layers in a graph: each form is traced once, whatever number of layers, models and graphs."""

import collections

import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.encoders.layers import traced_layer
from bert_keras.encoders.layers.layer_forward import layer_forward


def test_a_form_is_traced_once(monkeypatch):
    traced = []

    def forward(*args, **more):
        traced.append(args[0])
        return layer_forward(*args, **more)

    monkeypatch.setattr(traced_layer, "layer_forward", forward)
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


@pytest.mark.parametrize("form", ["tanh", "erf"])
def test_prediction_is_in_operations_that_tensorflow_fuses(form):
    """BiasAdd and not AddV2 after each product, and GELU's cube as a power; `layer_forward` is the reference."""
    encoder = tiny.native_encoder(gelu=form)
    block, rows = encoder.blocks[0], tf.random.normal([6, 16], seed=1)
    padding = tf.constant([[[[0, 0, 0]]], [[[0, 0, 1]]]])
    weights = {name: tf.convert_to_tensor(weight) for name, weight in block.weights_by_name.items()}
    graph = traced_layer._graph(block.form, False).get_concrete_function(weights, rows, padding, None)
    kinds = collections.Counter(operation.type for operation in graph.graph.get_operations())
    assert kinds["BiasAdd"] == 6 and kinds[{"tanh": "Pow", "erf": "Erfc"}[form]] == 1
    wanted = layer_forward(block.form, weights, rows, padding)
    np.testing.assert_allclose(graph(weights, rows, padding, None), wanted, atol=1e-6)
