"""Doubles between parts, by text, words and vectors, and those within a part that have two labels."""

import re

import numpy as np
import pytest

from bert_keras.data.examples import Examples
from bert_keras.row_checks.near_doubles import MEANING, SAME, WORDS, groups_of, near_doubles
from bert_keras.row_checks.pooled_rows import PooledRows

LONG = "the lamp that my sister bought in may is broken"


def pooled(train, dev, columns=1):
    """Rows of (text, label), or (text, text, label)."""

    def part(name, rows):
        texts = tuple([row[column] for row in rows] for column in range(columns))
        labels = np.array([row[-1] for row in rows], "int32")
        return Examples(texts, labels, np.arange(len(rows)), name)

    return PooledRows.of({"train": part("train", train), "validation": part("dev", dev)})


def told(rows, vectors=None):
    return {(item.place, item.other_place): item for item in near_doubles(rows, vectors)}


def test_between_parts_the_nearest_is_named():
    train = [(LONG, 0), (LONG.replace("may", "june"), 0), ("a coat of blue wool for the cold days", 1)]
    rows = pooled(train, [(f"  {LONG.upper()} ", 0), ("the coat of blue wool for the cold days", 0), ("a hat", 1)])
    found = told(rows)
    assert set(found) == {("dev, row 0", "train, row 0"), ("dev, row 1", "train, row 2")}
    same, near = found["dev, row 0", "train, row 0"], found["dev, row 1", "train, row 2"]
    assert (same.how, same.likeness, same.labels_differ) == (SAME, 1.0, False)
    assert (same.part, same.other_part) == ("validation", "train")
    # "the" stands twice in the second text: of 9 words each, 8 are in both, and 10 in either.
    assert (near.how, near.likeness, near.labels_differ) == (WORDS, 0.8, True)


@pytest.mark.parametrize("word", ["blue-green", "kiln.example/a/b-c", "1,250.75"])
def test_a_word_of_several_is_one_that_may_be_another(word):
    text = "a {} lamp hangs over our long kitchen table"
    double = ("dev, row 0", "train, row 0")
    (item,) = near_doubles(pooled([(text.format(word), 0)], [(text.format("small"), 0)]))
    assert ((item.place, item.other_place), item.how, item.likeness) == (double, WORDS, 0.8)
    apart = " ".join(re.findall(r"\w+|[^\w]", word))  # written apart, all but the marks is the same
    assert set(told(pooled([(text.format(word), 0)], [(text.format(apart), 0)]))) == {double}


def test_within_a_part_two_labels_are_named_and_copies_are_not():
    rows = pooled([(LONG, 0), (LONG.upper(), 1), (LONG, 0), ("no lamp at all", 1), ("no lamp at all", 1)], [("x", 1)])
    found = near_doubles(rows)
    assert {(item.place, item.other_place) for item in found} == {
        ("train, row 1", "train, row 0"),
        ("train, row 2", "train, row 1"),
    }
    assert all(item.labels_differ for item in found)


def test_short_texts_are_doubles_only_if_they_are_equal():
    rows = pooled([("good film", 0), ("very good", 0)], [("film good", 0), ("Very  good", 0)])
    assert set(told(rows)) == {("dev, row 1", "train, row 1")}


def test_pairs_are_compared_text_by_text():
    train = [("one two three four", "five six seven eight", 0)]
    rows = pooled(train, [("five six seven eight", "one two three four", 0), (*train[0][:2], 1)], columns=2)
    assert set(told(rows)) == {("dev, row 1", "train, row 0")}


@pytest.mark.parametrize("count", [40, 300])
def test_no_pair_is_missed_that_comparing_each_with_each_finds(count):
    random = np.random.default_rng(3)
    words = [f"w{number}" for number in range(14)]
    texts = [" ".join(random.choice(words, random.integers(4, 9), replace=False)) for _ in range(count)]
    rows = pooled([(text, 0) for text in texts[: count // 2]], [(text, 0) for text in texts[count // 2 :]])
    bags = [frozenset(text.split()) for text in texts]
    near = {
        f"dev, row {row - count // 2}"
        for row in range(count // 2, count)
        if any(len(bags[row] & other) / len(bags[row] | other) >= 0.75 for other in bags[: count // 2])
    }
    assert near and {item.place for item in near_doubles(rows)} == near


def test_vectors_find_what_words_do_not():
    rows = pooled([(LONG, 0), ("we ate at the old inn", 0)], [("my sister's new light no longer works", 0)])
    vectors = np.array([[9.0, 5.0, 1.0], [9.0, -5.0, 0.0], [9.0, 5.0, 1.2]], "float32")  # all of one direction
    item = told(rows, vectors)["dev, row 0", "train, row 0"]
    assert item.how == MEANING and 0.99 < item.likeness <= 1.0
    assert told(rows, np.eye(3, dtype="float32")) == {}


def test_rows_of_the_same_words_are_a_group():
    rows = pooled([("a b c", 0), ("C  b a", 1), ("a b c c", 0)], [("A B C", 0)])
    assert groups_of(rows).tolist() == [0, 0, 2, 0]
