"""Batches of few shapes, for what compiles a program for each: XLA, TPUs and JAX. A ladder of lengths, full batches.

A batch is padded to the least length of the ladder that holds its longest row: on JAX always, of steps of 32 tokens;
with static shapes of at most five lengths, chosen for the data. There a batch with fewer rows than the others is filled
up too, with copies of its first row, which count nowhere. TensorFlow's graphs take any shape, and pad no further.
"""

from collections.abc import Sequence

import keras
import numpy as np
import tensorflow as tf

from bert_keras.text.packing import pad_features
from bert_keras.text.untuned import untuned

LENGTH_STEP = 32  # tokens: at most 4 lengths up to 128, 12 up to 384
MOST_SHAPES = 5  # programs to compile: minutes each on a TPU for a large model
MULTIPLE = 8  # tokens: rows of a TPU's vector registers


def backend_ladder(longest: int, window_tokens: int | None = None) -> tuple[int, ...]:
    """The lengths that batches need on Keras' backend: () on TensorFlow, else steps of 32 tokens.

    Args:
        longest: the most tokens of a row, the last of the lengths.
        window_tokens: of a window, where long texts are read in several: beyond one, whole windows.

    >>> backend_ladder(100)  # on JAX
    (32, 64, 96, 100)
    """
    if keras.backend.backend() == "tensorflow":
        return ()
    within = longest if window_tokens is None else min(longest, window_tokens)
    steps = (*range(LENGTH_STEP, within, LENGTH_STEP), within)
    if within == longest:
        return steps
    return (*steps, *range(2 * window_tokens, longest + window_tokens, window_tokens))


def choose_lengths(lengths: np.ndarray, longest: int, most: int = MOST_SHAPES) -> tuple[int, ...]:
    """The lengths to which rows of `lengths` tokens are padded with the fewest padded tokens.

    Of all ways to choose at most `most` multiples of 8, of which the last holds the longest row, one with the least
    sum of padding over all rows, and of these one with the fewest lengths. No length is above `longest`.

    Args:
        lengths: int [rows], tokens of each row, none above `longest`.
        longest: the most tokens that a row may have, the end of the position table or seq_length.
        most: of lengths.

    >>> choose_lengths(np.array([9, 10, 11, 30, 31, 60]), longest=64, most=2)
    (32, 64)
    """
    steps = -(-np.asarray(lengths) // MULTIPLE)
    last = int(steps.max())
    rows = np.concatenate([[0], np.bincount(steps, minlength=last + 1).cumsum()])  # rows[s]: those below s steps
    tokens_of = [min(step * MULTIPLE, longest) for step in range(last + 1)]
    # cost[s]: the tokens of all rows of at most s steps, in the best ladder that ends at s. One more length each time.
    cost = np.array([rows[top + 1] * tokens_of[top] for top in range(last + 1)])
    ladders = [[top] for top in range(last + 1)]
    for _ in range(most - 1):
        longer, choices = list(cost), list(ladders)
        for top in range(1, last + 1):
            for below in range(1, top):
                tokens = cost[below] + (rows[top + 1] - rows[below + 1]) * tokens_of[top]
                if tokens < longer[top]:
                    longer[top], choices[top] = tokens, [*ladders[below], top]
        cost, ladders = np.array(longer), choices
    return tuple(tokens_of[step] for step in ladders[last])


def padded_lengths(lengths: np.ndarray, ladder: Sequence[int]) -> np.ndarray:
    """The least length of the ladder that holds each of `lengths`, none of which is above its last."""
    return np.asarray(ladder)[np.searchsorted(ladder, lengths)]


def padded_length(longest: tf.Tensor, ladder: Sequence[int]) -> tf.Tensor:
    """As `padded_lengths` of one length, int64 [], in a graph."""
    steps = tf.constant(ladder, tf.int64)
    return tf.gather(steps, tf.searchsorted(steps, tf.cast(longest, tf.int64)[None])[0])


def filled_up(rows: tf.Tensor, batch_size: int) -> tuple[tf.Tensor, tf.Tensor]:
    """`rows`, int64 [1 to batch_size], with copies of the first behind, and bool [batch_size], which are no copies."""
    count = tf.size(rows)
    rows = tf.concat([rows, tf.repeat(rows[:1], batch_size - count)], axis=0)
    return tf.ensure_shape(rows, [batch_size]), tf.range(batch_size) < count


def batches_of(
    word_ids: tf.RaggedTensor, type_ids: tf.RaggedTensor, rows: np.ndarray, length: int, batch_size: int, pad_id: int
) -> tf.data.Dataset:
    """Some rows as features [batch_size, length], in their order; copies of the first fill up the last batch."""
    filled = np.concatenate([rows, np.repeat(rows[:1], -len(rows) % batch_size)]).reshape(-1, batch_size)

    @tf.autograph.experimental.do_not_convert
    def features(rows: tf.Tensor) -> dict[str, tf.Tensor]:
        # A tensor, not a number: one graph is traced for all lengths.
        words, types = tf.gather(word_ids, rows), tf.gather(type_ids, rows)
        padded = pad_features(words, types, tf.constant(length, tf.int64), pad_id)
        return {name: tf.ensure_shape(column, [batch_size, None]) for name, column in padded.items()}

    return untuned(tf.data.Dataset.from_tensor_slices(filled.astype("int64")).map(features))
