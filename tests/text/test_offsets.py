"""From bytes of normalised texts to characters of the source, worked out by hand; the tokenizer's test has the rest."""

import pytest
import tensorflow as tf

from bert_keras.text.normalize import normalize
from bert_keras.text.offsets import source_offsets


def sources(texts, words, lower_case=True):
    """Where `words`, by text, come from, found in the normalised texts."""
    texts = [text.encode() if isinstance(text, str) else text for text in texts]
    normalized = normalize(tf.constant(texts), lower_case).numpy()
    places = [[row.index(word.encode()) for word in some] for row, some in zip(normalized, words, strict=True)]
    ends = [
        [place + len(word.encode()) for place, word in zip(row, some, strict=True)]
        for row, some in zip(places, words, strict=True)
    ]
    columns = (tf.ragged.constant(rows, tf.int64, ragged_rank=1) for rows in (places, ends))
    starts, limits = (column.to_list() for column in source_offsets(tf.constant(texts), *columns, lower_case))
    return [list(zip(*row, strict=True)) for row in zip(starts, limits, strict=True)]


def test_texts_that_are_ascii():
    assert sources(["an Ox", "ox an"], [["an", "ox"], ["an"]]) == [[(0, 2), (3, 5)], [(3, 5)]]


@pytest.mark.parametrize("lower_case", [True, False])
def test_texts_side_by_side(lower_case):
    texts = ["plain one", "über x", "plain two", "", "y 中 z", "last"]
    words = [["plain", "one"], ["ber", "x"], ["two"], [], ["中", "z"], ["last"]]
    expected = [[(0, 5), (6, 9)], [(1, 4), (5, 6)], [(6, 9)], [], [(2, 3), (4, 5)], [(0, 4)]]
    assert sources(texts, words, lower_case) == expected


def test_what_stands_far_from_characters_that_change():
    text = "aaa bbb ﬁ ccc ddd e\u0301 fff ggg\u00ad hhh iii"
    words = ["aaa", "bbb", "fi", "ccc", "ddd", "e ", "fff", "ggg", "hhh", "iii"]
    found = sources([text], [words])[0]
    assert [text[start:limit] for start, limit in found] == [
        *("aaa", "bbb", "ﬁ", "ccc", "ddd", "e\u0301 ", "fff", "ggg", "hhh", "iii")
    ]


def test_marks_at_the_start_of_a_text_are_nobodys():
    assert sources(["cafe", "\u0301abc", "\u00adx"], [["cafe"], ["abc"], ["x"]]) == [[(0, 4)], [(1, 4)], [(1, 2)]]


def test_bytes_that_are_not_utf8():
    # Latin-1, which has no continuation bytes here, and a row that has.
    assert sources([b"caf\xe9 x", "é ".encode() + b"\xe2\x82 y"], [["x"], ["y"]]) == [[(5, 6)], [(4, 5)]]
