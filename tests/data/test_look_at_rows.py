"""What is said of the rows of a step: where they stand, in every kind of data, and what float32 cannot bear."""

import dataclasses
import types

import numpy as np
import pytest
import questions
import tagging
import tiny

from bert_keras.data.examples import Examples
from bert_keras.data.labelled_rows import LabelledRows
from bert_keras.data.look_at_rows import look_at_rows
from bert_keras.token_classification.tagged_sentences import TaggedSentences


def split_of(examples):
    return types.SimpleNamespace(examples=examples, place=examples.place)


def regression(labels, **columns):
    texts = tiny.sentences(len(labels))
    return Examples((texts,), np.array(labels, "float32"), np.arange(len(labels)) + 5, "small.tsv", **columns)


def test_rows_are_named_by_their_numbers_or_by_what_knows_them():
    rows = np.array([2, 0])
    assert look_at_rows(split_of(regression([1, 2, 3])), rows) == ("small.tsv: row 7, row 5", "")
    named = regression([1, 2, 3], where=lambda number: f"small.tsv, line {number * 10}")
    assert look_at_rows(split_of(named), rows) == ("small.tsv: line 70, line 50", "")
    assert named.take(rows).place(0) == "small.tsv, line 70"
    many, _ = look_at_rows(split_of(regression(np.zeros(40))), np.arange(40))
    assert many.startswith("small.tsv: row 5, ") and many.endswith(", row 20 and 24 more")
    windows = LabelledRows(None, np.array([4, 4, 9]))
    assert look_at_rows(split_of(windows), rows) == ("row 9, row 4", "")


@pytest.mark.parametrize(("value", "shown"), [(-2e9, r"-2e\+09"), (np.inf, "inf"), (np.nan, "nan")])
def test_the_worst_label_is_named(value, shown):
    split = split_of(regression([1, value, 1e9, 3]))
    cause = look_at_rows(split, np.arange(4))[1]
    assert cause.startswith(f"The label of small.tsv, row 6 is {value:g}: ")
    assert look_at_rows(split, np.array([0, 2, 3]))[1] == ""


def test_the_worst_weight_is_named_before_a_label():
    split = split_of(regression([1e30, 1, 1], weights=np.array([1, 2, 3], "float32")))
    split.examples.weights[1:] = 2e12, np.nan  # which a split does not take
    assert look_at_rows(split, np.arange(2))[1].startswith("The weight of small.tsv, row 6 is 2e+12: ")
    assert look_at_rows(split, np.arange(3))[1].startswith("The weight of small.tsv, row 7 is nan: ")


def test_windows_are_named_by_their_questions_and_sentences(tmp_path):
    encoder = questions.encoder(tmp_path)
    asked = questions.question_data(encoder).split("train")
    row = len(asked) - 1
    own = asked.questions.ids[int(asked.examples.ids[row])]
    assert look_at_rows(asked, np.array([row]))[0].endswith(f"question '{own}'")
    tags = tagging.tagging_data(encoder).split("train")
    assert tags.place(0).endswith("sentence 0")
    for lines in ([3] * 24, [[3, 4]] * 24):
        of_file = dataclasses.replace(tags, sentences=dataclasses.replace(tags.sentences, lines=lines))
        assert isinstance(of_file.sentences, TaggedSentences) and of_file.place(0).endswith("line 3")
