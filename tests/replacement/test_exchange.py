"""Two folders change names in one step, or nothing happens."""

import errno
import os

import pytest

from bert_keras.replacement import exchange as module
from bert_keras.replacement.exchange import exchange


def two(folder):
    for name in ("one", "other"):
        (folder / name).mkdir()
        (folder / name / "file").write_text(name)
    return folder / "one", folder / "other"


def contents(*folders):
    return [(folder / "file").read_text() for folder in folders]


def test_names_are_exchanged_or_nothing_changes(tmp_path):
    one, other = two(tmp_path)
    done = exchange(one, other)
    assert contents(one, other) == (["other", "one"] if done else ["one", "other"])


def test_what_is_not_there_cannot_be_exchanged(tmp_path):
    one, other = two(tmp_path)
    if not exchange(one, other):
        pytest.skip("this system has no renameat2")
    with pytest.raises(FileNotFoundError, match=r"No such file.*one.*nothing"):
        exchange(one, tmp_path / "nothing")
    assert contents(one, other) == ["other", "one"]


@pytest.mark.parametrize("number", [errno.EINVAL, errno.ENOSYS, errno.EIO])
def test_a_file_system_that_cannot_is_told_from_one_that_fails(tmp_path, monkeypatch, number):
    one, other = two(tmp_path)

    class Library:
        def __init__(self, name, use_errno):
            assert name is None and use_errno

        def renameat2(self, *_):
            module.ctypes.set_errno(number)
            return -1

    monkeypatch.setattr(module.ctypes, "CDLL", Library)
    if number == errno.EIO:
        with pytest.raises(OSError, match=os.strerror(errno.EIO)):
            exchange(one, other)
    else:
        assert exchange(one, other) is False
    assert contents(one, other) == ["one", "other"]


def test_without_the_call_it_is_not_done(tmp_path, monkeypatch):
    monkeypatch.setattr(module.ctypes, "CDLL", lambda *_, **__: object())
    assert exchange(*two(tmp_path)) is False
