"""The list of a folder's digests: what it covers, what it finds, and that `sha256sum` reads it."""

import hashlib
import os
import shutil
import subprocess

import pytest

from bert_keras.manifest import CHANGED, GONE, Manifest, sha256_of_file

FILES = {"config.json": b"{}", "deep/er/data": b"x" * 3_000_000, "deep/names with spaces": b"", "schön.txt": b"1"}


@pytest.fixture
def folder(tmp_path):
    for name, content in FILES.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    Manifest(tmp_path).write()
    return tmp_path


def test_it_lists_each_file_by_its_digest(folder):
    lines = (folder / "bert_keras.sha256").read_text(encoding="utf-8").splitlines()
    assert lines == [f"{hashlib.sha256(FILES[name]).hexdigest()}  {name}" for name in sorted(FILES)]
    assert Manifest(folder).names() == sorted(FILES) and Manifest(folder).faults() == {}
    assert sha256_of_file(folder / "deep/er/data") == hashlib.sha256(FILES["deep/er/data"]).hexdigest()


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="there is no sha256sum")
def test_sha256sum_reads_it(folder):
    command = ["sha256sum", "--check", "--strict", "--quiet", Manifest.NAME]
    assert subprocess.run(command, cwd=folder, capture_output=True, check=True).stdout == b""
    (folder / "config.json").write_bytes(b"[]")
    assert b"config.json: FAILED" in subprocess.run(command, cwd=folder, capture_output=True).stdout


def test_changes_are_found_and_what_is_not_listed_is_free(folder):
    (folder / "notes.txt").write_text("mine")
    assert Manifest(folder).faults() == {}
    (folder / "config.json").unlink()
    (folder / "deep/names with spaces").write_bytes(b"x")
    assert Manifest(folder).faults() == {"config.json": GONE, "deep/names with spaces": CHANGED}
    assert Manifest(folder).faults(lambda name: name == "config.json") == {"config.json": GONE}
    (folder / "schön.txt").unlink()
    (folder / "schön.txt").mkdir()
    assert Manifest(folder).faults()["schön.txt"] == GONE


def test_some_parts_alone_and_a_folder_with_a_list_of_its_own(folder):
    Manifest(folder / "deep").write()
    Manifest(folder).write(["deep", "nothing", "config.json", "deep"])
    assert Manifest(folder).names() == ["config.json", "deep/bert_keras.sha256"]
    assert Manifest(folder / "deep").names() == ["er/data", "names with spaces"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "line 1 is not a sha256, two spaces and a file's path"),
        (b"\n", "line 1 is not"),
        (b"nonsense\n", "line 1 is not"),
        (b"%(digest)s  config.json", "is no whole list"),
        (b"%(digest)s  config.json\n%(digest)s  conf", "is no whole list"),
        (b"%(digest)s  config.json\n%(digest)s  config.json\n", "is no whole list"),
        (b"%(digest)s  config.json\n%(digest)s\n", "line 2 is not"),
        (b"%(digest)s  /etc/passwd\n", "line 1 is not"),
        (b"%(digest)s  deep/../../other\n", "line 1 is not"),
        (b"%(digest)s  a\0b\n", "line 1 is not"),
        (b"%(digest)s  " + b"x" * (17 << 20) + b"\n", "is no whole list"),
    ],
)
def test_a_list_that_is_damaged_is_a_fault_of_its_own(folder, content, said):
    (folder / Manifest.NAME).write_bytes(content.replace(b"%(digest)s", b"0" * 64))
    (fault,) = Manifest(folder).faults().items()
    assert fault[0] == Manifest.NAME and said in fault[1]
    with pytest.raises(ValueError, match=r"list of digests|whole list"):
        Manifest(folder).names()


def test_every_flipped_bit_of_a_list_is_found_or_harms_nobody(tmp_path):
    (tmp_path / "a").write_bytes(b"x")
    Manifest(tmp_path).write()
    content = (tmp_path / Manifest.NAME).read_bytes()
    for place in range(len(content) * 8):
        damaged = bytearray(content)
        damaged[place // 8] ^= 1 << place % 8
        (tmp_path / Manifest.NAME).write_bytes(damaged)
        assert Manifest(tmp_path).faults()


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such names")
def test_names_that_no_line_can_hold_are_left_out(tmp_path):
    for name in ("two\nlines", "\\back", "fine"):
        (tmp_path / name).write_bytes(b"x")
    Manifest(tmp_path).write()
    assert Manifest(tmp_path).names() == ["fine"] and Manifest(tmp_path).faults() == {}
