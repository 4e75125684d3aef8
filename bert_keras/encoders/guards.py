"""Guards on ids inside the graph: beyond a table, a CPU raises an unreadable error and a GPU reads zeros in silence.

On the TensorFlow backend the checks are assertions in the graph; XLA and the other backends have none, and drop them.
"""

from typing import Any

import keras

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None


def guard_ids(ids: Any, vocab_size: int | None, types: Any, type_vocab_size: int | None, max_positions: int | None):
    """Returns `ids` and `types` [batch, seq_length], checked when the graph runs.

    Raises:
        tf.errors.InvalidArgumentError: while running, naming the table, its size and the worst value.
    """
    if tf is None or isinstance(ids, keras.KerasTensor):
        return ids, types
    checks = [
        _within(ids, vocab_size, "input_word_ids", "the vocabulary: are the ids another model's?"),
        _within(types, type_vocab_size, "input_type_ids", "the segment table"),
    ]
    if max_positions is not None:
        advice = f"seq_length must be at most {max_positions}, the encoder's position table. Received:"
        checks.append(tf.debugging.Assert(tf.shape(ids)[1] <= max_positions, [advice, tf.shape(ids)[1]]))
    with tf.control_dependencies([check for check in checks if check is not None]):
        return tf.identity(ids), tf.identity(types)


def _within(ids: Any, size: int | None, name: str, table: str) -> Any:
    if size is None:
        return None
    low, high = tf.reduce_min(ids), tf.reduce_max(ids)
    advice = f"`{name}` must lie between 0 and {size - 1}, {table} Received, smallest and largest:"
    return tf.debugging.Assert(tf.logical_or(tf.equal(tf.size(ids), 0), (low >= 0) & (high < size)), [advice, low, high])
