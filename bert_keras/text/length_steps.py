"""Batches of few lengths for backends that compile a model anew for each: JAX.

TensorFlow's graphs take any length, and there nothing is added.
"""

from typing import Any

import keras
import tensorflow as tf

from bert_keras.features import MASK, TYPE_IDS, WORD_IDS

LENGTH_STEP = 32  # tokens: at most 4 lengths up to 128, 12 up to 384


def in_steps(features: dict[str, tf.Tensor], most: int, pad_id: int = 0) -> dict[str, tf.Tensor]:
    """The three features [batch, length], on JAX padded to the next multiple of 32 tokens, but not beyond `most`.

    Windows of long texts, [batch, windows, length], are padded each.
    """
    if keras.backend.backend() == "tensorflow":
        return features
    length = tf.shape(features[WORD_IDS])[-1]
    extra = tf.maximum(tf.minimum(-(-length // LENGTH_STEP) * LENGTH_STEP, most) - length, 0)
    fill = {WORD_IDS: pad_id, MASK: 0, TYPE_IDS: 0}
    wider = [*[[0, 0]] * (len(features[WORD_IDS].shape) - 1), [0, extra]]
    return {name: tf.pad(rows, wider, constant_values=fill[name]) for name, rows in features.items()}


def length_in_steps(longest: int, most: int) -> int:
    """The length that `in_steps` gives a batch whose longest row has `longest` tokens."""
    if keras.backend.backend() == "tensorflow":
        return longest
    return max(longest, min(-(-longest // LENGTH_STEP) * LENGTH_STEP, most))


def batch_logits(model: Any, features: dict[str, tf.Tensor], most: int, pad_id: int = 0) -> Any:
    """What `model`, of another backend than TensorFlow, returns for features made by TensorFlow, as NumPy arrays."""
    stepped = in_steps(features, most, pad_id)
    return model.predict_on_batch({name: rows.numpy() for name, rows in stepped.items()})
