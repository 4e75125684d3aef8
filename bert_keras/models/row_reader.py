"""A model's outputs for ragged rows of tokens, in batches sorted by length: in a graph, or in few shapes outside it."""

from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.text.packing import pad_features
from bert_keras.text.static_shapes import batches_of, padded_lengths


def row_logits(
    model: Any,
    word_ids: tf.RaggedTensor,
    type_ids: tf.RaggedTensor,
    shapes: tuple[tuple[int, ...], ...],
    batch_size: int,
    pad_id: int,
) -> list[tf.Tensor]:
    """In a graph: float32 [tokens, *shape] for each output of the model, of all rows one after the other.

    Args:
        model: a model whose outputs are [batch, tokens, *shape], in the order of `tf.nest.flatten`.
        word_ids, type_ids: ragged int32 [rows, (tokens)].
        shapes: of the outputs, without rows and tokens.
        batch_size: rows that are run together.
        pad_id: the id of [PAD].
    """
    lengths = word_ids.row_lengths()
    order = tf.argsort(lengths, stable=True)
    steps = -(-tf.size(order) // batch_size)

    def step(number: tf.Tensor, *found: tf.TensorArray) -> tuple[Any, ...]:
        rows = order[number * batch_size : (number + 1) * batch_size]
        words, types = tf.gather(word_ids, rows), tf.gather(type_ids, rows)
        outputs = tf.nest.flatten(model(pad_features(words, types, pad_id=pad_id), training=False))
        real = tf.sequence_mask(tf.gather(lengths, rows))
        columns = (tf.boolean_mask(tf.cast(output, tf.float32), real) for output in outputs)
        return number + 1, *(array.write(number, column) for array, column in zip(found, columns, strict=True))

    arrays = [tf.TensorArray(tf.float32, steps, infer_shape=False, element_shape=[None, *shape]) for shape in shapes]
    _, *found = tf.while_loop(lambda number, *_: number < steps, step, (0, *arrays), parallel_iterations=1)
    sorted_lengths, back = tf.gather(lengths, order), tf.math.invert_permutation(order)
    rows = [tf.RaggedTensor.from_row_lengths(array.concat(), sorted_lengths, validate=False) for array in found]
    return [tf.gather(column, back).values for column in rows]


def row_logits_in_shapes(
    model: Any,
    word_ids: tf.RaggedTensor,
    type_ids: tf.RaggedTensor,
    shapes: tuple[tuple[int, ...], ...],
    batch_size: int,
    pad_id: int,
    ladder: tuple[int, ...],
) -> list[np.ndarray]:
    """As `row_logits`, by the model's own `predict` on batches of few shapes; see `text.static_shapes`.

    Args:
        ladder: lengths of rows, from short to long; the last holds the longest row.
    """
    splits = word_ids.row_splits.numpy()
    lengths = np.diff(splits)
    padded = padded_lengths(lengths, ladder)
    found = [np.zeros((splits[-1], *shape), "float32") for shape in shapes]
    for length in np.unique(padded):
        rows = np.flatnonzero(padded == length)
        outputs = tf.nest.flatten(
            model.predict(batches_of(word_ids, type_ids, rows, length, batch_size, pad_id), verbose=0)
        )
        real = np.arange(length) < lengths[rows][:, None]
        places = (splits[rows][:, None] + np.arange(length))[real]
        for column, output in zip(found, outputs, strict=True):
            column[places] = output[: len(rows)][real]
    return found
