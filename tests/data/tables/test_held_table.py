"""`held_table`: objects in memory as rows, with the names of what Hugging Face numbers."""

import collections
import dataclasses

import datasets
import numpy as np
import pandas
import polars
import pyarrow
import pytest

from bert_keras.data.tables.held_table import held_table

NAMES = datasets.ClassLabel(names=["O", "B-X", "I-X"])


def rows_of(table):
    return [row for chunk in table.rows(table.columns) for row in zip(*chunk.columns.values(), strict=True)]


def dataset_of(columns, features):
    return datasets.Dataset.from_dict(columns, datasets.Features(features))


@pytest.mark.parametrize("as_list", [datasets.Sequence, lambda feature: [feature]])
@pytest.mark.parametrize("streamed", [False, True])
def test_names_of_classes_in_lists(as_list, streamed):
    columns = {"tokens": [["a", "b"], [], ["c"]], "tags": [[0, 1], [], [-1]]}
    dataset = dataset_of(columns, {"tokens": as_list(datasets.Value("string")), "tags": as_list(NAMES)})
    found = rows_of(held_table(dataset.to_iterable_dataset() if streamed else dataset))
    assert found == [(["a", "b"], ["O", "B-X"]), ([], []), (["c"], [None])]


def test_names_of_classes_at_any_depth():
    features = {
        "nested": datasets.Sequence(datasets.Sequence(NAMES)),
        "within": {"tag": NAMES, "more": datasets.Value("int32")},
        "lists": datasets.Sequence({"tag": NAMES, "more": datasets.Value("int32")}),
        "objects": [{"tag": NAMES}],
    }
    columns = {
        "nested": [[[1, 2], [0]]],
        "within": [{"tag": 2, "more": 2}],
        "lists": [{"tag": [1, -1], "more": [1, 0]}],
        "objects": [[{"tag": 1}, {"tag": -1}]],
    }
    nested, within, lists, objects = rows_of(held_table(dataset_of(columns, features)))[0]
    assert nested == [["B-X", "I-X"], ["O"]] and within == {"tag": "I-X", "more": 2}
    assert lists == {"tag": ["B-X", None], "more": [1, 0]}
    assert objects == [{"tag": "B-X"}, {"tag": None}]


def test_a_field_that_a_row_lacks_is_none():
    table = held_table([{"a": 1}, {"b": 2, "a": 3}, {}])
    assert table.columns == ("a", "b") and rows_of(table) == [(1, None), (3, 2), (None, None)]


def test_arrays_and_tables_of_pairs():
    pairs = [("a", "x"), ("b", "y")]
    for given in (np.array(pairs), np.array(pairs, object), pyarrow.table({"text": ["a", "b"], "label": ["x", "y"]})):
        table = held_table(given)
        assert table.columns == ("text", "label") and rows_of(table) == pairs


def test_columns_of_a_frame_with_equal_names():
    frame = pandas.DataFrame([["a", 1, "b"]], columns=["text", "label", "text"])
    table = held_table(frame)
    assert table.columns == ("text (column 1)", "label", "text (column 3)") and rows_of(table) == [("a", 1, "b")]


def test_a_stated_order():
    names = ["low", "mid", "high"]
    orders = {
        "pandas": pandas.DataFrame({"a": pandas.Categorical(["mid"], names, ordered=True)}),
        "polars": polars.DataFrame({"a": polars.Series(["mid"], dtype=polars.Enum(names))}),
        "hugging face": dataset_of({"a": [1]}, {"a": datasets.ClassLabel(names=names)}),
    }
    for form, frame in orders.items():
        assert held_table(frame).order_of("a") == tuple(names), form
    assert held_table(polars.DataFrame({"a": ["mid"]})).order_of("a") is None


@pytest.mark.parametrize(
    ("value", "error", "match"),
    [
        ({"text": "a", "label": "b"}, TypeError, "`files` must have a list of values in the column 'text'"),
        ({"text": ["a"], "label": {"x"}}, TypeError, "`files` must have a list of values in the column 'label'"),
        ({"text": (t for t in "ab")}, TypeError, "`files` must have a list of values in the column 'text'"),
        (polars.LazyFrame({"text": ["a"]}), TypeError, r"Pass frame.collect\(\)"),
        (np.array([["a", "b", "c"]]), ValueError, r"`files` must have the shape \[rows\]"),
    ],
)
def test_what_holds_no_rows(value, error, match):
    with pytest.raises(error, match=match):
        held_table(value)


def test_rows_with_names_of_their_own():
    named = collections.namedtuple("Row", "text label more")
    made = dataclasses.make_dataclass("Row", ["text", "label", "more"])
    for row in (named, made):
        table = held_table([row("a", "x", 1), row("b", "y", 2)])
        assert table.columns == ("text", "label", "more") and rows_of(table) == [("a", "x", 1), ("b", "y", 2)]


@pytest.mark.parametrize(
    "labels", [["x", "y", "x"], np.array([0, 1, 0]), pandas.Series(["x", "y", "x"], index=[5, 6, 7])], ids=type
)
@pytest.mark.parametrize("texts", [["a b", "c d", "e f"], pandas.Series(["a b", "c d", "e f"])], ids=type)
def test_texts_and_labels_are_two_columns(texts, labels):
    table = held_table((texts, labels))
    assert table.columns == ("text", "label")
    assert rows_of(table) == list(zip(["a b", "c d", "e f"], list(labels), strict=True))


def test_two_of_each_may_be_rows_or_columns():
    with pytest.raises(ValueError, match=r"may be two rows \(text, label\), and two texts with their labels"):
        held_table((["a b", "c d"], ["x", "y"]))
    assert rows_of(held_table([["a b", "x"], ["c d", "y"]])) == [("a b", "x"), ("c d", "y")]
    assert rows_of(held_table((("a b", "x"), ("c d", "y")))) == [("a b", "x"), ("c d", "y")]
    assert rows_of(held_table(("a b", "c d"))) == [("a b",), ("c d",)]


def test_texts_and_labels_of_other_numbers_and_rows_of_three():
    with pytest.raises(ValueError, match="3 texts and 2 labels"):
        held_table((["a", "b", "c"], ["x", "y"]))
    with pytest.raises(ValueError, match=r"must hold pairs \(text, label\)"):
        held_table([["a", "b", "x"], ["c", "d", "y"]])
