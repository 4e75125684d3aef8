"""Rows of many lengths as flat values with splits, in few operations: what traces fast, beside `tf.RaggedTensor`.

`splits`, int64 [rows + 1], say where each row begins and ends. RaggedTensor's own methods check and choose in the
graph, by a hundred operations where one does, and a tokenizer's first text waits for them.
"""

import tensorflow as tf


def first_not_below(ordered: tf.Tensor, values: tf.Tensor) -> tf.Tensor:
    """int64 [values]: of each the first place in `ordered` whose number is not below it."""
    return tf.raw_ops.LowerBound(sorted_inputs=ordered[None], values=values[None], out_type=tf.int64)[0]


def row_numbers(splits: tf.Tensor, places: tf.Tensor) -> tf.Tensor:
    """int64 [places]: the row that each place, int64, lies in."""
    return tf.raw_ops.UpperBound(sorted_inputs=splits[None], values=places[None], out_type=tf.int64)[0] - 1


def splits_of(rows: tf.Tensor, count: tf.Tensor) -> tf.Tensor:
    """int64 [count + 1], the splits of values whose row numbers, in order, are `rows`."""
    return first_not_below(rows, tf.range(count + 1, dtype=rows.dtype))


def ranges(begins: tf.Tensor, ends: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """The splits and the values, end to end, of the ranges of whole numbers from each of `begins` to before its end."""
    found = tf.raw_ops.RaggedRange(starts=begins, limits=ends, deltas=tf.ones([], begins.dtype), Tsplits=tf.int64)
    return found.rt_nested_splits, found.rt_dense_values


def places_of(chosen: tf.Tensor) -> tf.Tensor:
    """int64, where `chosen`, bool [values], is true."""
    return tf.where(chosen)[:, 0]


def before(values: tf.Tensor) -> tf.Tensor:
    """Of each value the one before it, and of the first the last."""
    return tf.raw_ops.Roll(input=values, shift=1, axis=0)


def decoded(strings: tf.Tensor, unreadable: int) -> tuple[tf.Tensor, tf.Tensor]:
    """The splits and the code points, int32, of UTF-8 strings, with `unreadable` for what is none."""
    found = tf.raw_ops.UnicodeDecode(
        input=strings, input_encoding="UTF-8", errors="replace", replacement_char=unreadable, Tsplits=tf.int64
    )
    return found.row_splits, found.char_values


def encoded(splits: tf.Tensor, codes: tf.Tensor) -> tf.Tensor:
    """The strings, in UTF-8, of rows of code points, int32."""
    return tf.raw_ops.UnicodeEncode(input_values=codes, input_splits=splits, output_encoding="UTF-8", errors="replace")
