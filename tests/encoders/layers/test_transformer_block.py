"""Recomputing layers: the same gradients, dropout included, and the same training."""

import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.text_classification.text_classifier import TextClassifier


def gradients(recompute, dropout, compiled):
    encoder = tiny.native_encoder(dropout=dropout, num_layers=3, recompute=recompute)
    features = {name: tf.constant(value) for name, value in tiny.features().items()}

    def run():
        with tf.GradientTape() as tape:
            outputs = encoder(features, training=True)
            loss = tf.reduce_sum(outputs["sequence_output"] ** 3) + tf.reduce_sum(outputs["pooled_output"] ** 2)
        return loss, [tf.convert_to_tensor(g) for g in tape.gradient(loss, encoder.trainable_weights)]

    first = (tf.function(run) if compiled else run)()
    return [value.numpy() for value in tf.nest.flatten(first)]


@pytest.mark.parametrize("compiled", [True, False])
@pytest.mark.parametrize("dropout", [0.0, 0.3])
def test_gradients_are_the_same(dropout, compiled):
    kept, again = (gradients(recompute, dropout, compiled) for recompute in (False, True))
    assert len(kept) == 1 + 5 + 3 * 16 + 2
    largest = max(np.abs(one).max() for one in kept)
    for one, other in zip(kept, again, strict=True):
        np.testing.assert_allclose(other, one, rtol=1e-5, atol=1e-6 * largest)


@pytest.mark.parametrize("micro_batches", [1, 3])
def test_training_ends_with_the_same_weights(micro_batches):
    def trained(recompute):
        model = TextClassifier(tiny.native_encoder(dropout=0.2, recompute=recompute), seed=2)
        model.compile(build_optimizer(Recipe(learning_rate=1e-2, adam_epsilon=1e-3)), micro_batches=micro_batches)
        model.fit(tiny.features(), np.arange(16) % 2, batch_size=8, epochs=2, verbose=0)
        return [weight.numpy() for weight in model.weights]

    for one, other in zip(trained(False), trained(True), strict=True):
        np.testing.assert_allclose(other, one, rtol=0, atol=1e-6)


def test_the_setting_is_kept_and_can_be_changed():
    encoder = tiny.native_encoder(recompute=True)
    assert type(encoder).from_config(encoder.get_config()).recompute is True
    encoder.recompute = False
    assert [block.recompute for block in encoder.blocks] == [False]
    with pytest.raises(TypeError, match="`recompute` must be True or False"):
        encoder.recompute = "yes"


def test_nothing_is_recomputed_without_training():
    encoder, plain = tiny.native_encoder(recompute=True), tiny.native_encoder()
    np.testing.assert_array_equal(*(made(tiny.features())["pooled_output"].numpy() for made in (encoder, plain)))
