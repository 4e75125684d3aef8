"""Keras' loops around a model: what they trace."""

import numpy as np
import tensorflow as tf
import tiny

from bert_keras.text_classification.text_classifier import TextClassifier


def test_predict_traces_the_model_once_for_batches_of_many_shapes(monkeypatch):
    traced, call = [], tiny.SumEncoder.call

    def noted(self, inputs, training=None):
        traced.append(0)
        return call(self, inputs, training=training)

    model = TextClassifier(tiny.SumEncoder(), seed=2)
    batches = [tiny.features(rows, length) for rows, length in ((4, 3), (4, 7), (2, 5))]
    wanted = np.concatenate([model(batch).numpy() for batch in batches])
    spec = {name: tf.TensorSpec([None, None], tf.int32) for name in batches[0]}
    dataset = tf.data.Dataset.from_generator(lambda: batches, output_signature=spec)
    dataset = dataset.apply(tf.data.experimental.assert_cardinality(len(batches)))
    monkeypatch.setattr(tiny.SumEncoder, "call", noted)
    for _ in range(2):
        np.testing.assert_allclose(model.predict(dataset, verbose=0), wanted, atol=1e-6)
    assert len(traced) == 1
    no_shapes = tf.data.Dataset.from_generator(lambda: batches, dict.fromkeys(batches[0], tf.int32))
    no_shapes = no_shapes.apply(tf.data.experimental.assert_cardinality(len(batches)))
    np.testing.assert_allclose(model.predict(no_shapes, verbose=0), wanted, atol=1e-6)
    model.compile(run_eagerly=True)
    np.testing.assert_allclose(model.predict(dataset, verbose=0), wanted, atol=1e-6)
