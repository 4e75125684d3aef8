"""The place beside a folder: whose it is, and what is put right after a death. tests/faults/ has real ones."""

import os
import subprocess
import sys

import pytest

from bert_keras.replacement import place as module
from bert_keras.replacement.place import Place


@pytest.fixture
def place(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "file").write_text("before")
    return Place(tmp_path / "model")


def made(place, noted):
    """A new folder that is whole, as a dead process leaves it before the change."""
    place.path.mkdir()
    place.new.mkdir()
    (place.new / "file").write_text("after")
    if noted:
        place.note.write_text(str(place.new.stat().st_ino))


def text(place):
    return (place.folder / "file").read_text()


def test_it_is_one_processs_and_goes_when_that_is_done(place, tmp_path):
    with place.claim() as file:
        place.sign(file)
        with pytest.raises(BlockingIOError) as caught:
            Place(place.folder).claim()
        assert str(os.getpid()) in caught.value.args[1]
        place.clear()
    assert os.listdir(tmp_path) == ["model"]
    place.claim().close()


def test_what_was_whole_is_put_in_place_and_what_was_not_is_removed(place):
    made(place, noted=True)
    assert "is whole and in its place now" in place.mend()
    assert text(place) == "after" and sorted(os.listdir(place.path)) == []
    place.path.rmdir()
    made(place, noted=False)
    (place.new / "file").write_text("half")
    assert "it is as it was before" in place.mend()
    assert text(place) == "after" and os.listdir(place.path) == []
    assert place.mend() == ""


@pytest.mark.parametrize("noted, wanted", [(True, "after"), (False, "before")])
def test_a_death_between_two_renamings_loses_nothing(place, noted, wanted):
    made(place, noted)
    os.replace(place.folder, place.old)
    assert place.mend() != "" and text(place) == wanted and os.listdir(place.path) == []


def test_what_another_put_there_since_stays(place):
    made(place, noted=True)
    os.replace(place.folder, place.old)
    place.folder.mkdir()
    (place.folder / "file").write_text("a person's")
    place.mend()
    assert text(place) == "a person's"


def test_a_file_system_that_numbers_anew_loses_nothing(place):
    made(place, noted=True)
    place.note.write_text("1")
    os.replace(place.folder, place.old)
    place.mend()
    assert text(place) == "before"


def test_without_locks_the_process_that_is_named_has_it_while_it_lives(place, monkeypatch):
    def refuse(*_):
        raise OSError(95, "Operation not supported")

    monkeypatch.setattr("fcntl.flock", refuse)
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    place.path.mkdir()
    place.lock.write_text(f"{child.pid} on {module.platform.node()}\n")
    with pytest.raises(BlockingIOError):
        place.claim()
    child.communicate(b"\n")
    place.claim().close()
    place.lock.write_text("1 on another machine\n")
    with pytest.raises(BlockingIOError):
        place.claim()
