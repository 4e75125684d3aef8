r"""From byte offsets into normalised text to character offsets into the text as the user wrote it.

Lower-casing (case folding with NFKC, then NFD without the marks) changes lengths: 'ﬁ' becomes two characters, an accent
none. Each character is normalised alone, and the lengths of the results, added up, say which character a byte of the
normalised text came from. This works because the normalisation looks at one character at a time, with one exception,
the canonical order of marks. The rules for what a piece cuts out of the text:

* A character of which a piece took only a part is cut out whole: the source of both 'f' and 'i' may be 'ﬁ'.
* A mark that lower-casing strips belongs to the character before it, so the source of 'e' is 'e' + U+0301 where the
  accent was written so. A mark at the start of a text, or after a space, belongs to no piece.
* Other characters that lower-casing drops (soft hyphen, zero-width space, direction marks ...) belong to a piece only
  if they stand inside it. Without lower-casing nothing is dropped; control and format characters are spaces then.
* Marks that stay and that normalisation may put into another order (Unicode has some fifty, in
  Balinese, Javanese or musical notation) are cut out together where two or more of them follow each other.
* What is not UTF-8 counts as Python's `bytes.decode("utf-8", errors="replace")` counts it.
"""

from typing import NamedTuple

import tensorflow as tf
import tensorflow_text as tf_text
from tensorflow_text.python.ops.bert_tokenizer import BasicTokenizer

_REPLACEMENT = 0xFFFD
_ATTACHED = -1
# Marks of the lowest and the highest combining class: what changes places with them takes part in reordering.
_LOWEST_MARK, _HIGHEST_MARK = "\u0334", "\u0345"


class _Characters(NamedTuple):
    """Facts about distinct characters, one row each.

    length: int64, bytes of the normalised character; 0 for one that is dropped, -1 for one that is dropped and belongs
    to the character before it. opens, closes: bool, the normalised character starts or ends with a mark that may change
    places with a neighbour.
    """

    length: tf.Tensor
    opens: tf.Tensor
    closes: tf.Tensor


class _Units(NamedTuple):
    """The stretches of source text that are never cut: a character with what belongs to it.

    starts, limits: int64 [units], places in the texts laid end to end, in characters. byte_ends: int64 [units], where
    the units end in the normalised texts laid end to end. text_bytes: int64 [batch], where each of these texts starts.
    """

    starts: tf.Tensor
    limits: tf.Tensor
    byte_ends: tf.Tensor
    text_bytes: tf.Tensor


def source_offsets(
    strings: tf.Tensor, starts: tf.RaggedTensor, limits: tf.RaggedTensor, lower_case: bool
) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
    """Turns byte offsets in the normalised `strings` into character offsets in the `strings` themselves.

    Args:
        strings: string [batch], the texts as they came.
        starts: ragged int64 [batch, (pieces)], the first byte of each piece in its normalised text.
        limits: ragged int64 [batch, (pieces)], one past the last byte.
        lower_case: how the texts were normalised.

    Returns:
        `starts` and `limits` as ragged int32 [batch, (pieces)], in Unicode characters as Python counts them.
    """
    characters = tf.strings.unicode_decode(strings, "UTF-8", errors="replace")
    units = _units(strings, characters, lower_case)
    rows = starts.value_rowids()
    text_bytes, text_start = tf.gather(units.text_bytes, rows), tf.gather(characters.row_starts(), rows)
    first = tf.searchsorted(units.byte_ends, starts.flat_values + text_bytes, side="right", out_type=tf.int64)
    last = tf.searchsorted(units.byte_ends, limits.flat_values + text_bytes, side="left", out_type=tf.int64)
    return (
        starts.with_flat_values(tf.cast(tf.gather(units.starts, first) - text_start, tf.int32)),
        limits.with_flat_values(tf.cast(tf.gather(units.limits, last) - text_start, tf.int32)),
    )


def _units(strings: tf.Tensor, characters: tf.RaggedTensor, lower_case: bool) -> _Units:
    codes = characters.flat_values
    distinct, which = tf.unique(codes, out_idx=tf.int64)  # each is normalised once: texts repeat their characters
    table = _table(tf.strings.unicode_encode(distinct[:, None], "UTF-8"), lower_case)
    lengths = tf.gather(table.length, which)
    # The rare cases stand behind tf.cond: they cost as much as all the rest.
    lengths = tf.cond(
        tf.reduce_any(distinct == _REPLACEMENT), lambda: _undecoded(strings, codes, lengths), lambda: lengths
    )
    opens = lengths > 0
    if lower_case:
        opens = tf.cond(
            tf.reduce_any(table.opens), lambda: _without_joined(opens, characters, table, which), lambda: opens
        )
    opens |= _text_openers(characters)
    # Of each unit the first character, and the last that stays or belongs to it; what else vanishes is left out.
    counted = tf.where(opens | (lengths != 0))[:, 0]
    openers = tf.where(tf.gather(opens, counted))[:, 0]
    closers = tf.concat([openers, tf.size(counted, tf.int64)[None]], 0)[1:] - 1
    last = tf.gather(counted, closers)
    bytes_so_far = tf.cumsum(tf.maximum(lengths, 0))
    return _Units(
        starts=tf.gather(counted, openers),
        limits=last + 1,
        byte_ends=tf.gather(bytes_so_far, last),
        text_bytes=tf.gather(tf.concat([[0], bytes_so_far], 0), characters.row_starts()),
    )


def _table(characters: tf.Tensor, lower_case: bool) -> _Characters:
    normalized = characters
    if lower_case:
        normalized = BasicTokenizer(lower_case=True).lower_case(characters)
    # BasicTokenizer puts one space for each control character.
    spaced = tf.strings.regex_replace(normalized, r"\p{Cc}|\p{Cf}", " ")
    length = tf.cast(tf.strings.length(spaced), tf.int64)
    if not lower_case:
        never = tf.zeros_like(length, tf.bool)
        return _Characters(length, never, never)
    is_mark = tf.strings.regex_full_match(tf_text.normalize_utf8(characters, "NFKC"), r"\p{M}+")
    before, after = _HIGHEST_MARK + normalized, normalized + _LOWEST_MARK
    return _Characters(
        length=tf.where(is_mark & (length == 0), tf.constant(_ATTACHED, tf.int64), length),
        opens=tf_text.normalize_utf8(before, "NFD") != before,
        closes=tf_text.normalize_utf8(after, "NFD") != after,
    )


def _undecoded(strings: tf.Tensor, codes: tf.Tensor, lengths: tf.Tensor) -> tf.Tensor:
    """`lengths`, where U+FFFD has its length in the source: normalisation leaves bytes that are not UTF-8 alone."""
    _, begins = tf.strings.unicode_decode_with_offsets(strings, "UTF-8", errors="replace")
    sizes = tf.cast(tf.strings.length(strings), tf.int64)
    begins = begins.flat_values + tf.gather(tf.cumsum(sizes, exclusive=True), begins.value_rowids())
    source_lengths = tf.concat([begins, tf.reduce_sum(sizes)[None]], 0)[1:] - begins
    return tf.where(codes == _REPLACEMENT, source_lengths, lengths)


def _without_joined(opens: tf.Tensor, characters: tf.RaggedTensor, table: _Characters, which: tf.Tensor) -> tf.Tensor:
    """`opens`, without the marks that may have changed places with the mark before them in the same text."""
    kept = tf.where(opens)[:, 0]
    rows, distinct = tf.gather(characters.value_rowids(), kept), tf.gather(which, kept)
    after_mark = _shifted(tf.gather(table.closes, distinct), False) & (rows == _shifted(rows, -1))
    openers = tf.boolean_mask(kept, ~(tf.gather(table.opens, distinct) & after_mark))
    return _places(openers, tf.size(opens, tf.int64))


def _text_openers(characters: tf.RaggedTensor) -> tf.Tensor:
    """bool [characters]: the first of each text."""
    starts = tf.boolean_mask(characters.row_starts(), characters.row_lengths() > 0)
    return _places(starts, tf.size(characters.flat_values, tf.int64))


def _places(indices: tf.Tensor, size: tf.Tensor) -> tf.Tensor:
    return tf.scatter_nd(indices[:, None], tf.ones_like(indices, tf.bool), size[None])


def _shifted(values: tf.Tensor, fill: int | bool) -> tf.Tensor:
    return tf.concat([tf.constant([fill], values.dtype), values], 0)[:-1]
