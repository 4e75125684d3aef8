"""Pieces of words, against the rule in plain Python."""

import pytest
import tensorflow as tf
from hypothesis import given, settings
from hypothesis import strategies as st

from bert_keras.text.basic_words import BasicWords
from bert_keras.text.wordpiece import WordPiece

PIECES = ("[UNK]", "a", "##b", "b", "##bb", ".", "é", "##é", "中", "##bba", "ab", "##")


def reader(pieces):
    return WordPiece(tuple(pieces))


def read(pieces, words, unreadable=()):
    """By word: (id, begin, end) of each piece."""
    lost = tf.constant([place in unreadable for place in range(len(words))], tf.bool)
    given_words = BasicWords(tf.constant(words, tf.string), tf.constant([0, len(words)], tf.int64), lost)
    found = reader(pieces)(given_words)
    columns = [column.numpy().tolist() for column in found[:3]]
    ends = found.splits.numpy().tolist()
    rows = list(zip(*columns, strict=True))
    return [
        [(piece, begin, begin + size if size else len(word)) for piece, begin, size in rows[start:end]]
        for word, start, end in zip(words, ends[:-1], ends[1:], strict=True)
    ]


def longest_first(pieces, word):
    ids = {piece: number for number, piece in enumerate(pieces)}
    found, begin = [], 0
    while begin < len(word) and len(word.encode()) <= 100:
        ends = (end for end in range(len(word), begin, -1) if ("##" * (begin > 0) + word[begin:end]) in ids)
        end = next(ends, None)
        if end is None:
            break
        found.append((ids["##" * (begin > 0) + word[begin:end]], begin, end))
        begin = end
    return found if found and begin == len(word) else [(ids["[UNK]"], 0, len(word))]


def test_by_hand():
    assert read(PIECES, ["a", "abbb", "中", "éb", "abba", "x", "ac"]) == [
        [(1, 0, 1)],
        [(10, 0, 2), (4, 2, 4)],
        [(8, 0, 1)],
        [(6, 0, 1), (2, 1, 2)],
        [(0, 0, 4)],  # "ab" is longest, and then no "##ba": nothing is taken back
        [(0, 0, 1)],
        [(0, 0, 2)],
    ]


@pytest.mark.parametrize("words", [[], ["x"], ["abbb"], ["xx", "xx"], ["a"]])
def test_few_words(words):
    assert read(PIECES, words) == [longest_first(PIECES, word) for word in words]


def test_unreadable_words_are_unknown_whatever_they_spell():
    assert read(PIECES, ["a", "abbb", "a"], unreadable=(0, 1)) == [[(0, 0, 1)], [(0, 0, 4)], [(1, 0, 1)]]


@pytest.mark.parametrize("length", [99, 100, 101])
def test_words_that_are_too_long(length):
    words = ["a" + "b" * (length - 1), "é" * 49 + "b" * (length - 98)]
    found = read(PIECES, words)
    assert found == [longest_first(PIECES, word) for word in words]
    assert (found[0][0][0] == 0) == (length > 100)


def test_pieces_that_are_in_no_word():
    pieces = ("[UNK]", "a" * 300, "a", "##" + "é" * 200, "\0", "a\0b", "##a")
    assert read(pieces, ["aa", "a" * 300]) == [[(2, 0, 1), (6, 1, 2)], [(0, 0, 300)]]
    assert read(("[UNK]", "[CLS]"), ["a", "a"]) == [[(0, 0, 1)]] * 2


letters = st.text("abé中", min_size=1, max_size=5)


@given(st.sets(letters | letters.map(lambda piece: "##" + piece), max_size=12), st.lists(letters, max_size=8))
@settings(deadline=None, max_examples=25, derandomize=True)
def test_any_vocabulary(pieces, words):
    pieces = ("[UNK]", *sorted(pieces))
    assert read(pieces, words) == [longest_first(pieces, word) for word in words]
