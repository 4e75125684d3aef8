"""`gather_rows`: rows of a table, read one by one where the backend can."""

from typing import Any

import keras
from keras import ops

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None


def gather_rows(table: keras.Variable, ids: Any) -> Any:
    """[ids, width]: the rows of a variable [words, width] with the numbers int32 [ids].

    On TensorFlow a variable of which rows are written is copied whole by whoever reads the whole of it.
    """
    return ops.take(table, ids, axis=0) if tf is None else tf.gather(table.value, ids)
