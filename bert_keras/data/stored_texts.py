"""`StoredTexts`: texts on disk that are read when they are wanted."""

import array
import threading
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from bert_keras.disk import Spool


class StoredTexts(Sequence[str]):
    """A sequence of str in a file of its own, which goes when the last view of it does.

    Args:
        texts: the texts, in order; they are not kept in memory.
    """

    def __init__(self, texts: Iterable[str]) -> None:
        self._spool = Spool()
        self._lock = threading.Lock()
        sizes = array.array("q")
        for text in texts:
            encoded = text.encode("utf-8")
            self._spool.write(encoded)
            sizes.append(len(encoded))
        self._ends = np.cumsum(np.frombuffer(sizes, "int64"))
        self._rows = np.arange(len(sizes))

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, place: Any) -> Any:
        """The text at a place; a view for a slice."""
        if isinstance(place, slice):
            return self.take(np.arange(len(self))[place])
        row = int(self._rows[place])
        start = int(self._ends[row - 1]) if row else 0
        with self._lock:
            self._spool.file.seek(start)
            return self._spool.file.read(int(self._ends[row]) - start).decode("utf-8")

    def take(self, rows: np.ndarray) -> "StoredTexts":
        """A view of some of the texts, int [rows], in that order."""
        view = object.__new__(type(self))
        view._spool, view._lock, view._ends, view._rows = self._spool, self._lock, self._ends, self._rows[rows]
        return view
