r"""From texts to words, as corpora of named entities have them, with their places in the text; in the graph.

Words are parted by white space. Then, as in CoNLL-2003:

* Punctuation at the beginning and the end of a word stands by itself, one mark after the other; marks that are repeated
  stay together: "(Oslo)..." is "(", "Oslo", ")", "...". Inside a word it stays: "al-Ain", "1996-12-06", "O'Neil".
* A full stop stays with a single letter, also the last of an abbreviation: "J.", "U.S.".
* 's, 'd, 'm, 're, 've and 'll at the end of a word are words: "Ann's" is "Ann", "'s".
* A Chinese character is a word.
"""

from typing import NamedTuple

import tensorflow as tf

_SPACE = r"[\s\p{Z}\p{Cc}]"
_MARK = r"[!-/:-@\[-`{-~]|[\p{P}\p{Sc}]"
_APOSTROPHES = "'\u2019"
_CLITICS = ("s", "d", "m", "re", "ve", "ll")


class Words(NamedTuple):
    """The words of texts: `text[start:limit]` in Python's characters. Three ragged tensors [texts, (words)].

    Args:
        words: string.
        starts, limits: int32.
    """

    words: tf.RaggedTensor
    starts: tf.RaggedTensor
    limits: tf.RaggedTensor


def split_words(texts: tf.Tensor) -> Words:
    """The words of texts, string [texts], UTF-8 (what is not is counted as Python counts it with errors="replace").

    >>> split_words(tf.constant(["Ann's in the U.S."])).words
    <tf.RaggedTensor [[b'Ann', b"'s", b'in', b'the', b'U.S.']]>
    """
    characters = tf.strings.unicode_decode(texts, "UTF-8", errors="replace")
    codes, rows = characters.flat_values, characters.value_rowids()
    is_space, is_mark, is_letter, is_han = _classes(codes)
    is_first = tf.concat([[True], rows[1:] != rows[:-1]], 0)[: tf.size(codes)]
    after_break = is_first | _before(is_space, True) | is_han | _before(is_han, True)
    opens_chunk = ~is_space & after_break
    chunk = tf.cumsum(tf.cast(opens_chunk, tf.int32)) - 1  # a space counts to the chunk before it
    chunk = tf.where(is_space, tf.reduce_max(tf.concat([chunk, [0]], 0)) + 1, chunk)
    place, count = tf.range(tf.size(codes)), tf.size(codes)
    in_core = ~is_space & ~is_mark
    first = tf.gather(_segments(tf.math.unsorted_segment_min, tf.where(in_core, place, count), chunk), chunk)
    last = tf.gather(_segments(tf.math.unsorted_segment_max, tf.where(in_core, place, -1), chunk), chunk)
    last = _with_stop(codes, chunk, is_letter, first, last)
    is_outer = (place < first) | (place > last)
    opens = opens_chunk | (place == first) | (place == last + 1)
    opens |= is_outer & (codes != _before(codes, -1))
    opens |= _opens_clitic(codes, place, first, last)
    opens &= ~is_space
    return _gathered(characters, opens, is_space)


def _classes(codes: tf.Tensor) -> list[tf.Tensor]:
    """bool [characters] four times: white space, punctuation, letters, Chinese characters."""
    distinct, which = tf.unique(codes)
    shown = tf.strings.unicode_encode(distinct[:, None], "UTF-8")
    patterns = (_SPACE, _MARK, r"\p{L}", r"\p{Han}")
    return [tf.gather(tf.strings.regex_full_match(shown, pattern), which) for pattern in patterns]


def _with_stop(
    codes: tf.Tensor, chunk: tf.Tensor, is_letter: tf.Tensor, first: tf.Tensor, last: tf.Tensor
) -> tf.Tensor:
    """`last`, one further where a full stop stays with the single letter before it."""
    end = tf.maximum(last, 0)
    alone = (last == first) | (tf.gather(codes, tf.maximum(end - 1, 0)) == ord("."))
    after = tf.minimum(end + 1, tf.size(codes) - 1)
    stop = (after > end) & (tf.gather(codes, after) == ord(".")) & (tf.gather(chunk, after) == chunk)
    return last + tf.cast((last >= 0) & alone & tf.gather(is_letter, end) & stop, tf.int32)


def _opens_clitic(codes: tf.Tensor, place: tf.Tensor, first: tf.Tensor, last: tf.Tensor) -> tf.Tensor:
    """bool [characters]: the apostrophe of a word's last letters that are a word of their own."""
    lower = tf.where((codes >= ord("A")) & (codes <= ord("Z")), codes + 32, codes)
    ahead = [tf.concat([lower[step:], tf.zeros([tf.minimum(step, tf.size(codes))], tf.int32)], 0) for step in (1, 2)]
    found = tf.zeros_like(codes, tf.bool)
    for clitic in _CLITICS:
        same = last - place == len(clitic)
        for letter, column in zip(clitic, ahead, strict=False):
            same &= column == ord(letter)
        found |= same
    is_apostrophe = tf.reduce_any(codes[:, None] == [ord(mark) for mark in _APOSTROPHES], axis=1)
    return found & is_apostrophe & (place > first)


def _gathered(characters: tf.RaggedTensor, opens: tf.Tensor, is_space: tf.Tensor) -> Words:
    """The words that begin where `opens` says, each up to the next one or to white space."""
    kept = tf.where(~is_space)[:, 0]
    word = tf.cumsum(tf.cast(tf.gather(opens, kept), tf.int64)) - 1
    begin = tf.where(opens)[:, 0]
    spelled = tf.RaggedTensor.from_value_rowids(
        tf.gather(characters.flat_values, kept), word, nrows=tf.size(begin, tf.int64), validate=False
    )
    rows = tf.gather(characters.value_rowids(), begin)
    start = tf.cast(begin - tf.gather(characters.row_starts(), rows), tf.int32)
    limit = start + tf.cast(spelled.row_lengths(), tf.int32)
    columns = (tf.strings.unicode_encode(spelled, "UTF-8"), start, limit)
    count = characters.nrows()
    return Words(*(tf.RaggedTensor.from_value_rowids(column, rows, nrows=count, validate=False) for column in columns))


def _segments(reduce: object, values: tf.Tensor, chunk: tf.Tensor) -> tf.Tensor:
    return reduce(values, chunk, tf.reduce_max(tf.concat([chunk, [0]], 0)) + 1)


def _before(column: tf.Tensor, fill: object) -> tf.Tensor:
    """Of each character the value of the one before it."""
    return tf.concat([tf.constant([fill], column.dtype), column], 0)[:-1]
