"""Words that give a label away, with a bound worked out by hand."""

import numpy as np
import pytest

from bert_keras.row_checks.telling_words import telling_words


def made(times=40, others=160):
    """`times` rows of class 1 with "ref", among rows with words of their own; 8 words stand in five rows and more."""
    texts = [f"ref item{row}" for row in range(times)] + [f"thing{row} here" for row in range(others)]
    labels = np.array([1] * times + [row % 2 for row in range(others)])
    return texts, labels, ("no", "yes"), [f"line {row + 1}" for row in range(times + others)]


def test_a_word_and_its_bound():
    (word,) = telling_words(*made())
    assert (word.words, word.label, word.rows, word.share, word.place) == ("ref", "yes", 40, 1.0, "line 1")
    # "ref" and "here" were tried; of 40 rows in 40 the least share p has p ** 40 = 0.05 / 2.
    assert word.bound == pytest.approx((0.05 / 2) ** (1 / 40), rel=1e-9)
    assert word.usual == pytest.approx(120 / 200)


def test_few_rows_are_not_beyond_chance():
    assert telling_words(*made(times=6)) == []
    # From 0.025 ** (1 / n) >= (1 + usual) / 2 on, with usual = (n + 80) / (n + 160): 16 rows have 0.794 of 0.773.
    assert [word.rows for word in telling_words(*made(times=16))] == [16]
    assert telling_words(*made(times=14)) == []


def test_one_row_in_ten_with_another_label_is_no_leak():
    texts, labels, names, places = made(times=100)
    labels[:10] = 0
    assert telling_words(texts, labels, names, places) == []


def test_two_words_are_named_where_neither_tells_alone():
    texts = [f"sent from x{row}" for row in range(60)]
    texts += [f"from y{row} sent" for row in range(60)]
    labels = np.array([1] * 60 + [0] * 60)
    found = telling_words(texts, labels, ("no", "yes"), [str(row) for row in range(120)])
    assert [word.words for word in found] == ["sent from"]
