"""`file_lock`: an open file for one process at a time, on POSIX and on Windows; the lock goes with the process."""

import errno
import os
import time
from typing import IO

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_BEYOND = 1 << 30  # Windows locks bytes, also against reading: one that no lock file has
_HELD = (errno.EACCES, errno.EDEADLK)
_POLL = 0.2  # seconds


def file_lock(file: IO, *, wait: bool = False) -> None:
    """Locks an open file until it is closed.

    Args:
        file: open for writing.
        wait: whether to wait for another process that has it.

    Raises:
        BlockingIOError: if another process has it, and `wait` is not set.
        OSError: where the file system has no locks.
    """
    if fcntl is not None:
        fcntl.flock(file, fcntl.LOCK_EX if wait else fcntl.LOCK_EX | fcntl.LOCK_NB)
        return
    import msvcrt

    number = file.fileno()
    place = os.lseek(number, 0, os.SEEK_CUR)
    try:
        while True:
            os.lseek(number, _BEYOND, os.SEEK_SET)
            try:
                msvcrt.locking(number, msvcrt.LK_NBLCK, 1)
                return
            except OSError as error:
                if error.errno not in _HELD:
                    raise
                if not wait:
                    raise BlockingIOError(errno.EAGAIN, os.strerror(errno.EAGAIN)) from None
            time.sleep(_POLL)
    finally:
        os.lseek(number, place, os.SEEK_SET)
