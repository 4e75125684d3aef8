"""Locks of files between processes, and with a stand-in for what Windows has."""

import errno
import os
import subprocess
import sys
import types

import pytest
from paths import ROOT

from bert_keras.replacement import file_lock as module
from bert_keras.replacement.file_lock import file_lock

OTHER = """
import sys
from bert_keras.replacement.file_lock import file_lock
with open(sys.argv[1], "a+") as file:
    try:
        file_lock(file)
    except BlockingIOError:
        sys.exit(3)
"""


def other(path):
    return subprocess.run([sys.executable, "-c", OTHER, str(path)], cwd=ROOT, check=False).returncode


def test_one_process_has_it_until_it_closes_the_file(tmp_path):
    path = tmp_path / "lock"
    with open(path, "a+") as file:
        file_lock(file)
        assert other(path) == 3
    assert other(path) == 0


class Windows(types.ModuleType):
    """Locks a byte for whoever asks first; busy as often as it is told."""

    LK_NBLCK = 2

    def __init__(self, busy, number=errno.EACCES):
        super().__init__("msvcrt")
        self.busy, self.number, self.places = busy, number, []

    def locking(self, file, mode, size):
        assert (mode, size) == (self.LK_NBLCK, 1)
        self.places.append(os.lseek(file, 0, os.SEEK_CUR))
        if self.busy:
            self.busy -= 1
            raise OSError(self.number, "busy")


@pytest.fixture
def windows(monkeypatch):
    def set_up(*arguments):
        made = Windows(*arguments)
        monkeypatch.setattr(module, "fcntl", None)
        monkeypatch.setattr(module, "_POLL", 0.0)
        monkeypatch.setitem(sys.modules, "msvcrt", made)
        return made

    return set_up


def test_windows_locks_a_byte_that_no_file_has_and_the_place_stays(windows, tmp_path):
    made = windows(0)
    with open(tmp_path / "lock", "w+b") as file:
        file.write(b"abc")
        file.flush()
        file_lock(file)
        assert file.tell() == 3 and made.places == [1 << 30]


def test_windows_is_busy_or_waits(windows, tmp_path):
    with open(tmp_path / "lock", "w+b") as file:
        windows(1)
        with pytest.raises(BlockingIOError):
            file_lock(file)
        assert len(windows(2).places) == 0
        file_lock(file, wait=True)
        windows(1, errno.ENOSYS)
        with pytest.raises(OSError, match="busy"):
            file_lock(file)
