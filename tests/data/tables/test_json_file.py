"""`JsonFile`: documents of JSON as tables, and what is wrong with them, by line and column."""

import pytest

from bert_keras.data.tables.glimpse import glimpse
from bert_keras.data.tables.json_file import JsonFile
from bert_keras.data.tables.open_table import open_table


def file_of(tmp_path, content, name="a.json"):
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    return path


def test_rows_and_the_lines_they_stand_on(tmp_path):
    table = open_table(file_of(tmp_path, '\n[{"a": 1},\n\n {"b": 2, "a": null}]\n'))
    assert isinstance(table, JsonFile) and table.columns == ("a", "b")
    assert [chunk.columns for chunk in table.rows(("b", "a"))] == [{"b": [None, 2], "a": [1, None]}]
    assert table.where(1) == "a.json, row 1, line 4" and table.notes == ()


def test_a_single_object_is_a_row_or_columns(tmp_path):
    for name, rows in (("a.jsonl", [["x", "y"]]), ("a.json", ["x", "y"])):
        table = open_table(file_of(tmp_path, '{"a": ["x", "y"]}', name))
        assert [chunk.columns for chunk in table.rows(("a",))] == [{"a": rows}], name
    table = open_table(file_of(tmp_path, '{"a": "x", "b": 1}'))
    assert [chunk.columns for chunk in table.rows(("a", "b"))] == [{"a": ["x"], "b": [1]}]


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("", r"`files` must hold an array of objects.*Received: files='a.json'. It is empty"),
        ("[]", r"`files` must hold an array of objects.*Received: files=\[\]. It is a.json"),
        ("7", r"`files` must hold an array of objects.*Received: files=7"),
        (
            '[{"a": 1},\n {"a": 2',
            r"a.json, line 2, column 9: this must be JSON \(.*Is the file cut off",
        ),
        ('[{"a": 1},\n {"a" 2}]', r"a.json, line 2, column 7: this must be JSON \(Expecting ':' delimiter\)"),
        ('[{"a": 1} {"a": 2}]', r"a.json, line 1, column 11: a comma or \] must follow"),
        ('[{"a": 1}]\n[{"a": 2}]', r"a.json, line 2, column 1: nothing may follow the \] of the array"),
        ('[{"a": 1, "a": 2}]', r"a.json, line 1, column 2: this must be JSON, and has the field 'a' twice"),
        ("[" * 100_000, r"a.json, line 1, column 2: this must be JSON"),
        ('{"a": [1, 2], "b": [1]}', r"`files` must hold an array.*Received: .*'a': '2 entries', 'b': '1 entries'"),
        ('{"train": [{"a": 1}], "test": [{"a": 1}]}', r"each part has a file of its own. Received: .*'train', 'test'"),
        ('{"1": {"2": "x"}, "3": {"2": "y"}}', r"a.json: a table must have one meaning, and here '1' is a column and"),
        ('{"a": {"b": "x"}}', r"a.json: a table must have one meaning.*orient='records'"),
        ('{"columns": ["a"], "data": [[1], [1, 2]]}', r"a.json, row 1: each row must have 1 columns"),
        ('{"version": 2, "data": [{"paragraphs": []}]}', r"`files` must hold.*objects with 'paragraphs', as questions"),
    ],
)
def test_what_is_wrong_with_a_document(tmp_path, content, match):
    path = file_of(tmp_path, content)
    with pytest.raises(ValueError, match=match):
        open_table(path)
    assert glimpse(path).rows == ()


def test_what_cannot_be_a_row_is_said_before_all_are_read(tmp_path):
    path = tmp_path / "a.json"
    path.write_text('[[], {"text": "never read to here"', encoding="utf-8")
    with pytest.raises(ValueError, match=r"`a\.json` must hold pairs \(text, label\)\. Received: a\.json=\[\]"):
        JsonFile(path)
