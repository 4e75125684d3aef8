"""`HeadDropout`: Keras' `Dropout`, on one device."""

import keras
import numpy as np
import tensorflow as tf

from bert_keras.models.head_dropout import HeadDropout


def test_it_drops_what_keras_does():
    ours, theirs = HeadDropout(0.3, 7), keras.layers.Dropout(0.3, seed=7)
    x = tf.random.normal([30, 40])
    for _ in range(2):
        np.testing.assert_array_equal(ours(x, training=True), theirs(x, training=True))
    for training in (False, None):
        np.testing.assert_array_equal(ours(x, training=training), x)
    np.testing.assert_array_equal(HeadDropout(0.0, 7)(x, training=True), x)


def test_it_computes_in_float32(policy):
    policy("mixed_bfloat16")
    layer = HeadDropout(0.3, 7)
    assert layer(tf.ones([2, 3], tf.bfloat16), training=True).dtype == tf.float32
    assert layer(tf.ones([2, 3], tf.bfloat16), training=False).dtype == tf.float32
