"""`scaled_bend`: GELU without its factors, and its derivative, for layers whose gradient is written out.

`trained_layer` has the factors in the kernels before and after.
"""

import math
from typing import Any

import tensorflow as tf


def scaled_bend(inner: Any, form: str) -> Any:
    """GELU without its factors: `inner` is x / √2 for "erf"; or ReLU, or SiLU."""
    if form == "relu":
        return tf.nn.relu(inner)
    if form == "silu":
        return inner * tf.sigmoid(inner)
    return inner + inner * (tf.math.erf(inner) if form == "erf" else tf.tanh(_argument(inner)))


def scaled_slope(inner: Any, form: str) -> Any:
    """The derivative of `scaled_bend`."""
    if form == "relu":
        return tf.cast(inner > 0, inner.dtype)
    if form == "silu":
        gate = tf.sigmoid(inner)
        return gate * (1.0 + inner * (1.0 - gate))
    if form == "erf":
        return 1.0 + tf.math.erf(inner) + inner * tf.exp(-tf.square(inner)) * (2 / math.sqrt(math.pi))
    bend, root = tf.tanh(_argument(inner)), math.sqrt(2 / math.pi)
    return 1.0 + bend + (1.0 - bend * bend) * inner * (root + 3 * 0.044715 * root * tf.square(inner))


def _argument(inner: Any) -> Any:
    root = math.sqrt(2 / math.pi)
    return inner * (root + 0.044715 * root * tf.square(inner))
