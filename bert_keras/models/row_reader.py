"""`RowReader`: a model's outputs for ragged rows of tokens in batches sorted by length, in a graph or in few shapes."""

from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.text.packing import pad_features
from bert_keras.text.padding import backend_ladder, batches_of, padded_lengths


class RowReader:
    """What readers of strings share: the rows of tokens that a preprocessor makes, run through a model.

    Evaluation, prediction and the exported model read with the same graph. On another backend of Keras than TensorFlow
    the network stands outside it, and so it does under XLA and on a TPU, which take no strings: the model's own
    `predict` runs then, on batches of few shapes, between two graphs on the host.

    Args:
        model: a model whose outputs are [batch, tokens, *shape], in the order of `tf.nest.flatten`.
        preprocessor: of its vocabulary, with `seq_length` and `tokenizer`.
        shapes: of the outputs, without rows and tokens.
        batch_size: rows that are run together.
        ladder: lengths of rows, from short to long, to run the model on no other shapes than batch_size rows of one of
            them; () for any shape. On another backend than TensorFlow, multiples of 32 if none are given.

    Attributes:
        in_shapes: whether the model runs outside the graph, in few shapes.
    """

    def __init__(
        self,
        model: Any,
        preprocessor: Any,
        shapes: tuple[tuple[int, ...], ...],
        batch_size: int = 32,
        ladder: tuple[int, ...] = (),
    ) -> None:
        self.model = model
        self.preprocessor = preprocessor
        self.batch_size = checks.integer("batch_size", batch_size, 1)
        longest = preprocessor.seq_length
        ladder = ladder or backend_ladder(longest)
        self.ladder = (*ladder, *([longest] if ladder[-1] < longest else [])) if ladder else ()
        self.in_shapes = bool(ladder)
        self._shapes = shapes
        self._pad_id = preprocessor.tokenizer.pad_id

    def logits(self, word_ids: tf.RaggedTensor, type_ids: tf.RaggedTensor) -> list[tf.Tensor]:
        """In a graph: float32 [tokens, *shape] for each output, of all rows, ragged int32 [rows, (tokens)], in turn."""
        lengths = word_ids.row_lengths()
        order = tf.argsort(lengths, stable=True)
        steps = -(-tf.size(order) // self.batch_size)

        def step(number: tf.Tensor, *arrays: tf.TensorArray) -> tuple[Any, ...]:
            rows = order[number * self.batch_size : (number + 1) * self.batch_size]
            words, types = tf.gather(word_ids, rows), tf.gather(type_ids, rows)
            outputs = tf.nest.flatten(self.model(pad_features(words, types, pad_id=self._pad_id), training=False))
            real = tf.sequence_mask(tf.gather(lengths, rows))
            columns = (tf.boolean_mask(tf.cast(output, tf.float32), real) for output in outputs)
            return number + 1, *(array.write(number, column) for array, column in zip(arrays, columns, strict=True))

        shapes = ([None, *shape] for shape in self._shapes)
        arrays = [tf.TensorArray(tf.float32, steps, infer_shape=False, element_shape=shape) for shape in shapes]
        _, *arrays = tf.while_loop(lambda number, *_: number < steps, step, (0, *arrays), parallel_iterations=1)
        sorted_lengths, back = tf.gather(lengths, order), tf.math.invert_permutation(order)
        rows = [tf.RaggedTensor.from_row_lengths(array.concat(), sorted_lengths, validate=False) for array in arrays]
        return [tf.gather(column, back).values for column in rows]

    def logits_in_shapes(self, word_ids: tf.RaggedTensor, type_ids: tf.RaggedTensor) -> list[np.ndarray]:
        """As `logits`, outside a graph, by the model's own `predict` on batches of few shapes."""
        splits = word_ids.row_splits.numpy()
        lengths = np.diff(splits)
        padded = padded_lengths(lengths, self.ladder)
        columns = [np.zeros((splits[-1], *shape), "float32") for shape in self._shapes]
        for length in np.unique(padded):
            rows = np.flatnonzero(padded == length)
            batches = batches_of(word_ids, type_ids, rows, length, self.batch_size, self._pad_id)
            outputs = tf.nest.flatten(self.model.predict(batches, verbose=0))
            real = np.arange(length) < lengths[rows][:, None]
            places = (splits[rows][:, None] + np.arange(length))[real]
            for column, output in zip(columns, outputs, strict=True):
                column[places] = output[: len(rows)][real]
        return columns


def chunks(sizes: list[int], most: int, most_items: int | None = None) -> list[tuple[int, int]]:
    """Items cut into stretches, (begin, end) each, whose `sizes` sum to at most `most`, or of one item alone.

    A stretch has at most `most_items`, any number if None.
    """
    stretches, begin, total = [], 0, 0
    for place, size in enumerate(sizes):
        if place > begin and (total + size > most or place - begin == most_items):
            stretches.append((begin, place))
            begin, total = place, 0
        total += size
    return [*stretches, (begin, len(sizes))] if sizes else []
