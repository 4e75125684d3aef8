"""`Place`: where a new folder is made beside the one that it replaces, and what a dead process left there is mended."""

import contextlib
import os
import pathlib
import platform
import re
import shutil
from typing import TextIO

from bert_keras.replacement.exchange import exchange
from bert_keras.replacement.file_lock import file_lock
from bert_keras.replacement.to_disk import to_disk, tree_to_disk

LOCK = "lock"


class Place:
    """What the one process that writes a folder has beside it, in a hidden folder that goes when it is done.

    `new` takes the folder's place, and what was there becomes `old`. The note holds the number that the file system
    knows `new` by, from when all of `new` is on the disk: with it the change is ended, without it is undone.
    """

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder
        self.path = folder.with_name(f".{folder.name}.bert_keras")
        self.new, self.old, self.note, self.lock = (self.path / name for name in ("new", "old", "note", LOCK))
        self.writing = self.path / "note.writing"

    def claim(self) -> TextIO:
        """Takes the place for this process, until it closes the file that is returned, or ends.

        Raises:
            BlockingIOError: if another process has it, with whose it is in `args[1]`.
        """
        while True:
            self.path.mkdir(exist_ok=True)
            try:
                file = open(self.lock, "a+", encoding="utf-8")
            except FileNotFoundError:  # whoever had it removed it just now
                continue
            except OSError:
                with contextlib.suppress(OSError):
                    self.path.rmdir()
                raise
            try:
                _lock(file)
                if os.fstat(file.fileno()).st_ino == os.stat(self.lock).st_ino:
                    return file
            except FileNotFoundError:
                pass
            except BaseException:
                file.close()
                raise
            file.close()

    def sign(self, file: TextIO) -> None:
        """Writes into the lock whose it is."""
        file.truncate(0)
        file.write(f"{os.getpid()} on {platform.node()}\n")
        file.flush()

    def mend(self) -> str:
        """Ends or undoes what a dead process left, and removes it; returns what was done, in words, "" for nothing."""
        noted, now = self._noted(), _number(self.folder)
        begun = self.new.exists() or self.old.exists()
        if noted is not None and noted == _number(self.new) and not (now and self.old.exists()):
            self._change()
            now = noted
        elif now is None and self.old.exists():
            os.replace(self.old, self.folder)
            to_disk(self.folder.parent)
        is_new = noted is not None and noted == now
        self._empty()
        if not begun:
            return ""
        if is_new:
            done = "The process that replaced it died before it had ended; what was new is whole and in its place now."
        else:
            done = "A process that was writing it died, and what it had written is removed; it is as it was before."
        return f"'{self.folder}': {done}"

    def put(self) -> None:
        """Puts `new` in the folder's place; if that fails, what was there is there."""
        tree_to_disk(self.new)
        self.writing.write_text(str(_number(self.new)), encoding="ascii")
        to_disk(self.writing)
        os.replace(self.writing, self.note)
        to_disk(self.path)
        self._change()

    def clear(self) -> None:
        """Removes all of it, but not what is the only whole folder."""
        with contextlib.suppress(OSError):
            self._empty()
            self.lock.unlink()
            self.path.rmdir()  # unless another process has just claimed it

    def _empty(self) -> None:
        """Removes all but the lock. While the note is there, `new` is whole or gone."""
        if self._noted() is None or self._noted() != _number(self.folder):
            self.note.unlink(missing_ok=True)
            if self.old.exists() and not self.folder.exists():
                os.replace(self.old, self.folder)
        for path in (self.old, self.new):
            if path.exists():
                shutil.rmtree(path)
        self.note.unlink(missing_ok=True)
        self.writing.unlink(missing_ok=True)

    def _change(self) -> None:
        if not self.folder.exists():
            os.replace(self.new, self.folder)
        elif exchange(self.new, self.folder):
            try:
                self._to_disk()
                os.replace(self.new, self.old)
            except BaseException:
                exchange(self.new, self.folder)
                raise
        else:
            os.replace(self.folder, self.old)
            try:
                self._to_disk()
                os.replace(self.new, self.folder)
            except BaseException:
                os.replace(self.old, self.folder)
                raise
        self._to_disk()

    def _to_disk(self) -> None:
        to_disk(self.folder.parent)
        to_disk(self.path)

    def _noted(self) -> int | None:
        with contextlib.suppress(OSError, ValueError):
            return int(self.note.read_text(encoding="ascii"))
        return None


def _lock(file: TextIO) -> None:
    """Locks a file; BlockingIOError if another process has it.

    Where the file system has no locks, that is one whose name stands in it, unless it is of this machine and dead.
    """
    try:
        file_lock(file)
    except BlockingIOError as error:
        file.seek(0)
        raise BlockingIOError(error.errno, file.read()) from None
    except OSError as error:
        file.seek(0)
        if _lives(holder := file.read()):
            raise BlockingIOError(error.errno, holder) from None


def _lives(holder: str) -> bool:
    match = re.fullmatch(r"(\d+) on (.*)\n", holder)
    if match is None or int(match[1]) == os.getpid():
        return False
    if match[2] != platform.node() or os.name == "nt":  # where os.kill would end the process
        return True
    try:
        os.kill(int(match[1]), 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def _number(path: pathlib.Path) -> int | None:
    """By which the file system knows a folder, whatever its name; None where there is none."""
    return path.stat().st_ino if path.exists() else None
