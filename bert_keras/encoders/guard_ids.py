"""Guards on ids and lengths: beyond a table, a CPU raises an unreadable error and a GPU reads zeros in silence.

On the TensorFlow backend the checks raise at once when run eagerly, and are assertions in a graph. XLA drops them; TPUs
and other backends have none: there, check data on the host.
"""

from typing import Any

import keras

from bert_keras.features import TYPE_IDS, WORD_IDS

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf
else:
    tf = None


def guard_ids(
    ids: Any, types: Any, vocab_size: int | None, type_vocab_size: int | None, max_positions: int | None
) -> tuple[Any, Any]:
    """Returns `ids` and `types` [batch, seq_length], checked against the rows of their tables (None: not known).

    Where the segment table has one row or none, as RoBERTa's and DistilBERT's, segments make no difference: all are 0.

    Raises:
        ValueError: eagerly; in a graph, while it runs, tf.errors.InvalidArgumentError. Both name the feature, the
            table's rows and the smallest and largest value.
    """
    if tf is None or isinstance(ids, keras.KerasTensor):
        return ids, types
    if type_vocab_size is not None and type_vocab_size < 2:
        types, type_vocab_size = tf.zeros_like(types), None
    if _on_tpu():
        return ids, types
    ids, types = tf.convert_to_tensor(ids), tf.convert_to_tensor(types)
    checks = [
        _fractions(WORD_IDS, ids),
        _fractions(TYPE_IDS, types),
        _outside(WORD_IDS, ids, vocab_size, "the vocabulary. Do they belong to another model?"),
        _outside(TYPE_IDS, types, type_vocab_size, "the segment table."),
        _too_long(ids, max_positions),
    ]
    checks = list(filter(None, checks))
    if tf.executing_eagerly():
        for fits, text, values in checks:
            if not fits:
                raise ValueError(f"{text} {', '.join(str(value.numpy())[:200] for value in values)}.")
        return ids, types
    with tf.control_dependencies([tf.debugging.Assert(fits, [text, *values]) for fits, text, values in checks]):
        return tf.identity(ids), tf.identity(types)


def _outside(name: str, ids: Any, size: int | None, table: str) -> tuple[Any, str, list[Any]] | None:
    """(whether it fits, text, values to show) of one check."""
    if size is None:
        return None
    wide = tf.cast(ids, tf.int64)
    low, high = tf.reduce_min(wide), tf.reduce_max(wide)
    fits = tf.logical_or(tf.equal(tf.size(ids), 0), tf.logical_and(low >= 0, high < size))
    return fits, f"`{name}` must lie between 0 and {size - 1}, {table} Received, smallest and largest:", [low, high]


def _fractions(name: str, ids: Any) -> tuple[Any, str, list[Any]] | None:
    """Keras hands on floats where a `keras.Input` has no dtype: whole ones are ids, others are something else."""
    if not ids.dtype.is_floating:
        return None
    fraction = tf.reduce_max(tf.abs(ids - tf.floor(ids)))
    fits = tf.logical_or(tf.equal(tf.size(ids), 0), tf.equal(fraction, 0))
    return fits, f"`{name}` must hold whole numbers. Received:", [ids]


def _too_long(ids: Any, max_positions: int | None) -> tuple[Any, str, list[Any]] | None:
    if max_positions is None:
        return None
    length = tf.shape(ids)[1]
    text = f"`seq_length` must be at most {max_positions}, the rows of the position table. Received: seq_length="
    return length <= max_positions, text, [length]


def _on_tpu() -> bool:
    """Whether a TPU's graph is traced, which takes no strings."""
    return isinstance(tf.distribute.get_strategy(), tf.distribute.TPUStrategy) and not tf.executing_eagerly()
