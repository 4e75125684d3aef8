"""Reading a file is shown by its bytes, block by block, whatever reads it, and changes nothing of what is read."""

import bz2
import gzip
import hashlib
import io
import json
import lzma

import keras
import pytest

from bert_keras import bar
from bert_keras.data.tables.open_table import open_table
from bert_keras.text import lines
from bert_keras.text.lines import decoded_lines
from bert_keras.text.shown_stream import ShownStream, size_of

TEXTS = [f"text {hashlib.sha256(b'%d' % row).hexdigest()[:20]}" for row in range(3000)]


class Terminal(io.StringIO):
    def isatty(self):
        return True


@pytest.fixture
def slow(monkeypatch):
    """Each look at the clock takes a second; what is written, on a terminal or in a log."""
    now = [0.0]

    def later():
        now[0] += 1
        return now[0]

    monkeypatch.setattr(bar.time, "monotonic", later)
    monkeypatch.setattr(lines, "_BLOCK", 1000)
    monkeypatch.setenv("COLUMNS", "120")
    keras.config.enable_interactive_logging()

    def look(is_terminal=True):
        monkeypatch.setattr(bar.sys, "stderr", Terminal() if is_terminal else io.StringIO())
        return bar.sys.stderr

    return look


def write(path, opener=open):
    with opener(path, "wb") as file:
        file.write(b"text,label\n" + b"".join(f"{text},good\n".encode() for text in TEXTS))
    return path


def read(path):
    table = open_table(path)
    return [value for chunk in table.rows(["text"]) for value in chunk.columns["text"]]


@pytest.mark.parametrize(("ending", "opener"), [("", open), (".gz", gzip.open), (".bz2", bz2.open), (".xz", lzma.open)])
def test_a_table_is_read_as_ever_and_shown(tmp_path, slow, ending, opener):
    path = write(tmp_path / f"mine.csv{ending}", opener)
    out = slow()
    assert read(path) == TEXTS
    total = path.stat().st_size // 1000
    assert f"\rreading mine.csv{ending} [" in out.getvalue() and f" of {total:,} kB" in out.getvalue()
    assert f"100%  {total:,} of {total:,} kB" in out.getvalue()
    assert out.getvalue().endswith(" \r")


def test_a_log_has_a_line(tmp_path, slow):
    out = slow(is_terminal=False)
    table = open_table(write(tmp_path / "mine.csv"))
    out.truncate(0)
    out.seek(0)
    assert sum(len(chunk.places) for chunk in table.rows(["text"])) == 3000
    found = out.getvalue().splitlines()
    assert len(found) == 1 and found[0].startswith("reading mine.csv: 93 kB in "), found


def test_what_is_not_read_to_its_end_leaves_nothing(tmp_path, slow):
    table = open_table(write(tmp_path / "mine.csv"))
    out = slow(is_terminal=False)
    rows = table.rows(["text"])
    next(rows)
    rows.close()
    assert out.getvalue() == ""


def test_who_tells_of_more_than_reading_can_have_it_quiet(tmp_path, slow):
    table = open_table(write(tmp_path / "mine.csv")).quiet()
    out = slow()
    assert sum(len(chunk.places) for chunk in table.rows(["text"])) == 3000
    assert out.getvalue() == ""


def test_files_of_plain_text_are_shown_too(tmp_path, slow):
    out = slow()
    assert len(list(decoded_lines(write(tmp_path / "letters.txt")))) == 3001
    assert "\rreading letters.txt [" in out.getvalue() and out.getvalue().endswith(" \r")


def test_rows_in_memory_are_counted(slow):
    out = slow()
    table = open_table({"text": [f"text {row}" for row in range(5000)], "label": [row % 2 for row in range(5000)]})
    assert sum(len(chunk.places) for chunk in table.rows(["text"])) == 5000
    assert " of 5,000 rows  about " in out.getvalue()


def test_a_stream_without_a_size():
    stream = io.BytesIO(b"abcdef")
    assert size_of(stream) is None
    with ShownStream(stream, "it") as shown:
        assert [shown.read(4), shown.read(4), shown.read(4)] == [b"abcd", b"ef", b""]
    assert not stream.closed


def test_json_lines_are_gone_through_twice_and_both_are_named(tmp_path, slow):
    path = tmp_path / "mine.jsonl"
    path.write_text("".join(json.dumps({"text": text, "label": "good"}) + "\n" for text in TEXTS))
    out = slow(is_terminal=False)
    assert read(path) == TEXTS
    assert [line.partition(":")[0] for line in out.getvalue().splitlines()] == [
        "looking through mine.jsonl",
        "reading mine.jsonl",
    ]


def test_an_array_of_json_is_shown_by_its_characters(tmp_path, slow):
    path = tmp_path / "mine.json"
    path.write_text(json.dumps([{"text": text, "label": "good"} for text in TEXTS * 2], indent=1))
    out = slow()
    assert read(path) == TEXTS * 2
    assert f" of {len(path.read_text()):,} characters" in out.getvalue()
