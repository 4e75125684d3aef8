"""`dropout`, for every dtype policy and backend; on TensorFlow a number is kept or not by 16 random bits."""

from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None

_VALUES = 2**16


class DrawnSeed(keras.random.SeedGenerator):
    """A seed that is drawn already: it is the same each time that it is asked for."""

    def __init__(self, seed: Any) -> None:  # without a state of its own, which SeedGenerator would make
        self.drawn = seed

    def next(self, ordered: bool = True) -> Any:
        return self.drawn


def drawn_seeds(seeds: keras.random.SeedGenerator, count: int) -> list[DrawnSeed]:
    """`count` seeds, 4 at most, of one draw: a draw writes a variable, and counts up the second of two numbers."""
    drawn = seeds.next()
    return [DrawnSeed(drawn + np.array([0, place << 30], "uint32")) for place in range(count)]


def dropout(values: Any, rate: float, seed: Any) -> Any:
    """Dropout drawn and scaled in float32 at any dtype policy; returns the dtype of `values`.

    A uniform number in bfloat16 is a multiple of 1/128: a rate of 0.1 would be 0.102, and one of 0.001 would be 0.008.
    """
    wide = ops.cast(values, "float32")
    if tf is None or isinstance(values, keras.KerasTensor):
        return ops.cast(keras.random.dropout(wide, rate, seed=seed), values.dtype)
    kept = keep_mask(wide, rate, seed.next())
    return tf.cast(tf.where(kept, wide * keep_scale(rate), 0.0), values.dtype)


def dropped_by(form: Any, seeds: list[DrawnSeed] | None) -> Callable[[Any, int], Any] | None:
    """What `layer_forward` drops with: by the place of the seed, at the rates of the form; None without seeds."""
    if seeds is None:
        return None
    rates = form.attention_dropout, form.dropout, form.dropout
    return lambda values, place: dropout(values, rates[place], seeds[place]) if rates[place] > 0 else values


def keep_mask(values: Any, rate: float, seed: Any) -> Any:
    """bool of the shape of `values`: False at what is dropped. TensorFlow only.

    Half the random bits of Keras' dropout do: the rate is one of 65,536, the next to the one that was asked for.
    """
    with tf.control_dependencies([values]):  # or TensorFlow draws for all layers before the first one is worked out
        shape = tf.shape(values)
        count = tf.reduce_prod(shape)
        pairs = tf.random.stateless_uniform([(count + 1) // 2], tf.cast(seed, "int32"), None, None, tf.int32)
        drawn = tf.reshape(tf.bitcast(pairs, tf.int16), [-1])[:count]
        return tf.reshape(drawn, shape) >= tf.constant(_dropped(rate) - _VALUES // 2, tf.int16)


def keep_scale(rate: float) -> float:
    """What the numbers that `keep_mask` keeps are multiplied by, for their mean to stay."""
    return _VALUES / (_VALUES - _dropped(rate))


def _dropped(rate: float) -> int:
    """How many of the values of 16 bits are dropped."""
    return min(round(rate * _VALUES), _VALUES - 1)
