"""`StoredRows`: rows of token ids on disk, and `gathered`, some rows of ids wherever they lie."""

import functools

import numpy as np
import tensorflow as tf

from bert_keras.disk import Spool


class StoredRows:
    """Ragged int32 [rows, (tokens)] in a file of its own, which goes when this does. Rows are appended, then read."""

    def __init__(self) -> None:
        self._spool = Spool()
        self._chunks: list[np.ndarray] = []

    def append(self, rows: tf.RaggedTensor) -> None:
        """Writes rows behind those that are there; none may have been read yet."""
        self._spool.write(rows.flat_values.numpy().tobytes())
        self._chunks.append(rows.row_lengths().numpy())

    @functools.cached_property
    def _lengths(self) -> np.ndarray:
        return np.concatenate([*self._chunks, np.empty(0, "int64")])

    @functools.cached_property
    def _starts(self) -> np.ndarray:
        return np.cumsum(self._lengths) - self._lengths

    @functools.cached_property
    def flat_values(self) -> np.ndarray:
        """int32 [tokens], of all rows, read from the file where it is looked at."""
        count = int(self._lengths.sum())
        self._spool.file.flush()
        return np.memmap(self._spool.file, "int32", "r", shape=(count,)) if count else np.empty(0, "int32")

    def row_lengths(self) -> tf.Tensor:
        """int64 [rows]: tokens of each row."""
        return self._lengths_tensor

    @functools.cached_property
    def _lengths_tensor(self) -> tf.Tensor:
        with tf.init_scope():  # what a graph holds as a constant of its own is copied many times over
            return tf.constant(self._lengths, tf.int64)

    def values_of(self, rows: np.ndarray) -> np.ndarray:
        """int32: the tokens of some rows, int [rows], end to end."""
        parts = [self.flat_values[self._starts[row] : self._starts[row] + self._lengths[row]] for row in rows]
        return np.concatenate(parts) if parts else np.empty(0, "int32")


def gathered(ids: tf.RaggedTensor | StoredRows, rows: tf.Tensor) -> tf.RaggedTensor:
    """`ids[rows]`, ragged int32, for int64 [rows], in the TensorFlow graph."""
    if not isinstance(ids, StoredRows):
        return tf.gather(ids, rows)
    values = tf.numpy_function(ids.values_of, [rows], tf.int32, stateful=False)
    lengths = tf.gather(ids.row_lengths(), rows)
    return tf.RaggedTensor.from_row_lengths(tf.ensure_shape(values, [None]), lengths, validate=False)
