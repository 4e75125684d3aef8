"""What is brought to the disk, and which refusals are an error."""

import errno
import os

import pytest

from bert_keras.replacement.to_disk import to_disk, tree_to_disk


@pytest.fixture
def synced(monkeypatch):
    paths, real = [], os.fsync

    def fsync(file):
        paths.append(os.readlink(f"/proc/self/fd/{file}"))
        real(file)

    monkeypatch.setattr(os, "fsync", fsync)
    return paths


def test_all_files_and_folders_of_a_tree_and_each_folder_after_what_is_in_it(tmp_path, synced):
    (tmp_path / "a" / "b").mkdir(parents=True)
    for name in ("one", "a/two", "a/b/three"):
        (tmp_path / name).write_text(name)
    (tmp_path / "link").symlink_to("/nowhere")
    tree_to_disk(tmp_path)
    assert sorted(synced) == sorted(str(tmp_path / name) for name in ("", "one", "a", "a/two", "a/b", "a/b/three"))
    assert synced[-1] == str(tmp_path) and synced.index(str(tmp_path / "a/b")) < synced.index(str(tmp_path / "a"))


def test_a_folder_that_cannot_be_synced_is_none_of_our_business_and_a_file_is(tmp_path, monkeypatch):
    def refuse(_):
        raise OSError(errno.EINVAL, "Invalid argument")

    monkeypatch.setattr(os, "fsync", refuse)
    to_disk(tmp_path)
    (tmp_path / "file").write_text("x")
    with pytest.raises(OSError, match="Invalid argument"):
        to_disk(tmp_path / "file")


def test_a_disk_that_fails_is_an_error_for_folders_too(tmp_path, monkeypatch):
    def fail(_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OSError, match="Input/output"):
        to_disk(tmp_path)
