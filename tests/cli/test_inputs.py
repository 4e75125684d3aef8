"""What commands read and write: rows of arguments, of files and of standard input; lines of JSON."""

import io
import json

import pytest

from bert_keras.cli.inputs import arguments, chunks, json_line, lines, stream


def rows(content, columns):
    return list(lines(io.BytesIO(content), "standard input", columns))


def test_json_keeps_every_script_and_stays_one_line():
    value = {"text": "Коты! 🐈 a\u2028b\u2029c\x85d\n", "score": 0.5, "label": None}
    line = json_line(value)
    assert json.loads(line) == value and len(line.splitlines()) == 1
    assert "Коты! 🐈" in line and r"a\u2028b\u2029c\u0085d\n" in line


class TestArguments:
    def test_rows_of_one_of_two_and_of_as_many_as_there_are(self):
        assert list(arguments(["a", "b"], 1)) == ["a", "b"]
        assert list(arguments(["a", "b", "c", "d"], 2)) == [("a", "b"), ("c", "d")]
        assert list(arguments(["a", "b", "c"], 0)) == [("a", "b", "c")]

    def test_texts_that_make_no_rows(self):
        with pytest.raises(ValueError, match=r"`TEXT` must come in pairs for this model.*Give two texts for each"):
            arguments(["a", "b", "c"], 2)
        with pytest.raises(ValueError, match="`TEXT` must be a prompt and two choices or more"):
            arguments(["a", "b"], 0)


class TestStream:
    def test_a_file_and_standard_input(self, tmp_path, monkeypatch):
        (tmp_path / "a.txt").write_bytes(b"one")
        monkeypatch.setenv("HOME", str(tmp_path))
        for name in (str(tmp_path / "a.txt"), "~/a.txt"):
            with stream(name) as file:
                assert file.read() == b"one"
        own = io.TextIOWrapper(io.BytesIO(b"two"))
        monkeypatch.setattr("sys.stdin", own)
        assert stream(None) is own.buffer

    def test_what_cannot_be_read(self, tmp_path):
        with pytest.raises(OSError, match=r"`file` must be a file that can be read.*gone\.txt.*No such file"):
            stream(str(tmp_path / "gone.txt"))
        with pytest.raises(OSError, match=r"`file` must be a file that can be read.*Is a directory"):
            stream(str(tmp_path))


class TestLines:
    def test_texts_with_any_ends_and_a_byte_order_mark(self):
        content = "\ufeffgood film\r\n\nline\u2028separator\x85here\nlast"
        wanted = ["good film", "", "line\u2028separator\x85here", "last"]
        assert rows(content.encode(), 1) == rows(content.encode("utf-16-le"), 1) == wanted
        assert rows(b"", 1) == []

    def test_pairs_and_prompts_with_choices(self):
        assert rows(b"a\tb\nc\t\n", 2) == [("a", "b"), ("c", "")]
        assert rows(b"a\tb\tc\r\nd\te\tf\tg", 0) == [("a", "b", "c"), ("d", "e", "f", "g")]

    def test_a_line_with_other_tabs_is_named(self):
        with pytest.raises(ValueError, match=r"two texts with a tab between; line 2 of standard input has 1.*'alone'"):
            rows(b"a\tb\nalone\n", 2)
        with pytest.raises(ValueError, match="line 1 of standard input has 3"):
            rows(b"a\tb\tc\n", 2)
        with pytest.raises(ValueError, match="a prompt and two choices or more with tabs between, in line 2 of stand"):
            rows(b"a\tb\tc\na\tb\n", 0)

    def test_what_is_not_utf_8_is_named_by_line_and_byte(self):
        with pytest.raises(
            ValueError, match=r"^standard input, line 2, byte 3: this must be utf-8\..*na\\xefve.* Give"
        ):
            rows(b"fine\nna\xefve\n", 1)

    def test_lines_before_one_at_fault_are_there_and_the_stream_is_closed(self):
        file = io.BytesIO(b"a\tb\nalone\n")
        reading = lines(file, "x", 2)
        assert next(reading) == ("a", "b")
        with pytest.raises(ValueError, match="line 2 of x"):
            next(reading)
        assert file.closed


def test_chunks_are_full_but_for_the_last():
    assert list(chunks(iter(range(5)), 2)) == [[0, 1], [2, 3], [4]]
    assert list(chunks(iter(range(4)), 2)) == [[0, 1], [2, 3]]
    assert list(chunks(iter([]), 2)) == []
