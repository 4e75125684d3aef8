"""Words and their sources, worked out by hand; the tokenizer's test has the rest."""

import itertools

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.text.basic_words import basic_words, placed_words
from bert_keras.text.flat_rows import row_numbers
from bert_keras.text.word_rules import WordRules


def by_text(found):
    splits = found.splits.numpy()
    words = found.words.numpy().tolist()
    return [words[begin:end] for begin, end in itertools.pairwise(splits)]


def shown(texts, lower_case=True):
    return [[word.decode() for word in row] for row in by_text(basic_words(tf.constant(texts), WordRules(lower_case)))]


def sources(texts, lower_case=True):
    """By text the source of each word."""
    found, places = placed_words(tf.constant(texts), WordRules(lower_case))
    rows = row_numbers(found.splits, tf.range(tf.size(found.words, tf.int64)))
    starts, limits = places.within_texts(rows, places.splits[:-1], places.splits[1:])
    kept = [[] for _ in texts]
    for row, start, limit in zip(rows.numpy(), starts.numpy(), limits.numpy(), strict=True):
        text = texts[row] if isinstance(texts[row], str) else texts[row].decode(errors="replace")
        kept[row].append(text[start:limit])
    return kept


@pytest.mark.parametrize(
    "text, lower, cased",
    [
        ("Ünïted ﬁsh", ["united", "fish"], ["Ünïted", "ﬁsh"]),
        ("a\tb\u00adc\u200bd", ["a", "bcd"], ["a", "b", "c", "d"]),
        ("Straße\u00a0中x", ["strasse", "中", "x"], ["Straße\u00a0", "中", "x"]),
        ("don't (A)", ["don", "'", "t", "(", "a", ")"], ["don", "'", "t", "(", "A", ")"]),
        ("\x00A\x7fb\r\n", ["a", "b"], ["A", "b"]),
        ("", [], []),
        (" \u0301", [], ["\u0301"]),
    ],
)
def test_by_hand(text, lower, cased):
    for lower_case, expected in ((True, lower), (False, cased)):
        assert shown([text], lower_case) == [expected]
        assert shown([text, "é"], lower_case)[0] == expected  # beside a text that is not ASCII


@pytest.mark.parametrize("lower_case", [True, False])
def test_texts_in_ascii_have_the_words_that_their_characters_make(lower_case):
    marks = [chr(code) for code in range(128)]
    texts = [f"Ab{one}{other}cD {one}" for one in marks for other in marks[::3]] + ["", " "]
    found, others = (
        basic_words(tf.constant(texts), WordRules(lower_case)),
        placed_words(tf.constant(texts), WordRules(lower_case))[0],
    )
    for column, other in zip(found, others, strict=True):
        np.testing.assert_array_equal(column, other)


def test_texts_side_by_side_stay_in_order():
    texts = ["plain one", "über x", "plain two", "", "y 中 z", "last"]
    expected = [["plain", "one"], ["uber", "x"], ["plain", "two"], [], ["y", "中", "z"], ["last"]]
    assert shown(texts) == expected
    assert sources(texts) == [["plain", "one"], ["über", "x"], *expected[2:]]


@pytest.mark.parametrize(
    "text, expected",
    [
        ("aaa ﬁ e\u0301 ggg\u00ad hhh", ["aaa", "ﬁ", "e\u0301", "ggg", "hhh"]),
        ("\u0301abc \u0301abc", ["abc", "abc"]),
        ("e\u200bx \u200bword\u00ad", ["e\u200bx", "word"]),
        ("a\u302e\u1b44 b", ["a\u302e\u1b44", "b"]),
        ("가 e\u200d\u0301", ["가", "e\u200d\u0301"]),
    ],
)
def test_sources_by_hand(text, expected):
    assert sources([text]) == [expected]
    assert sources(["cafe\u0301", text, "\u0301x"]) == [["cafe\u0301"], expected, ["x"]]


def test_marks_are_put_into_canonical_order():
    assert shown(["a\u302e\u1b44", "a\u1b44\u302e"]) == [["a\u1b44\u302e"]] * 2
    assert shown(["a\u302e\u0e4d\u1b44"]) == [["a\u302e\u1b44"]]  # a stripped mark of class 0 stands between them
    assert shown(["a\u302e", "\u1b44"]) == [["a\u302e"], ["\u1b44"]]


def test_what_is_not_utf8_is_unreadable():
    texts = [b"e\xff .", "é \ufffd".encode(), b"\xe2\x82 y"]
    for lower_case in (True, False):
        for found in (
            basic_words(tf.constant(texts), WordRules(lower_case)),
            placed_words(tf.constant(texts), WordRules(lower_case))[0],
        ):
            assert found.unreadable.numpy().tolist() == [True, False, False, False, True, False]
    assert sources(texts)[0] == ["e\ufffd", "."]
