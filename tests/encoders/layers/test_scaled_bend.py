"""GELU with its factors elsewhere is Keras', and its slope what TensorFlow works out."""

import math

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.encoders.layers.scaled_bend import scaled_bend, scaled_slope

VALUES = tf.constant(np.linspace(-6.0, 6.0, 241), tf.float32)


@pytest.mark.parametrize(
    ("form", "before", "after", "wanted"),
    [
        ("erf", math.sqrt(0.5), math.sqrt(0.5), lambda x: keras.ops.gelu(x, approximate=False)),
        ("tanh", 1.0, 0.5, lambda x: keras.ops.gelu(x, approximate=True)),
        ("relu", 1.0, 1.0, keras.ops.relu),
        ("silu", 1.0, 1.0, keras.ops.silu),
    ],
)
def test_bend_and_slope(form, before, after, wanted):
    with tf.GradientTape() as tape:
        tape.watch(VALUES)
        right = wanted(VALUES)
    inner = VALUES * before
    np.testing.assert_allclose(scaled_bend(inner, form) * after, right, rtol=0, atol=2e-6)
    slope = scaled_slope(inner, form) * before * after
    np.testing.assert_allclose(slope, tape.gradient(right, VALUES), rtol=0, atol=5e-6)
