"""A look at the first rows raises nothing, and takes nothing away."""

import json

import numpy as np
import pandas
import pytest
import tensorflow as tf

from bert_keras.data.tables.glimpse import Glimpse, glimpse


def test_the_first_rows_of_files_and_objects(tmp_path):
    columns = {"text": ["It works.", "No."], "label": ["yes", "no"]}
    rows = tuple({"text": t, "label": own} for t, own in zip(*columns.values(), strict=True))
    csv, lines = tmp_path / "a.csv", tmp_path / "a.jsonl"
    csv.write_text("text,label\nIt works.,yes\nNo.,no\n")
    lines.write_text("\n".join(map(json.dumps, rows)))
    for source in (csv, str(csv), lines, columns, list(rows), pandas.DataFrame(columns)):
        assert glimpse(source) == Glimpse(("text", "label"), rows)
    assert glimpse([("It works.", "yes")]).rows == ({"text": "It works.", "label": "yes"},)
    assert len(glimpse({"text": ["x"] * 5000}).rows) == 64


def test_a_file_that_changes_is_looked_at_again(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("text,label\nx,y\n")
    assert glimpse(path).columns == ("text", "label")
    path.write_text("text,other\nx,y\nx,y\n")
    assert glimpse(path).columns == ("text", "other")


def test_columns_are_known_where_the_encoding_is_another(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("Word,Tag\nMøller,O\n".encode("latin-1"))
    assert glimpse(path).columns == ("Word", "Tag")


@pytest.mark.parametrize("source", [None, 3, "", "no such file.csv", "x\0y", [], [1, "x"], {}, b"x", np.zeros((2, 2))])
def test_what_is_no_table_has_no_rows(source):
    assert glimpse(source).rows == ()


def test_what_is_read_but_once_is_not_touched(tmp_path):
    taken = []

    def numbers():
        for number in range(3):
            taken.append(number)
            yield {"tokens": ["a"], "tags": ["O"]}

    assert glimpse(numbers()) == Glimpse() and glimpse(tf.data.Dataset.from_tensors("x")) == Glimpse()
    assert taken == [] and glimpse(tmp_path) == Glimpse()
