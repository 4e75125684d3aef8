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

from bert_keras.text.code_point_facts import CodePointFacts, code_point_facts

_REPLACEMENT = 0xFFFD
_LAST_ASCII = 0x7F


class _Units(NamedTuple):
    """The stretches of source text that are never cut: a character with what belongs to it.

    Listed are those with a character that is not ASCII, those beside them, and one at the end of all. Between them
    every character is a unit of one byte.

    starts, limits: int64 [units], places in the texts laid end to end, in characters. byte_starts, byte_ends: int64
    [units], where the units are in the normalised texts laid end to end. text_starts, text_bytes: int64 [batch], where
    the texts start in the former and in the latter.
    """

    starts: tf.Tensor
    limits: tf.Tensor
    byte_starts: tf.Tensor
    byte_ends: tf.Tensor
    text_starts: tf.Tensor
    text_bytes: tf.Tensor


class _Kept(NamedTuple):
    """The characters that `_Units` are made of: places, code points, numbers of their texts, whether they begin one."""

    places: tf.Tensor
    codes: tf.Tensor
    rows: tf.Tensor
    is_first: tf.Tensor


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
    # Without continuation bytes each byte is a character and stays one, and there is nothing to do.
    is_wide = tf.strings.length(strings) != tf.strings.length(strings, "UTF8_CHAR")
    first, last = tf.cond(
        tf.reduce_any(is_wide),
        lambda: _in_characters(strings, is_wide, starts, limits, lower_case),
        lambda: (starts.flat_values, limits.flat_values),
    )
    return starts.with_flat_values(tf.cast(first, tf.int32)), limits.with_flat_values(tf.cast(last, tf.int32))


def _in_characters(
    strings: tf.Tensor, is_wide: tf.Tensor, starts: tf.RaggedTensor, limits: tf.RaggedTensor, lower_case: bool
) -> tuple[tf.Tensor, tf.Tensor]:
    units = _units(tf.where(is_wide, strings, ""), lower_case)
    rows = starts.value_rowids()
    text_start, text_byte = tf.gather(units.text_starts, rows), tf.gather(units.text_bytes, rows)
    counts = tf.gather(is_wide, rows)

    begin = starts.flat_values + text_byte
    unit = tf.searchsorted(units.byte_ends, begin, side="right", out_type=tf.int64)
    before = tf.minimum(begin - tf.gather(units.byte_starts, unit), 0)
    first = tf.gather(units.starts, unit) + before - text_start

    end = limits.flat_values + text_byte
    unit = tf.searchsorted(units.byte_ends, end, side="left", out_type=tf.int64)
    before = end - tf.gather(units.byte_starts, unit)
    last = tf.where(before > 0, tf.gather(units.limits, unit), tf.gather(units.starts, unit) + before) - text_start
    return tf.where(counts, first, starts.flat_values), tf.where(counts, last, limits.flat_values)


def _units(strings: tf.Tensor, lower_case: bool) -> _Units:
    characters = tf.strings.unicode_decode(strings, "UTF-8", errors="replace")
    kept = _kept(characters)
    facts = code_point_facts(kept.codes, lower_case)
    # The rare cases stand behind tf.cond.
    lengths = tf.cond(
        tf.reduce_any(kept.codes == _REPLACEMENT), lambda: _undecoded(strings, kept, facts), lambda: facts.length
    )
    opens = lengths > 0
    if lower_case:
        opens = tf.cond(tf.reduce_any(facts.opens), lambda: _without_joined(opens, kept, facts), lambda: opens)
    opens |= kept.is_first
    # Of each unit the first character, and the last that stays or belongs to it; what else vanishes is left out.
    counted = tf.where(opens | (lengths != 0))[:, 0]
    openers = tf.where(tf.gather(opens, counted))[:, 0]
    closers = tf.concat([openers, tf.size(counted, tf.int64)[None]], 0)[1:] - 1
    first, last = tf.gather(counted, openers), tf.gather(counted, closers)
    sizes = tf.maximum(lengths, 0)
    growth = tf.cumsum(sizes - 1)  # how many bytes more than characters there are, up to and with each
    byte_ends = kept.places + 1 + growth
    text_starts, size = characters.row_starts(), tf.size(characters.flat_values, tf.int64)
    before = tf.gather(tf.concat([[0], growth], 0), tf.searchsorted(kept.places, text_starts, out_type=tf.int64))
    return _Units(
        starts=_and(tf.gather(kept.places, first), size),
        limits=_and(tf.gather(kept.places, last) + 1, size),
        byte_starts=_and(tf.gather(byte_ends - sizes, first), size + growth[-1]),
        byte_ends=_and(tf.gather(byte_ends, last), tf.int64.max),
        text_starts=text_starts,
        text_bytes=text_starts + before,
    )


def _kept(characters: tf.RaggedTensor) -> _Kept:
    codes = characters.flat_values
    is_wide = codes > _LAST_ASCII
    places = tf.where(is_wide | _shifted(is_wide, False) | tf.concat([is_wide[1:], [False]], 0))[:, 0]
    text_starts = characters.row_starts()
    rows = tf.searchsorted(text_starts, places, side="right", out_type=tf.int64) - 1
    return _Kept(places, tf.gather(codes, places), rows, tf.gather(text_starts, rows) == places)


def _undecoded(strings: tf.Tensor, kept: _Kept, facts: CodePointFacts) -> tf.Tensor:
    """Lengths, where U+FFFD has its length in the source: normalisation leaves bytes that are not UTF-8 alone."""
    _, begins = tf.strings.unicode_decode_with_offsets(strings, "UTF-8", errors="replace")
    sizes = tf.cast(tf.strings.length(strings), tf.int64)
    begins = begins.flat_values + tf.gather(tf.cumsum(sizes, exclusive=True), begins.value_rowids())
    source_lengths = _and(begins, tf.reduce_sum(sizes))[1:] - begins
    return tf.where(kept.codes == _REPLACEMENT, tf.gather(source_lengths, kept.places), facts.length)


def _without_joined(opens: tf.Tensor, kept: _Kept, facts: CodePointFacts) -> tf.Tensor:
    """`opens`, without the marks that may have changed places with the mark before them in the same text."""
    openers = tf.where(opens)[:, 0]
    rows = tf.gather(kept.rows, openers)
    after_mark = _shifted(tf.gather(facts.closes, openers), False) & (rows == _shifted(rows, -1))
    joined = tf.boolean_mask(openers, tf.gather(facts.opens, openers) & after_mark)
    size = tf.size(opens, tf.int64)
    return opens & ~tf.scatter_nd(joined[:, None], tf.ones_like(joined, tf.bool), size[None])


def _and(values: tf.Tensor, last: tf.Tensor | int) -> tf.Tensor:
    """int64 [count + 1]."""
    return tf.concat([values, tf.cast(last, tf.int64)[None]], 0)


def _shifted(values: tf.Tensor, fill: int | bool) -> tf.Tensor:
    return tf.concat([tf.constant([fill], values.dtype), values], 0)[:-1]
