"""Rows without a text or a label, in every spelling of nothing, and labels that say that there is none."""

import decimal
import math

import numpy as np
import pandas
import pytest

from bert_keras.data.tables.is_missing import is_missing
from bert_keras.features import SINGLE_LABEL
from bert_keras.text_classification.check_files import check_files
from bert_keras.text_classification.load_table import load_table

NOTHING = (
    None,
    math.nan,
    np.nan,
    np.float32("nan"),
    pandas.NA,
    pandas.NaT,
    np.datetime64("NaT", "s"),
    decimal.Decimal("NaN"),
)


def labelled(*labels, rows=20):
    labels = [*labels, *["a", "b"] * rows][:rows]
    return {"text": [f"text {number}" for number in range(rows)], "label": labels}


@pytest.mark.parametrize("cell", NOTHING)
def test_nothing_in_every_spelling(cell):
    assert is_missing(cell)
    table = load_table(labelled(cell), validation_share=0)
    assert len(table.examples["train"]) == 19 and table.label_names == ("a", "b")
    assert "1 of 20 train rows have no label and are left out: files, row 0" in table.notes
    columns = labelled()
    columns["text"][3] = cell
    table = load_table(columns, validation_share=0)
    assert "1 of 20 train rows have an empty text and are left out: files, row 3" in table.notes
    pairs = {**labelled(), "other": [cell, *["x"] * 19]}
    assert len(load_table(pairs, text_pair="other", validation_share=0).examples["train"]) == 19


@pytest.mark.parametrize("cell", ["", 0, False, "nan", [], np.array([math.nan]), np.array([]), "NA", 0.0])
def test_what_is_something(cell):
    assert is_missing(cell) is (isinstance(cell, np.ndarray) and len(cell) == 1)


def test_gaps_are_left_out_and_counted_up_to_a_tenth():
    columns = labelled(rows=100)
    for row in range(10):
        columns["text"][row] = " "
    columns["label"][20], columns["label"][21] = "", None
    table = load_table(columns, validation_share=0)
    assert len(table.examples["train"]) == 88 and table.label_names == ("a", "b")
    rows = "files, row 0; files, row 1; files, row 2"
    assert f"10 of 100 train rows have an empty text and are left out: {rows}" in table.notes
    assert "2 of 100 train rows have no label and are left out: files, row 20; files, row 21" in table.notes
    columns["text"][11] = ""
    words = (
        r"must have a text in nine of ten rows. Received: files='11 of 100 have an empty text'. The first: files, row 0"
    )
    with pytest.raises(ValueError, match=words):
        load_table(columns, validation_share=0)


def test_two_gaps_in_few_rows_are_no_reason_to_refuse_them():
    assert len(load_table(labelled(None, None, rows=8), validation_share=0).examples["train"]) == 6
    with pytest.raises(ValueError, match=r"must have a label in nine of ten rows.*'3 of 8 have no label'"):
        load_table(labelled(None, None, None, rows=8), validation_share=0)


@pytest.mark.parametrize("unlabelled", [["-", -1], ("-1", "-")])
def test_labels_that_say_that_there_is_none(unlabelled):
    columns = labelled("-", "-1", "-", "-", "-", "-", "-")
    table = load_table(columns, validation_share=0, unlabelled=unlabelled)
    assert table.label_names == ("a", "b") and len(table.examples["train"]) == 13
    assert any(note.startswith("7 of 20 train rows have the label ") for note in table.notes)
    numbers = load_table(labelled(-1, 0, 1, rows=3) | {"label": [-1, 0, 1]}, validation_share=0, unlabelled=unlabelled)
    assert numbers.label_names == ("0", "1")
    assert check_files(columns, unlabelled=unlabelled).parts["train"].rows == 13
    assert load_table(columns, validation_share=0, unlabelled=unlabelled).reading["unlabelled"] == [
        str(label) if isinstance(label, str) else label for label in unlabelled
    ]


def test_a_test_part_with_placeholders_has_no_labels():
    parts = {"train": labelled(), "test": {"text": ["x", "y"], "label": ["-1", "-1"]}}
    table = load_table(parts, unlabelled=["-1"])
    assert table.examples["test"].labels is None and len(table.examples["test"]) == 2
    assert "test: no row has a label, all have '-1'" in table.notes
    with pytest.raises(ValueError, match="leave rows with a label in the part 'validation'"):
        load_table({"train": labelled(), "validation": parts["test"]}, unlabelled=["-1"])
    with pytest.raises(TypeError, match="`unlabelled` must be a list of labels"):
        load_table(labelled(), unlabelled="-")


def test_what_may_say_that_there_is_none_is_pointed_at():
    table = load_table(labelled("-", "NaN"), validation_share=0)
    assert table.problem_type == SINGLE_LABEL and len(table.label_names) == 4  # taken at its word
    hint = "if '-' says that a row has no label, pass unlabelled=['-'] (--unlabelled)"
    assert hint in table.notes and any("'NaN'" in note and "unlabelled" in note for note in table.notes)
    assert hint in str(check_files(labelled("-")))
    signs = {"text": list("abcdef"), "label": [-1, 0, 1] * 2}
    assert any("'-1'" in note for note in load_table(signs, validation_share=0).notes[2:])
    assert not any("unlabelled" in note for note in load_table(labelled(), validation_share=0).notes)
