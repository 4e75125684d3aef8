"""`padded_dataset`: batches as a data set of rows of one length, for systems that pad so."""

from typing import Any

import numpy as np
import tensorflow as tf
from common.batches import Batches

LENGTH = 128


def padded_dataset(batches: Batches, steps: int, names: tuple[str, str, str]) -> tf.data.Dataset:
    """The first `steps` batches, in order; `names` are those of ids, mask and types."""
    ids = tf.TensorSpec([None, LENGTH], tf.int32)
    signature = dict.fromkeys(names, ids), tf.TensorSpec([None], tf.int32)
    rows = _padded(batches, names)
    dataset = tf.data.Dataset.from_generator(lambda: map(rows, range(steps)), output_signature=signature)
    return dataset.apply(tf.data.experimental.assert_cardinality(steps)).prefetch(4)


def _padded(batches: Batches, names: tuple[str, str, str]) -> Any:
    """From the number of a batch to its features and labels."""

    def batch(number: int) -> tuple[dict[str, np.ndarray], np.ndarray]:
        rows = batches.rows(number)
        features = {name: np.zeros([len(rows), LENGTH], "int32") for name in names}
        for place, row in enumerate(rows):
            start, stop = batches.starts[row], batches.starts[row + 1]
            columns = batches.ids[start:stop], 1, batches.types[start:stop]
            for column, values in zip(features.values(), columns, strict=True):
                column[place, : stop - start] = values
        return features, batches.labels[rows.start : rows.stop, 0]

    return batch
