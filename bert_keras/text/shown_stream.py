"""`ShownStream`: a file of bytes whose reading is shown by a bar, block by block."""

import os
from typing import Any, BinaryIO

from bert_keras.bar import Bar

_KB = 1000  # bytes


class ShownStream:
    """Reads a binary stream, and shows how much of it was: on a terminal by a bar, in a log by a line at the end.

    It is a context, which ends the bar and leaves the stream open.

    Args:
        stream: read in large blocks, of which each costs a look at the clock.
        what: is being done, as "reading reviews.csv".
        size: its bytes; None where that is not known.
    """

    def __init__(self, stream: BinaryIO, what: str, size: int | None = None) -> None:
        self._stream = stream
        self._bar = Bar(what, None if size is None else max(size // _KB, 1), unit="kB")
        self._done = 0
        self._is_whole = False

    def read(self, size: int = -1) -> bytes:
        block = self._stream.read(size)
        self._done += len(block)
        self._is_whole = self._is_whole or not block
        self._bar.to(self._done // _KB)
        return block

    def __enter__(self) -> "ShownStream":
        return self

    def __exit__(self, *error: Any) -> None:
        self._bar.end(self._done // _KB if self._is_whole else None)


def size_of(stream: BinaryIO) -> int | None:
    """The bytes of a file that is open; None of what is no file of this machine."""
    try:
        return os.fstat(stream.fileno()).st_size
    except (OSError, AttributeError):  # `io.UnsupportedOperation` is an OSError
        return None
