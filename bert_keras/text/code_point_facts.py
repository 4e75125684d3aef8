"""`code_point_facts`: what normalisation makes of each character, for all of Unicode, from tables in the graph."""

import functools
from typing import NamedTuple

import numpy as np
import tensorflow as tf
import tensorflow_text as tf_text

from bert_keras.text.normalize import normalize

_ATTACHED = -1
# Marks of the lowest and the highest combining class: what changes places with them takes part in reordering.
_LOWEST_MARK, _HIGHEST_MARK = "\u0334", "\u0345"
_REPLACEMENT = 0xFFFD
_PAGE = 256  # code points; few pages differ, and each of these is kept once
# Beyond these no character is changed or dropped, by Unicode's rules of stability or because it is for private use.
_CHANGING = ((0, 0x20000), (0x2F800, 0x2FB00), (0xE0000, 0xE1000))
_LENGTH_BITS, _OPENS_BIT, _CLOSES_BIT = 63, 64, 128  # of a number in the tables: the length plus 1, and two flags


class CodePointFacts(NamedTuple):
    """Facts about characters, of one shape.

    Args:
        length: int64, bytes of the normalised character; 0 for one that is dropped, -1 for one that is dropped and
            belongs to the character before it.
        opens, closes: bool, the normalised character starts or ends with a mark that may change places with a
            neighbour.
    """

    length: tf.Tensor
    opens: tf.Tensor
    closes: tf.Tensor


def code_point_facts(codes: tf.Tensor, lower_case: bool) -> CodePointFacts:
    """The facts about characters, int32 code points, each normalised by itself."""
    index, pages = _tables(lower_case)
    page = tf.gather(tf.constant(index), codes // _PAGE)
    packed = tf.cast(tf.gather(tf.constant(pages), page * _PAGE + codes % _PAGE), tf.int32)
    length = tf.cast(packed & _LENGTH_BITS, tf.int64) - 1
    return CodePointFacts(length, packed & _OPENS_BIT != 0, packed & _CLOSES_BIT != 0)


@functools.cache
def _tables(lower_case: bool) -> tuple[np.ndarray, np.ndarray]:
    """The number of the page of each 256 code points, int32, and the pages end to end, uint8."""
    codes = np.arange(0x110000)
    packed = 2 + (codes > 0x7F) + (codes > 0x7FF) + (codes > 0xFFFF)  # those that stay as they are
    for begin, end in _CHANGING:
        packed[begin:end] = _packed_facts(codes[begin:end], lower_case)
    numbers: dict[bytes, int] = {}
    index = [numbers.setdefault(page.tobytes(), len(numbers)) for page in packed.astype(np.uint8).reshape(-1, _PAGE)]
    return np.array(index, np.int32), np.frombuffer(b"".join(numbers), np.uint8)


def _packed_facts(codes: np.ndarray, lower_case: bool) -> np.ndarray:
    codes = np.where((codes >= 0xD800) & (codes < 0xE000), _REPLACEMENT, codes)  # halves of pairs are no characters
    with tf.init_scope(), tf.device("CPU"):
        facts = _facts(tf.strings.unicode_encode(tf.constant(codes[:, None], tf.int32), "UTF-8"), lower_case)
        length, opens, closes = (column.numpy() for column in facts)
    return length + 1 + _OPENS_BIT * opens + _CLOSES_BIT * closes


def _facts(characters: tf.Tensor, lower_case: bool) -> CodePointFacts:
    normalized = normalize(characters, lower_case)
    length = tf.cast(tf.strings.length(normalized), tf.int64)
    if not lower_case:
        never = tf.zeros_like(length, tf.bool)
        return CodePointFacts(length, never, never)
    is_mark = tf.strings.regex_full_match(tf_text.normalize_utf8(characters, "NFKC"), r"\p{M}+")
    before, after = _HIGHEST_MARK + normalized, normalized + _LOWEST_MARK
    return CodePointFacts(
        length=tf.where(is_mark & (length == 0), tf.constant(_ATTACHED, tf.int64), length),
        opens=tf_text.normalize_utf8(before, "NFD") != before,
        closes=tf_text.normalize_utf8(after, "NFD") != after,
    )
