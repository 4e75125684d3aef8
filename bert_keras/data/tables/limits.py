"""What is read of a file at most: far beyond what data need, and within what a memory and a minute can hold.

The longest line is that of `text/lines.py`, and the levels of JSON are those of `from_json.py`.
"""

import os
import pathlib
from collections.abc import Collection
from typing import Any

MOST_COLUMNS = 16_384  # as many as a spreadsheet has
MOST_DOCUMENT = 1 << 30  # bytes of JSON, all of which is held in memory; JSON lines may have any number
# What a packed file may hold, in bytes: 100 times its own, and 16 MiB. Text packs to a third or a tenth of its size.
_TIMES, _BEYOND = 100, 1 << 24
UNPACKED_FIRST = 1 << 22  # bytes of a packed file that is unpacked as a whole, before a line of it is looked at


class Unpacking:
    """Counts what comes out of a packed file, which a few bytes can make endless.

    Args:
        path: the file.
        most: bytes that may come out, if that is less than 100 times those of the file and 16 MiB.
    """

    def __init__(self, path: str | os.PathLike, most: int | None = None) -> None:
        self.path, self._count = pathlib.Path(path), 0
        self._packed = self.path.stat().st_size
        self.most = min(_BEYOND + _TIMES * self._packed, most or 1 << 62)

    def of(self, stream: Any) -> Any:
        """A stream of unpacked bytes, counted while it is read; it is closed by who opened it."""
        return _Counted(stream, self)

    def add(self, count: int) -> None:
        """Notes that so many bytes came out; ValueError once they are too many."""
        self._count += count
        if self._count > self.most:
            must = f"hold at most {self.most:,} bytes, as a packed file of {self._packed:,} bytes"
            raise ValueError(
                f"{self.path}: this must {must}, and holds more: it may be made to fill the memory. If it is meant so, "
                "pass what it holds as .csv or .jsonl, not packed."
            )


def check_columns(columns: Collection[Any], name: str) -> None:
    """Raises ValueError for a table of more columns than `MOST_COLUMNS`; `name` is that of the file or the argument."""
    if len(columns) > MOST_COLUMNS:
        must = f"have at most {MOST_COLUMNS:,} columns"
        advice = "Pass the columns of texts and labels alone."
        raise ValueError(f"{name}: a table must {must}. Received: {len(columns):,} columns. {advice}")


def check_document(path: str | os.PathLike, size: int) -> None:
    """Raises ValueError for a JSON document of more bytes than `MOST_DOCUMENT`."""
    if size > MOST_DOCUMENT:
        must = f"have at most {MOST_DOCUMENT:,} bytes, as it is held in memory as a whole"
        advice = "Write an object a line, in .jsonl, which is read line by line."
        raise ValueError(f"{path}: a JSON document must {must}. Received: {size:,} bytes. {advice}")


class _Counted:
    def __init__(self, stream: Any, unpacking: Unpacking) -> None:
        self._stream, self._unpacking = stream, unpacking

    def read(self, size: int) -> bytes:
        block = self._stream.read1(size)
        self._unpacking.add(len(block))
        return block
