"""From ragged ids to a BERT encoder's features: special tokens, truncation, padding."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import tensorflow as tf

from bert_keras.checks import integer, message, one_of
from bert_keras.features import MASK, TYPE_IDS, WORD_IDS

TRUNCATIONS = ("round_robin", "longest_first")
SHORTEST_SINGLE = 3  # [CLS] a [SEP]
SHORTEST_PAIR = 5  # [CLS] a [SEP] b [SEP]


class PairLayout(NamedTuple):
    """How the special tokens of a pair stand. Before both is `cls_id`, after both `sep_id`, as of a single text.

    Args:
        separators: how many `sep_id` stand between the two.
        second_type: the type of the second text and of the `sep_id` after it; all before have type 0.
    """

    separators: int = 1
    second_type: int = 1


BERT_PAIR = PairLayout()  # [CLS] a [SEP] b [SEP]


def combine_segments(
    segments: Sequence[tf.RaggedTensor],
    seq_length: int,
    cls_id: int,
    sep_id: int,
    truncation: str = "round_robin",
    layout: PairLayout = BERT_PAIR,
) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
    """Cuts one or two segments to fit `seq_length` and joins them: `[CLS] a [SEP]` or `[CLS] a [SEP] b [SEP]`.

    Segments are cut at their ends. Where both together are too long, the room left by the special tokens goes to

    * "round_robin": each in turn, the first segment first, until it has all its tokens. This is TF-Hub's rule.
    * "longest_first": whatever remains after taking tokens from the longer one, one by one. This is the rule of Hugging
      Face's tokenizers library, with its way to break ties: if both are cut and the room is odd, the one token more
      goes to the segment that was longer, and to the second if they were equal. Round robin gives it to the first,
      as Hugging Face's former tokenizers in Python did; there is no other difference between the two.

    Args:
        segments: one or two ragged integer tensors [batch, (pieces)] with as many rows.
        seq_length: the most tokens a row may have, special ones counted; at least 3 for one segment, 5 for two.
        cls_id, sep_id: ids of `[CLS]` and `[SEP]`.
        truncation: "round_robin" or "longest_first".
        layout: of a pair, where that is not BERT's.

    Returns:
        `word_ids` and `type_ids`, ragged int32 [batch, (tokens)]. Types are 0 up to the first `[SEP]`, 1 after it. An
        empty segment leaves just its special tokens: `[CLS] [SEP]`.

    >>> a, b = tf.ragged.constant([[1, 2, 3]]), tf.ragged.constant([[4, 5, 6]])
    >>> combine_segments([a, b], 8, cls_id=101, sep_id=102)
    (<tf.RaggedTensor [[101, 1, 2, 3, 102, 4, 5, 102]]>, <tf.RaggedTensor [[0, 0, 0, 0, 0, 1, 1, 1]]>)
    """
    segments = _checked_segments(segments)
    check_seq_length(seq_length, len(segments), layout)
    one_of("truncation", truncation, TRUNCATIONS)
    cls_id, sep_id = integer("cls_id", cls_id, low=0), integer("sep_id", sep_id, low=0)
    room = seq_length - special_tokens(len(segments), layout)
    lengths = _truncated_lengths([segment.row_lengths() for segment in segments], room, truncation)
    return _joined(segments, lengths, cls_id, sep_id, layout)


def special_tokens(segments: int, layout: PairLayout = BERT_PAIR) -> int:
    """How many tokens of a row of one or two texts are special."""
    return 2 if segments == 1 else 2 + layout.separators


def pad_features(
    word_ids: tf.RaggedTensor, type_ids: tf.RaggedTensor, length: int | tf.Tensor | None = None, pad_id: int = 0
) -> dict[str, tf.Tensor]:
    """Pads packed rows to one length and adds the mask.

    Args:
        word_ids, type_ids: ragged int32 [batch, (tokens)], as `combine_segments` returns them.
        length: the length of every row; None for that of the batch's longest. Rows are never cut: a longer one is an
            error (`tf.errors.InvalidArgumentError` inside graphs). A tensor, int64 [], is taken at its word.
        pad_id: the id of `[PAD]`. The mask and the types are 0 there.

    Returns:
        {input_word_ids, input_mask, input_type_ids}, each int32 [batch, length]; the mask is 1 on real tokens.
    """
    shape = [None, None]
    if tf.is_tensor(length):
        shape = tf.stack([tf.constant(-1, tf.int64), length])
    elif length is not None:
        shape = [None, integer("length", length, low=1)]
        _check_fits(word_ids, length)
    mask = word_ids.with_flat_values(tf.ones_like(word_ids.flat_values))
    return {
        WORD_IDS: word_ids.to_tensor(default_value=integer("pad_id", pad_id, low=0), shape=shape),
        MASK: mask.to_tensor(shape=shape),
        TYPE_IDS: type_ids.to_tensor(shape=shape),
    }


def check_seq_length(seq_length: Any, num_segments: int, layout: PairLayout = BERT_PAIR) -> None:
    """Raises TypeError or ValueError if `seq_length` has no room for a token of each segment."""
    if num_segments == 1:
        integer("seq_length", seq_length, low=SHORTEST_SINGLE, why="room for [CLS] a [SEP]")
    else:
        why = f"room for [CLS] a{' [SEP]' * layout.separators} b [SEP]"
        integer("seq_length", seq_length, low=2 + special_tokens(2, layout), why=why)


def _checked_segments(segments: Sequence[tf.RaggedTensor]) -> list[tf.RaggedTensor]:
    if not isinstance(segments, list | tuple):
        raise TypeError(message("segments", "be a list of one or two ragged tensors", segments, "Pass [ids]."))
    if len(segments) not in (1, 2):
        raise ValueError(message("segments", "be one or two ragged tensors", len(segments), "BERT knows two types."))
    for segment in segments:
        if not isinstance(segment, tf.RaggedTensor) or segment.shape.rank != 2 or not segment.dtype.is_integer:
            raise TypeError(message("segments", "hold ragged integer tensors [batch, (pieces)] only", segment))
    if len(segments) == 2:
        rows = [segment.nrows() for segment in segments]
        known = [tf.get_static_value(count) for count in rows]
        if None not in known and known[0] != known[1]:
            raise ValueError(message("segments", "have as many rows as each other", tuple(map(int, known))))
        if None in known:
            check = tf.debugging.assert_equal(*rows, message="Both texts of a pair must have as many rows.")
            with tf.control_dependencies([check]):  # what is done with them fails with this message, not its own
                segments = [_again(segment) for segment in segments]
    return [segment.with_flat_values(tf.cast(segment.flat_values, tf.int32)) for segment in segments]


def _again(rows: tf.RaggedTensor) -> tf.RaggedTensor:
    """The same rows, as tensors that wait for what the caller's control dependencies are."""
    values, splits = tf.identity(rows.flat_values), tf.identity(rows.row_splits)
    return tf.RaggedTensor.from_row_splits(values, splits, validate=False)


def _truncated_lengths(lengths: list[tf.Tensor], room: int, truncation: str) -> list[tf.Tensor]:
    """How many tokens of each segment stay: int64 [batch] each."""
    if len(lengths) == 1:
        return [tf.minimum(lengths[0], room)]
    first, second = lengths
    larger, smaller = (room + 1) // 2, room // 2
    share = tf.fill(tf.shape(first), tf.constant(larger, tf.int64))
    if truncation == "longest_first":
        share = tf.where(first > second, share, smaller)
    return [
        tf.minimum(first, tf.maximum(share, room - second)),
        tf.minimum(second, tf.maximum(room - share, room - first)),
    ]


def _joined(
    segments: list[tf.RaggedTensor], lengths: list[tf.Tensor], cls_id: int, sep_id: int, layout: PairLayout
) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
    """The first `lengths` tokens of each segment between the special ones.

    Written with flat tensors, because ragged concat and ragged comparison make the graph five times as large.
    """
    totals = tf.add_n(lengths) + special_tokens(len(segments), layout)
    row_splits = tf.concat([[0], tf.cumsum(totals)], 0)
    rows = tf.repeat(tf.range(tf.size(totals)), totals)
    place = tf.range(row_splits[-1]) - tf.gather(row_splits, rows)
    # Every output token is one of these: the special ids, then the segments' tokens laid end to end.
    source = tf.concat([[cls_id, sep_id], *(segment.flat_values for segment in segments)], 0)
    index = tf.cast(place > 0, tf.int64)  # [CLS] at the start, [SEP] wherever no segment puts a token
    begin, base = tf.ones_like(place), tf.constant(2, tf.int64)
    type_ids = tf.zeros_like(place, tf.int32)
    for segment, length in zip(segments, lengths, strict=True):
        end = begin + tf.gather(length, rows)
        token = base + tf.gather(segment.row_starts(), rows) + place - begin
        index = tf.where((place >= begin) & (place < end), token, index)
        begin, base = end + layout.separators, base + tf.size(segment.flat_values, tf.int64)
        type_ids += layout.second_type * tf.cast(place >= begin, tf.int32)
    words = tf.RaggedTensor.from_row_splits(tf.gather(source, index), row_splits, validate=False)
    return words, words.with_flat_values(type_ids)


def _check_fits(word_ids: tf.RaggedTensor, length: int) -> None:
    lengths = word_ids.row_lengths()
    if not tf.executing_eagerly():
        tf.debugging.assert_less_equal(
            lengths, tf.constant(length, tf.int64), message=f"Rows must fit {length} tokens."
        )
        return
    longest = int(tf.reduce_max(tf.concat([lengths, [0]], 0)))
    if longest > length:
        advice = "Give combine_segments the same seq_length, or pass length=None."
        raise ValueError(message("length", f"be at least {longest}, the longest row", length, advice))
