"""`written_beside`: the old file or the new one, on the disk before its name changes, and nothing else."""

import os

import pytest

import bert_keras.replacement.written_beside as module
from bert_keras.replacement.written_beside import written_beside


def test_the_new_file_takes_the_place_of_the_old_one_when_the_disk_has_it(tmp_path, monkeypatch):
    told = []
    monkeypatch.setattr(module, "to_disk", lambda path: told.append((path.name, path.exists())))
    real = os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (told.append("renamed"), real(a, b)))
    file = tmp_path / "notes.json"
    file.write_text("old")
    with written_beside(file) as new:
        new.write_text("new")
        assert file.read_text() == "old" and new.parent == tmp_path
    assert file.read_text() == "new" and list(tmp_path.iterdir()) == [file]
    assert told == [(new.name, True), "renamed", (tmp_path.name, True)]


@pytest.mark.parametrize("how", ["the block fails", "the disk is full"])
def test_the_old_file_stays(tmp_path, monkeypatch, how):
    file = tmp_path / "notes.json"
    file.write_text("old")

    def full(descriptor):
        raise OSError("no space left")

    with pytest.raises(OSError, match="no space left"):
        with written_beside(file) as new:
            new.write_text("new")
            if how == "the block fails":
                full(0)
            monkeypatch.setattr(os, "fsync", full)
    assert file.read_text() == "old" and list(tmp_path.iterdir()) == [file]
