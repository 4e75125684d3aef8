"""Documents in every form that a user has, and what is said of those that are none."""

import json
import re

import pytest

from bert_keras.data.tables.open_table import open_table
from bert_keras.retrieval.read_documents import read_documents


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "docs" / "inner").mkdir(parents=True)
    (tmp_path / "docs" / "b.txt").write_bytes(b"\xef\xbb\xbfIt rains.\r\nIt snows.")
    (tmp_path / "docs" / "inner" / "a.MD").write_text("# Títle\n", encoding="utf-8")
    (tmp_path / "docs" / ".hidden.txt").write_text("hidden")
    return tmp_path / "docs"


def test_a_folder_is_its_files_as_they_stand(folder):
    assert read_documents(folder) == {"b.txt": "It rains.\r\nIt snows.", "inner/a.MD": "# Títle\n"}
    assert read_documents(str(folder / "b.txt")) == {"b.txt": "It rains.\r\nIt snows."}
    (folder / "c.pdf").write_bytes(b"%PDF")
    with pytest.warns(UserWarning, match=r"1 files in '.*' are no .txt or .md and were not read, as 'c.pdf'"):
        assert len(read_documents(folder)) == 2


def test_what_python_holds():
    assert read_documents({"a": "x"}) == read_documents([("a", "x")]) == {"a": "x"}
    assert read_documents(text for text in ("x", "y")) == {"0": "x", "1": "y"}
    with pytest.warns(UserWarning, match=r"2 documents have no visible character and were left out: '1', '3'\."):
        assert read_documents(["x", " \n", "y", ""]) == {"0": "x", "2": "y"}


def test_tables(tmp_path):
    rows = [{"title": "one", "body": "x, y"}, {"title": 2, "body": "z"}]
    (tmp_path / "t.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (tmp_path / "t.csv").write_text('title;body\none;"x, y"\n2;z\n')
    for source in (tmp_path / "t.jsonl", open_table(tmp_path / "t.csv", separator=";"), rows):
        assert read_documents(source, name="title") == {"one": "x, y", "2": "z"}
    assert read_documents(tmp_path / "t.csv") == {"t.csv, line 2": "x, y", "t.csv, line 3": "z"}
    assert read_documents([{"words": "x"}]) == {"files, row 0": "x"}
    with pytest.raises(ValueError, match=r"`text` must be a column of t.csv.* Did you mean 'body'"):
        read_documents(tmp_path / "t.csv", text="bodi")
    with pytest.raises(ValueError, match=r"`text` must name the column.* has: 'a', 'b'\. Pass text="):
        read_documents([{"a": "x", "b": "y"}])
    with pytest.raises(TypeError, match=r"files, row 1: `text` must be a text. Received: text=3"):
        read_documents([{"text": "x"}, {"text": 3}])
    with pytest.raises(ValueError, match=r"files, row 0: `name` must be there in the column 'n' for every document"):
        read_documents([{"text": "x", "n": None}], name="n")


@pytest.mark.parametrize(
    "source, options, said",
    [
        ([], {}, "`documents` must hold at least one text. Received: documents='none'"),
        (["", "\n"], {}, "'2 without a visible character'"),
        (7, {}, "`documents` must be a folder of .txt and .md files, one such file, a table, a dict"),
        (b"text", {}, "`documents` must be a folder"),
        (["x", None], {}, "`documents` must be texts, str, and '1' is none. Received: documents=None"),
        ([("a", "x", "y")], {}, "be pairs (name, text), and number 0 is none"),
        ([("a", "x"), (3, "y")], {}, "have names that are str and not empty, and number 1 has another"),
        ([("a", "x"), ("a", "y")], {}, "have a name each, and two share one. Received: documents='a'"),
        (["\ud800x"], {}, "half a surrogate pair at character 0, in the text of '0'"),
        (["x"], {"text": "body"}, "`text` must be left out for documents that are no table"),
        (["x"], {"encoding": "cp1252"}, "`encoding` must be left out for what is no file"),
        ("a text " * 400, {}, "One text alone is passed in a list"),
        ("A text.", {}, "There is no such file or folder. One text alone is passed in a list"),
        ("doks", {}, "There is no such file or folder. Did you mean 'docs'"),
        ("nowhere", {}, "There is no such file or folder"),
        ("docs/c.pdf", {}, "A table ends in one of .csv"),
        ("docs/gone.txt", {}, "be a file that is there"),
        ("docs/latin.txt", {}, "latin.txt, line 1, byte 2: this must be utf-8"),
        ("none", {}, "must hold .txt or .md files. Received: documents='none'. It holds: nothing."),
    ],
)
def test_mistakes_are_named(source, options, said, folder, monkeypatch):
    monkeypatch.chdir(folder.parent)
    (folder / "c.pdf").write_bytes(b"%PDF")
    (folder / "latin.txt").write_bytes("né".encode("latin-1"))
    (folder.parent / "none").mkdir()
    with pytest.raises((TypeError, ValueError, FileNotFoundError), match=re.escape(said)):
        read_documents(source, **options)
    assert read_documents("docs/latin.txt", encoding="latin-1") == {"latin.txt": "né"}
