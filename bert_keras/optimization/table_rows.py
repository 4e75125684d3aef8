"""`TableRows`: the update of a word table by those of its rows that have ever had a gradient. TensorFlow only.

A row without a gradient has no moments, so AdamW leaves all of it but for weight decay, which is a product of numbers
and is caught up later. The update is that of the whole table, at the cost of the rows that the data use.
"""

from typing import Any

import numpy as np
import tensorflow as tf


class TableRows:
    """A table [words, width] of which a part is updated.

    While it is open the moments of that part are held here, and all other rows lag behind by their decay, until
    `write_back`. Rows of the part are up to date in the table after every step. Nothing here is anybody's to save.

    Args:
        table: the table's `tf.Variable`, float32.
        momentum, velocity: its moments, the optimizer's variables.

    Attributes:
        is_open: whether a step that is traced now is one of rows.
    """

    def __init__(self, table: tf.Variable, momentum: tf.Variable, velocity: tf.Variable) -> None:
        self.table = table
        self.is_open = False
        self._whole = (momentum, velocity)
        words, width = table.shape
        several = {"shape": [None, width], "trainable": False}
        none = np.zeros([0, width], "float32")
        self._rows = tf.Variable(np.zeros([0], "int32"), shape=[None], trainable=False)
        self._places = tf.Variable(np.zeros([words], "int32"), trainable=False)  # in `_rows`; -1 of all others
        self._moments = tuple(tf.Variable(none, **several) for _ in range(2))
        self._values = tf.Variable(none, **several)  # the rows while they are updated
        self._left = tf.Variable(1.0, trainable=False)  # what decay has left of all others
        self._decayed = None  # the share that decay leaves in the step that is traced

    def open(self, used: np.ndarray) -> None:
        """Has the steps from here on update the rows with these numbers, and those that have moments already.

        Args:
            used: int [rows]: all that the steps will have gradients for.
        """
        is_used = np.zeros(self.table.shape[0], bool)
        is_used[used] = True
        for moments in self._whole:
            is_used |= tf.reduce_any(moments != 0, axis=1).numpy()
        rows = np.flatnonzero(is_used).astype("int32")
        places = np.full(is_used.shape, -1, "int32")
        places[rows] = np.arange(len(rows), dtype="int32")
        self._rows.assign(rows)
        self._places.assign(places)
        self._left.assign(1.0)
        for part, moments in zip(self._moments, self._whole, strict=True):
            part.assign(tf.gather(moments, rows))
        self._values.assign(tf.zeros([len(rows), self.table.shape[1]]))
        self.is_open = True

    def write_moments(self) -> None:
        """Brings the optimizer's moments up to date, and leaves the table as it is."""
        if self.is_open:
            for part, moments in zip(self._moments, self._whole, strict=True):
                _set_rows(moments, self._rows, part)

    def lag(self) -> tuple[np.ndarray, float]:
        """int32 [rows] that are up to date in the table, and what decay has left of all others."""
        return self._rows.numpy(), float(self._left.numpy())

    def resume(self, rows: np.ndarray, left: float) -> None:
        """As `open`, of a table that lags behind as `lag` said."""
        self.open(rows)
        self._left.assign(left)

    def write_back(self) -> None:
        """Brings the table and the optimizer's moments up to date."""
        if not self.is_open:
            return
        self.write_moments()
        if self._left.numpy() != 1.0:
            left = tf.where(self._places < 0, self._left, 1.0)
            self.table.assign(self.table * left[:, None])
            self._left.assign(1.0)

    def close(self) -> None:
        """Brings all up to date and has later steps update the whole table."""
        self.write_back()
        self.is_open = False

    def gradient(self, whole: Any) -> tf.Tensor:
        """float32 [rows of the part, width], from the table's gradient.

        Raises:
            tf.errors.InvalidArgumentError: in the graph, for a gradient of another row than `open` was told.
        """
        if not isinstance(whole, tf.IndexedSlices):
            return tf.gather(whole, self._rows)
        places = tf.gather(self._places, whole.indices)
        known = tf.debugging.Assert(tf.reduce_all(places >= 0), ["A batch has words that its data do not."])
        with tf.control_dependencies([known] if known is not None else []):
            return tf.math.unsorted_segment_sum(whole.values, places, tf.size(self._rows))

    def decay(self, left: tf.Tensor) -> None:
        """Has the update of this step begin with this share of every value."""
        self._decayed = left

    def update(self, gradient: tf.Tensor, numbers: dict[str, tf.Tensor]) -> None:
        """One step of Adam. `numbers` are the keywords of TensorFlow's operation, as `AdamW` has them."""
        values = tf.gather(self.table, self._rows)
        left, self._decayed = self._decayed, None
        if left is not None:
            values *= left  # as `AdamW` has it of whole variables, to the bit
            self._left.assign(self._left * left)
        self._values.assign(values)
        momentum, velocity = self._moments
        tf.raw_ops.ResourceApplyAdam(
            var=self._values.handle, m=momentum.handle, v=velocity.handle, **numbers, grad=gradient
        )
        _set_rows(self.table, self._rows, self._values)


def _set_rows(variable: tf.Variable, rows: tf.Variable, values: tf.Variable) -> None:
    tf.raw_ops.ResourceScatterUpdate(resource=variable.handle, indices=tf.identity(rows), updates=tf.identity(values))
