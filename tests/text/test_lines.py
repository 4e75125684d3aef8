"""Plain text from files and lists."""

import pathlib

import pytest

from bert_keras.text.lines import documents, read_lines, sources


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "letters.txt"
    path.write_bytes("\ufeffone\r\ntwo\n\n\nthree\x85 é\n".encode())
    return path


def test_lines_end_at_line_feeds_alone_and_an_empty_line_ends_a_document(file):
    assert list(read_lines(file)) == ["one", "two", "", "", "three\x85 é"]
    assert list(documents([file, file])) == [["one", "two"], ["three\x85 é"]] * 2
    assert list(documents(["a", "", "b", "c"])) == [["a"], ["b", "c"]]


def test_bytes_that_are_not_utf8_are_named_by_file_line_and_byte(tmp_path):
    path = tmp_path / "old.txt"
    path.write_bytes(b"fine\nna\xefve\n")
    with pytest.raises(ValueError, match=r"must be UTF-8; line 2 of old\.txt is not, at byte 3"):
        list(documents([path]))


def test_what_is_a_file_and_what_a_text(file, tmp_path, monkeypatch):
    assert sources(str(file)) == sources(file) == sources([str(file)]) == sources([file]) == [file]
    assert sources(["a text", "another. txt"]) == ["a text", "another. txt"]
    assert sources(["", "a\nb" * 2000]) == ["", "a\nb" * 2000]
    with pytest.raises(ValueError, match=r"must be all files, or all texts.*There is a file '.*letters\.txt'"):
        sources([str(file), "a text"])
    with pytest.raises(FileNotFoundError, match=r"must be an existing file.*Did you mean 'letters\.txt'"):
        sources([str(tmp_path / "leters.txt")])
    with pytest.raises(FileNotFoundError, match="A text is passed in a list"):
        sources("a text")
    with pytest.raises(ValueError, match="It is a folder"):
        sources(tmp_path)
    with pytest.raises(ValueError, match="must hold at least one file or text"):
        sources([])
    with pytest.raises(TypeError, match=r"must hold str or paths only.*It is number 1"):
        sources(["a", b"b"])
    for wrong in (b"a", {"a": 1}, 3):
        with pytest.raises(TypeError, match="must be a file, or a list of files or of texts"):
            sources(wrong)
    monkeypatch.chdir(tmp_path)
    assert sources(pathlib.Path("letters.txt")) == [pathlib.Path("letters.txt")]
