"""`TableLines`: packed files, and those that are damaged."""

import bz2
import gzip
import lzma

import pytest

from bert_keras.data.tables.table_lines import TableLines

TEXT = "text,label\ngrößer,yes\n" * 40


@pytest.mark.parametrize("pack", [bytes, gzip.compress, bz2.compress, lzma.compress])
@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_packed_files_by_what_they_begin_with(tmp_path, pack, name):
    path = tmp_path / name
    path.write_bytes(pack(TEXT.encode()))
    lines = TableLines(path)
    assert list(lines) == list(lines) == TEXT.splitlines(keepends=True) and lines.notes == ()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_files_that_are_damaged(tmp_path, pack):
    path, content = tmp_path / "a.csv.gz", pack(TEXT.encode())
    for damaged in (content[:-9], content[:20], content[:30] + b"\xff\x00\xff" + content[33:]):
        path.write_bytes(damaged)
        with pytest.raises(
            ValueError, match=r"a.csv.gz: this must be a packed file that is whole. Received: .*cut off"
        ):
            list(TableLines(path))


def test_what_a_file_holds_beyond_a_block(tmp_path):
    path = tmp_path / "a.csv"
    path.write_bytes(b"x" * ((1 << 20) - 1) + b'\\"' + b"x" * 99)
    assert TableLines(path).holds('\\"') and not TableLines(path).holds('"\\')


@pytest.mark.parametrize("content", ["a\rb\rc", "a\rb\rc\r"])
def test_old_macs(tmp_path, content):
    path = tmp_path / "a.csv"
    path.write_bytes(content.encode())
    lines = TableLines(path)
    assert [line.strip() for line in lines] == ["a", "b", "c"] and "old Macs" in lines.notes[0]
