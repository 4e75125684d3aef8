"""`TableForm`: pieces of a table in each form, put together, read back by others than what wrote them."""

import csv
import datetime
import json

import numpy as np
import pyarrow.parquet
import pytest

from bert_keras.data.tables.open_table import open_table
from bert_keras.data.tables.table_form import WRITTEN, TableForm

COLUMNS = {
    "text": ["plain", 'a, "b"\nc\td', "", "Коты 🐈\u2028x"],
    "label": [["a", "b"], [], None, ["ü"]],
    "score": [0.25, float("nan"), 2.0, 1e-9],
}


def written(tmp_path, ending, *pieces):
    form = TableForm(ending, list(pieces[0]))
    paths = []
    for number, columns in enumerate(pieces):
        paths.append(tmp_path / f"{number}{ending}")
        form.write(paths[-1], columns)
    form.join(paths, tmp_path / f"whole{ending}")
    return tmp_path / f"whole{ending}"


def halves(columns):
    return [{name: values[part] for name, values in columns.items()} for part in (slice(0, 1), slice(1, None))]


@pytest.mark.parametrize(("ending", "separator"), [(".csv", ","), (".tsv", "\t")])
def test_delimited_rows(tmp_path, ending, separator):
    path = written(tmp_path, ending, *halves(COLUMNS))
    with open(path, encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file, delimiter=separator)
    assert head == ["text", "label", "score"]
    assert [row[0] for row in rows] == COLUMNS["text"]
    assert [row[1] for row in rows] == ['["a", "b"]', "[]", "", '["ü"]']
    assert [row[2] for row in rows] == ["0.25", "", "2.0", "1e-09"]
    assert path.read_bytes() == written(tmp_path, ending, COLUMNS).read_bytes()


def test_json_lines(tmp_path):
    path = written(tmp_path, ".jsonl", *halves(COLUMNS))
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]  # which splits at U+2028, too
    assert [row["text"] for row in rows] == COLUMNS["text"]
    assert [row["label"] for row in rows] == COLUMNS["label"]
    assert [row["score"] for row in rows] == [0.25, None, 2.0, 1e-9]
    assert "Коты 🐈" in path.read_text(encoding="utf-8")


def test_parquet_has_the_types_of_all_pieces(tmp_path):
    columns = {**COLUMNS, "when": [None, datetime.date(2020, 1, 2), None, None], "mixed": [1, "a", None, [2]]}
    path = written(tmp_path, ".parquet", *halves(columns))
    table = pyarrow.parquet.read_table(path)
    assert table.column("label").to_pylist() == COLUMNS["label"]
    assert table.column("score").to_pylist() == [0.25, None, 2.0, 1e-9]
    assert table.column("when").to_pylist() == columns["when"]
    assert table.column("mixed").to_pylist() == ["1", "a", None, "[2]"]
    assert table.column("text").to_pylist() == COLUMNS["text"]


@pytest.mark.parametrize("ending", WRITTEN)
def test_what_is_written_is_read_again_and_no_rows_are_a_table(tmp_path, ending):
    table = open_table(written(tmp_path, ending, *halves(COLUMNS)))
    assert table.columns == ("text", "label", "score")
    assert [value for chunk in table.rows(["text"]) for value in chunk.columns["text"]] == COLUMNS["text"]
    empty = {name: [] for name in COLUMNS}
    if ending != ".jsonl":
        assert open_table(written(tmp_path, ending, empty)).columns == ("text", "label", "score")
    TableForm(ending, list(COLUMNS)).join([], tmp_path / f"none{ending}")
    assert (tmp_path / f"none{ending}").is_file()


def test_numbers_of_numpy(tmp_path):
    path = written(tmp_path, ".jsonl", {"a": [np.float32(0.5), np.array([1, 2]), np.int64(3)]})
    assert [json.loads(line)["a"] for line in path.read_text().splitlines()] == [0.5, [1, 2], 3]


def test_another_form():
    with pytest.raises(ValueError, match=r"`ending` must be one of '.csv', '.tsv', '.jsonl', '.parquet'"):
        TableForm(".xlsx", ["a"])
