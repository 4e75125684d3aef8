"""Writing that is whole or not at all: folders that replace others, and errors of a disk as one clear message."""

import errno
import os

import pytest
import tensorflow as tf
from safetensors import SafetensorError

from bert_keras import disk


def write(folder, text="new"):
    (folder / "file").write_text(text)


def test_a_new_folder_appears_with_its_content_and_the_rights_of_any_new_folder(tmp_path):
    with disk.replacing(tmp_path / "a" / "b") as beside:
        write(beside)
        assert not (tmp_path / "a" / "b").exists()
    assert (tmp_path / "a" / "b" / "file").read_text() == "new"
    plain = tmp_path / "plain"
    plain.mkdir()
    assert (tmp_path / "a" / "b").stat().st_mode == plain.stat().st_mode
    assert os.listdir(tmp_path / "a") == ["b"]


def test_an_older_folder_is_replaced_as_a_whole(tmp_path):
    old = tmp_path / "model"
    old.mkdir()
    (old / "other").write_text("old")
    with disk.replacing(old) as beside:
        write(beside)
        assert (old / "other").read_text() == "old"
    assert os.listdir(tmp_path) == ["model"] and os.listdir(old) == ["file"]


def test_an_error_leaves_the_older_folder_and_nothing_beside_it(tmp_path):
    old = tmp_path / "model"
    old.mkdir()
    write(old, "old")
    with pytest.raises(KeyboardInterrupt), disk.replacing(old) as beside:
        write(beside)
        raise KeyboardInterrupt
    assert os.listdir(tmp_path) == ["model"] and (old / "file").read_text() == "old"


@pytest.mark.parametrize("exchanges", [True, False])
def test_if_the_change_fails_half_way_the_older_folder_is_back(tmp_path, monkeypatch, exchanges):
    old, replace, failed = tmp_path / "model", os.replace, []
    old.mkdir()
    write(old, "old")

    def failing(source, target):
        if source.name == "new" and not failed:
            failed.append(target)
            raise OSError(errno.EIO, "the disk is gone")
        replace(source, target)

    monkeypatch.setattr(os, "replace", failing)
    if not exchanges:
        monkeypatch.setattr("bert_keras.replacement.place.exchange", lambda *_: False)
    with pytest.raises(OSError, match="the disk is gone"), disk.replacing(old) as beside:
        write(beside)
    assert len(failed) == 1
    assert os.listdir(tmp_path) == ["model"] and (old / "file").read_text() == "old"


def test_a_file_is_whole_or_what_it_was(tmp_path):
    file = tmp_path / "file"
    with disk.whole_file("out", file, "Nothing was written.") as beside:
        beside.write_text("old")
        assert not file.exists()
    with pytest.raises(KeyError, match="half way"), disk.whole_file("out", file, "Nothing was written.") as beside:
        beside.write_text("new")
        raise KeyError("half way")
    assert file.read_text() == "old" and os.listdir(tmp_path) == ["file"]
    with pytest.raises(disk.WriteError, match=r"`out` must be writable.*Nothing was written"):
        with disk.whole_file("out", tmp_path / "no" / "file", "Nothing was written.") as beside:
            beside.write_text("new")


def test_two_cannot_write_one_folder(tmp_path):
    with disk.replacing(tmp_path / "model") as beside:
        write(beside)
        words = rf"`out` must be a folder that no other run is writing.*process {os.getpid()} on "
        with pytest.raises(FileExistsError, match=words), disk.replacing(tmp_path / "model"):
            pass
        with pytest.raises(FileExistsError, match=words):
            disk.recover("out", tmp_path / "model")
    assert (tmp_path / "model" / "file").read_text() == "new" and os.listdir(tmp_path) == ["model"]


def test_what_a_dead_process_left_is_put_right_and_said(tmp_path):
    place = tmp_path / ".model.bert_keras"
    (place / "new").mkdir(parents=True)
    write(place / "new", "half")
    with pytest.warns(UserWarning, match="model': A process that was writing it died, and what it had written is"):
        disk.recover("out", tmp_path / "model")
    assert os.listdir(tmp_path) == []
    disk.recover("out", tmp_path / "model")
    place.mkdir()  # it died at once: nothing to speak of
    with disk.replacing(tmp_path / "model") as beside:
        write(beside)
    assert os.listdir(tmp_path) == ["model"]


def test_a_link_stays_a_link(tmp_path):
    (tmp_path / "disk").mkdir()
    (tmp_path / "out").symlink_to(tmp_path / "disk")
    with disk.replacing(tmp_path / "out") as beside:
        write(beside)
    assert (tmp_path / "out").is_symlink() and (tmp_path / "disk" / "file").read_text() == "new"


def test_the_current_folder_can_be_replaced(tmp_path, monkeypatch):
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with disk.replacing(".") as beside:
        write(beside)
    assert (tmp_path / "here" / "file").read_text() == "new" and os.listdir(tmp_path) == ["here"]


@pytest.mark.parametrize(
    "error, shown",
    [
        (OSError(errno.ENOSPC, "No space left on device"), "No space left on device"),
        (
            tf.errors.ResourceExhaustedError(None, None, "{{function_node f}} No space [Op:SaveV2]"),
            r"was not \(No space",
        ),
        (SafetensorError("I/O error: no room"), "no room"),
    ],
)
def test_errors_of_a_disk_become_one(error, shown):
    with pytest.raises(disk.WriteError, match=shown) as caught, disk.clear_errors("out", "/a/b", "Make room."):
        raise error
    text = str(caught.value)
    assert text.startswith("`out` must be writable, and was not (") and text.endswith(
        "Received: out='/a/b'. Make room."
    )
    with (
        pytest.raises(disk.WriteError, match=r"Received: out='/a/b'. Make room.$"),
        disk.clear_errors("out", "/c", "No."),
    ):
        raise caught.value  # one that is clear already


@pytest.mark.parametrize("error", [ValueError("a label"), ConnectionResetError("the network"), KeyboardInterrupt("")])
def test_other_errors_stay_what_they_are(error):
    with pytest.raises(type(error)) as caught, disk.clear_errors("out", "/a/b", ""):
        raise error
    assert caught.value is error


def test_a_place_is_tried_before_a_long_run(tmp_path, monkeypatch):
    disk.check_replaceable("out", tmp_path / "new" / "deep")
    (tmp_path / "old").mkdir()
    disk.check_replaceable("out", tmp_path / "old")
    assert sorted(os.listdir(tmp_path)) == ["old"] and os.listdir(tmp_path / "old") == []
    with pytest.raises(disk.WriteError, match=r"`out` must be writable.*'/proc/models/mine'.* Nothing was written"):
        disk.check_replaceable("out", disk.pathlib.Path("/proc/models/mine"))
    monkeypatch.setattr(os.path, "ismount", lambda path: str(path) == str(tmp_path / "old"))
    with pytest.raises(
        disk.WriteError, match="It is a mount point, which cannot be renamed: pass a new folder inside it"
    ):
        disk.check_replaceable("out", tmp_path / "old")


def test_a_folder_whose_parent_is_a_file(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(disk.WriteError, match="must be writable"):
        disk.check_replaceable("out", tmp_path / "file" / "model")


def test_digest_of_names_and_contents(tmp_path):
    (tmp_path / "a").write_bytes(b"xy")
    (tmp_path / "b").write_bytes(b"xy")
    assert disk.sha256_of([tmp_path / "a"]) == disk.hashlib.sha256(b"axy").hexdigest()
    assert disk.sha256_of([tmp_path / "a"]) != disk.sha256_of([tmp_path / "b"])


class TestHeld:
    def test_a_folder_is_one_runs_alone_until_that_ends(self, tmp_path):
        with disk.held("out", tmp_path / "run" / "checkpoints"):
            words = rf"`out` must be a folder that no other run is writing.*run'.*process {os.getpid()} on "
            with pytest.raises(FileExistsError, match=words), disk.held("out", tmp_path / "run" / "checkpoints"):
                pass
        with disk.held("out", tmp_path / "run" / "checkpoints"):
            pass

    def test_without_locks_a_run_goes_on(self, tmp_path, monkeypatch):
        def refuse(*_):
            raise OSError(95, "Operation not supported")

        monkeypatch.setattr("fcntl.flock", refuse)
        with disk.held("out", tmp_path / "checkpoints"):
            assert (tmp_path / "checkpoints").is_dir()
