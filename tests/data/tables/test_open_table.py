"""`bk.open_table`: files as tables, and what is wrong with them, by line and column."""

import json

import numpy as np
import pytest
import tables
import tensorflow as tf

from bert_keras.data.tables.delimited_file import DelimitedFile
from bert_keras.data.tables.open_table import open_table


def read(table, *names):
    """The rows of a table as tuples, and their places."""
    wanted = names or table.columns
    chunks = list(table.rows(wanted))
    rows = [row for chunk in chunks for row in zip(*(chunk.columns[name] for name in wanted), strict=True)]
    return rows, [place for chunk in chunks for place in chunk.places]


def csv_of(tmp_path, content, name="a.csv", **options):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return open_table(path, **options)


def test_columns_of_choice_and_the_lines_they_stand_on(tmp_path):
    table = csv_of(tmp_path, 'id,review,stars\r\n1,"two\r\nlines, and ""quotes""",5\r\n\r\n2,plain,4\r\n')
    assert table.columns == ("id", "review", "stars") and table.name == "a.csv"
    assert read(table, "stars", "review") == ([("5", 'two\r\nlines, and "quotes"'), ("4", "plain")], [2, 5])
    assert read(table, "stars", "review") == read(table, "stars", "review")  # it is read again


def test_more_rows_than_a_chunk(tmp_path):
    rows = [(f"text {n}", str(n % 3)) for n in range(2500)]
    table = open_table(tables.write_csv(tmp_path / "a.csv", *zip(*rows, strict=True)))
    assert read(table) == (rows, list(range(2, 2502)))


@pytest.mark.parametrize(
    ("content", "options", "columns", "first"),
    [
        ("a;b\n1;2\n", {}, ("a", "b"), ("1", "2")),
        ("a\tb\n1\t2\n", {}, ("a", "b"), ("1", "2")),
        ("a;b,c\n1;2,3\n", {"separator": ","}, ("a;b", "c"), ("1;2", "3")),
        ("a;b,c\n1;2,3\n4;5\n", {}, ("a", "b,c"), ("1", "2,3")),
        ("a|b\n1|2\n", {"separator": "|"}, ("a", "b"), ("1", "2")),
        ("3,Title here\n4,Other\n", {"columns": ["class", "title"]}, ("class", "title"), ("3", "Title here")),
        ('a,b\n"x" y,2\n', {"quotes": False}, ("a", "b"), ('"x" y', "2")),
        ("a,b\nna\xefve,2\n".encode("latin-1"), {"encoding": "latin-1"}, ("a", "b"), ("na\xefve", "2")),
        ("\ufeffa,b\n1,2\n", {}, ("a", "b"), ("1", "2")),
        (" a , b \n1,2", {}, ("a", "b"), ("1", "2")),
        ("only\ntext\n", {}, ("only",), ("text",)),
        (",b\n1,2\n", {}, ("column 1", "b"), ("1", "2")),
    ],
)  # fmt: skip
def test_forms_of_csv(tmp_path, content, options, columns, first):
    table = csv_of(tmp_path, content, **options)
    assert table.columns == columns and read(table)[0][0] == first


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ("a,b\n1,2\n3,4,5\n", r"a.csv, line 3: each row must have 2 columns, a, b. Received: 3: '3,4,5'. Put quotes"),
        ('a,b\n"1\n1",2\n3\n', r"a.csv, line 4: each row must have 2 columns, a, b. Received: 1: '3'"),
        ('a,b\n1,2\n3,"4\n5,6\n', r"a.csv, line 3: the quote that opens a field here must be closed.*no-quotes"),
        ('a,b\n"x" y,2\n', r'a.csv, line 2: a quoted field must end at its quote.*twice \(""\)'),
        (b"a,b\n1,2\n3,na\xefve\n", r"a.csv, line 3, byte 5: this must be utf-8. Received: b'3,na.*encoding='cp1252'"),
        ("a;b,c\n1;2,3\n", r"a.csv: its columns must have one separator.*by ',' it has 'a;b' \| 'c' and by ';' it has"),
        ("", r"`files` must begin with the names of the columns. Received: files='a.csv'. It is empty"),
        ("\n\n", r"`files` must begin with the names of the columns"),
        ("a,b\n1,2\r3,4\n", r"a.csv, line 2: lines must end in LF or CR LF, and some end in CR alone"),
    ],
)
def test_what_is_wrong_with_a_csv(tmp_path, content, match):
    with pytest.raises(ValueError, match=match):
        read(csv_of(tmp_path, content))


def test_mixed_encodings_are_counted_where_that_is_asked(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes("a,b\nfür,1\n".encode() + b"f\xfcr,2\nd\xe9j\xe0,3\n")
    lines = []
    table = DelimitedFile(path, fault=lambda line, error: lines.append((line, error.start)))
    assert read(table)[0] == [("für", "1"), ("f\ufffdr", "2"), ("d\ufffdj\ufffd", "3")] and lines == [(3, 1), (4, 1)]


def test_json_lines(tmp_path):
    rows = [{"text": "größer", "label": ["a", "b"]}, {"label": [], "text": "x", "more": 1}]
    table = csv_of(tmp_path, "\n".join(map(json.dumps, rows)) + "\n\n", "a.jsonl")
    assert table.columns == ("text", "label", "more")
    assert read(table) == ([("größer", ["a", "b"], None), ("x", [], 1)], [1, 2])


@pytest.mark.parametrize(
    ("content", "match"),
    [
        ('{"text": "a"}\n{"text": "b",}\n', r"a.jsonl, line 2, column 1[34]: this must be JSON, one object a line.*: "),
        ('{"text": "a"}\n["b"]\n', r"a.jsonl, line 2: this must be a JSON object. Received: '\[\"b\"\]'"),
        (b'{"text": "a"}\n{"text": "\xff"}\n', r"a.jsonl, line 2, byte 11: this must be utf-8"),
        ("\n", r"`files` must hold an array of objects, an object a line.*It is empty"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_json_lines(tmp_path, content, match):
    with pytest.raises(ValueError, match=match):
        read(csv_of(tmp_path, content, "a.jsonl"))


def test_a_folder_of_folders(tmp_path):
    (tmp_path / "tree" / "pos").mkdir(parents=True)
    (tmp_path / "tree" / "neg").mkdir()
    (tmp_path / "tree" / ".cache").mkdir()
    for name, text in (("pos/b.txt", "good\n"), ("pos/a.txt", "fine"), ("neg/1.txt", "bad"), ("pos/c.md", "no")):
        (tmp_path / "tree" / name).write_text(text)
    table = open_table(tmp_path / "tree")
    assert read(table)[0] == [("bad", "neg", "neg/1.txt"), ("fine", "pos", "pos/a.txt"), ("good", "pos", "pos/b.txt")]
    assert table.where(1) == str(tmp_path / "tree" / "pos" / "a.txt")
    (tmp_path / "tree" / "neg" / "2.txt").write_bytes(b"\xff\xfe\xfd")
    with pytest.raises(ValueError, match=r"2.txt, line 1, byte 1: this must be utf-16-le"):
        read(open_table(tmp_path / "tree"))
    (tmp_path / "tree" / "loose.txt").write_text("x")
    with pytest.raises(ValueError, match=r"must hold a folder for each label with a .txt file.*loose.txt lies beside"):
        open_table(tmp_path / "tree")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ValueError, match=r"must hold a folder for each label.*It has: nothing"):
        open_table(tmp_path / "empty")


def test_what_is_no_table(tmp_path):
    tables.write_csv(tmp_path / "reviews.csv")
    with pytest.raises(FileNotFoundError, match=r"`files` must be a file that is there.*Did you mean 'reviews.csv'"):
        open_table(tmp_path / "review.csv")
    with pytest.raises(FileNotFoundError, match=r"There is no folder '.*nowhere' either"):
        open_table(tmp_path / "nowhere" / "a.csv")
    with pytest.raises(ValueError, match=r"`files` must be a folder or a file that ends in .csv, .tsv.*no such file"):
        open_table("reviews.doc")
    (tmp_path / "a.parquet").write_text("no")
    with pytest.raises(ValueError, match=r"`files` must be a Parquet file"):
        open_table(tmp_path / "a.parquet")
    with pytest.raises(ValueError, match=r"`separator` must be left out for JSON"):
        open_table(tables.write_json_lines(tmp_path / "a.jsonl"), separator=";")
    with pytest.raises(ValueError, match=r"`separator` must be one character.*Received: separator='::'"):
        open_table(tmp_path / "reviews.csv", separator="::")
    with pytest.raises(ValueError, match=r"`encoding` must be one that Python knows.*Received: encoding='utf-9'"):
        open_table(tmp_path / "reviews.csv", encoding="utf-9")


@pytest.mark.parametrize(
    ("value", "error", "match"),
    [
        (7, TypeError, r"`files` must be a file, a folder, a dict of columns"),
        ([], TypeError, r"`files` must be a file, a folder, a dict"),
        ({"a": [1], "b": [1, 2]}, ValueError, r"`files` must have columns of one length.*'a': 1, 'b': 2"),
        ([("a", 1), "b"], TypeError, r"`files` must hold rows of one kind, as the first, tuple.*It is number 1"),
        ([("a", 1, 2)], ValueError, r"`files` must hold pairs \(text, label\).*Pass dicts"),
        (np.zeros((2, 2)), ValueError, r"`files` must have the shape \[rows\].*Pass the labels as `label`"),
        (tf.data.Dataset.from_tensors("a").repeat(), ValueError, r"`files` must end.*Leave .repeat\(\) out"),
        (tf.data.Dataset.from_tensors(("a", "b", "c")), ValueError, r"`files` must have elements that are a dict"),
        (tf.data.Dataset.from_tensors({"a": "b", "c": ["d"]}), ValueError, r"all scalars or all \[rows\]"),
    ],
)
def test_objects_that_are_no_tables(value, error, match):
    with pytest.raises(error, match=match):
        open_table(value)
