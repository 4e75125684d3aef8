"""Lines of files in every encoding, the place of what cannot be read, and plain text from files and lists."""

import codecs
import io
import os
import pathlib
import time

import pytest
import tensorflow as tf
import tensorflow_datasets as tfds
from hypothesis import given, settings
from hypothesis import strategies as st

import bert_keras as bk
from bert_keras.cli.inputs import lines as command_lines
from bert_keras.text import lines
from bert_keras.text.lines import NotInEncoding, decoded_lines, documents, sources, without_end
from bert_keras.text.vocabulary import Vocabulary
from bert_keras.text_classification.glue.read_glue import read_glue
from bert_keras.token_classification.read_conll import read_conll

ENCODINGS = ("utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "letters.txt"
    path.write_bytes("\ufeffone\r\ntwo\n\n\nthree\x85 é\n".encode())
    return path


# The decoder


def test_lines_end_at_line_feeds_alone_and_an_empty_line_ends_a_document(file):
    assert list(decoded_lines(file)) == ["one\r\n", "two\n", "\n", "\n", "three\x85 é\n"]
    assert list(documents([file, file])) == [["one", "two"], ["three\x85 é"]] * 2
    assert list(documents(["a", "", "b", "c"])) == [["a"], ["b", "c"]]
    assert list(map(without_end, ["a\n", "b\r\n", "c\rd\r", "\r\r\n", ""])) == ["a", "b", "c\rd", "\r", ""]


def test_a_path_of_any_library_or_an_opened_stream(file):
    wanted = list(decoded_lines(str(file)))
    assert list(decoded_lines(tfds.core.Path(file))) == wanted
    with open(file, "rb") as stream:
        assert list(decoded_lines(stream)) == wanted
        assert not stream.closed
    assert list(decoded_lines(io.BytesIO(file.read_bytes()))) == wanted
    assert list(decoded_lines(io.BytesIO(b""))) == []
    for encoding in ("utf-8-sig", "utf-16"):  # whose `readline` drops every CR
        with tf.io.gfile.GFile(f"ram://{encoding}.txt", "wb") as stream:
            stream.write("".join(wanted).encode(encoding))
        with tf.io.gfile.GFile(f"ram://{encoding}.txt", "rb") as stream:
            assert list(decoded_lines(stream)) == wanted
    with pytest.raises(
        ValueError, match=r"^standard input, line 1, byte 2: this must be utf-8\. Received: b'a\\xff'\. Ask"
    ):
        list(decoded_lines(io.BytesIO(b"a\xff"), name="standard input", advice="Ask for another file."))


@pytest.mark.parametrize("size", [1, 2, 3, 5, 64])
@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be", "utf-32"])
def test_lines_do_not_hang_on_the_blocks_that_are_read(file, monkeypatch, encoding, size):
    wanted = list(decoded_lines(file))
    monkeypatch.setattr(lines, "_BLOCK", size)
    assert list(decoded_lines(io.BytesIO("".join(wanted).encode(encoding)), encoding)) == wanted


def test_lines_of_a_pipe_come_when_they_are_written():
    outlet, inlet = os.pipe()
    with open(outlet, "rb") as stream, open(inlet, "wb", buffering=0) as writer:
        found = decoded_lines(stream)
        for line in ("a\n", "größer\n"):
            writer.write(line.encode())
            assert next(found) == line


def test_one_long_line_takes_no_longer_than_its_bytes():
    seconds = []
    for size in (1 << 21, 1 << 24):
        stream, start = io.BytesIO(b"x" * size), time.perf_counter()
        assert [len(line) for line in decoded_lines(stream)] == [size]
        seconds.append(time.perf_counter() - start)
    assert seconds[1] < 30 * seconds[0] + 0.5  # 8 times the bytes


# Ends of lines, and characters that have one of an end's bytes in UTF-16 or UTF-32: U+0A0A, U+0A0D, U+010A, U+0A00.
@settings(max_examples=150, deadline=None)
@given(text=st.text("a\r\n\x85é\u0a0a\u0a0d\u010a\u0a00\u2028\u0d0a", max_size=20), encoding=st.sampled_from(ENCODINGS))
def test_every_encoding_has_the_same_lines(text, encoding):
    if encoding == "cp1252":
        text = "".join(c for c in text if c in "a\r\né")
    wanted = [part + "\n" for part in text.split("\n")]
    wanted = [*wanted[:-1], *([wanted[-1][:-1]] if wanted[-1] != "\n" else [])]
    assert list(decoded_lines(io.BytesIO(text.encode(encoding)), encoding)) == wanted
    if encoding in ("utf-8-sig", "utf-16", "utf-32"):  # known by their byte order marks
        assert list(decoded_lines(io.BytesIO(text.encode(encoding)))) == wanted


@pytest.mark.parametrize(
    ("content", "encoding", "place"),
    [
        (b"fine\nna\xefve\n", "utf-8", "line 2, byte 3: this must be utf-8"),
        (codecs.BOM_UTF8 + b"\xef", "utf-8", "line 1, byte 1: this must be utf-8"),
        (b"fine\r\nno \x81", "cp1252", "line 2, byte 4: this must be cp1252"),
        ("fine\nno".encode("utf-16") + b"\x00", "utf-8", "line 2, byte 5: this must be utf-16-le"),
        ("a\nb\n".encode("utf-16-be") + b"\x00a\xd8\x00\x00\n", "utf-16-be", "line 3, byte 3: this must be utf-16-be"),
        ("a\n".encode("utf-32") + b"\xff\xff\xff\xff", "utf-32", "line 2, byte 1: this must be utf-32-le"),
    ],
)
def test_what_is_not_in_the_encoding_is_named_by_line_and_byte(tmp_path, content, encoding, place):
    path = tmp_path / "old.txt"
    path.write_bytes(content)
    with pytest.raises(NotInEncoding, match=rf"^.*old\.txt, {place}\. Received: b'.*\. Save the file as UTF-8\.$"):
        list(decoded_lines(path, encoding))
    faults = []
    decoded = list(decoded_lines(path, encoding, lambda line, error: faults.append((line, error.start + 1))))
    assert faults == [tuple(map(int, place.removeprefix("line ").split(":")[0].split(", byte ")))]
    assert [number for number, line in enumerate(decoded, 1) if "\ufffd" in line] == [faults[0][0]]


def test_no_file_and_no_encoding(tmp_path, file):
    with pytest.raises(FileNotFoundError, match=r"be a file that is there\. Received: .*leters\.txt'\. Did you mean"):
        next(decoded_lines(tmp_path / "leters.txt"))
    with pytest.raises(FileNotFoundError, match="It is a folder"):
        next(decoded_lines(tmp_path))
    with pytest.raises(FileNotFoundError, match=r"There is no folder '.*gone' either"):
        next(decoded_lines(tmp_path / "gone" / "a.txt"))
    for encoding in ("utf8000", None):
        with pytest.raises(ValueError, match=r"`encoding` must be one that Python knows.*Received: encoding="):
            next(decoded_lines(file, encoding))


def glue(path):
    (path.parent / "SST-2").mkdir()
    path.rename(path.parent / "SST-2" / "dev.tsv")
    read_glue("sst2", "validation", path.parent)


def folder_tree(path):
    (path.parent / "tree" / "pos").mkdir(parents=True)
    path.rename(path.parent / "tree" / "pos" / "1.txt")
    list(bk.open_table(path.parent / "tree").rows(("text",)))


READERS = {
    "vocabulary": (Vocabulary.read, "vocab.txt", "[PAD]\n[UNK]\n"),
    "glue": (glue, "dev.tsv", "sentence\tlabel\nfine\t0\n"),
    "next sentences": (lambda path: bk.load_next_sentences(path).rows(), "documents.txt", "one\n\n"),
    "csv": (lambda path: list(bk.open_table(path).rows(("text",))), "a.csv", "text,label\na,b\n"),
    "tsv": (lambda path: list(bk.open_table(path).rows(("text",))), "a.tsv", "text\tlabel\na\tb\n"),
    "json lines": (lambda path: list(bk.open_table(path).rows(("text",))), "a.jsonl", '{"text": "a"}\n\n'),
    "folder": (folder_tree, "1.txt", "one\ntwo\n"),
    "documents": (lambda path: list(documents([path])), "a.txt", "one\ntwo\n"),
    "learn a vocabulary": (lambda path: bk.learn_vocabulary(path, path.parent / "vocab.txt"), "a.txt", "one\ntwo\n"),
    "masked words": (lambda path: bk.load_masked(path).rows(), "a.txt", "one\ntwo\n"),
    "conll": (read_conll, "a.conll", "Oslo B-LOC\n\n"),
    "a command's file": (lambda path: list(command_lines(open(path, "rb"), str(path), 1)), "a.txt", "one\ntwo\n"),
}


@pytest.mark.parametrize("reader", READERS)
def test_every_reader_of_lines_says_the_same_place(tmp_path, reader):
    read, name, start = READERS[reader]
    (tmp_path / name).write_bytes(start.encode() + b"na\xefve\n")
    with pytest.raises(
        ValueError, match=r"^/.*, line 3, byte 3: this must be utf-8\. Received: b'na\\xefve\\n'\. [A-Z]"
    ):
        read(tmp_path / name)


# Files or texts


def test_what_is_a_file_and_what_a_text(file, tmp_path, monkeypatch):
    assert sources(str(file)) == sources(file) == sources([str(file)]) == sources([file]) == [file]
    assert sources(["a text", "another. txt"]) == ["a text", "another. txt"]
    assert sources(["", "a\nb" * 2000]) == ["", "a\nb" * 2000]
    with pytest.raises(ValueError, match=r"must be all files, or all texts.*There is a file '.*letters\.txt'"):
        sources([str(file), "a text"])
    with pytest.raises(FileNotFoundError, match=r"must be an existing file.*Did you mean 'letters\.txt'"):
        sources([str(tmp_path / "leters.txt")])
    monkeypatch.chdir(tmp_path)  # names of files there are looked at
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
