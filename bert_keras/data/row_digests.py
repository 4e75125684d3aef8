"""`RowDigests`: which rows a model was trained on, in eight bytes a row."""

import hashlib
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from bert_keras import checks

REFUSE, LEAVE_OUT, KEEP = TRAINED_ROWS = ("refuse", "leave_out", "keep")  # what becomes of rows that are in the set


class RowDigests:
    """A set of rows, of which each is known again by all its texts: labels and places do not count.

    Args:
        values: uint64, sorted, each once.
    """

    def __init__(self, values: np.ndarray) -> None:
        self.values = values

    def __len__(self) -> int:
        return len(self.values)

    @classmethod
    def of(cls, rows: Iterable[Sequence[str]]) -> "RowDigests":
        """Of rows as the tuples of their texts."""
        return cls(np.unique(_digests(rows)))

    @classmethod
    def read(cls, path: pathlib.Path) -> "RowDigests | None":
        """Those of a file; None where there is none, as in folders of older versions.

        Raises:
            ValueError: if they are damaged.
        """
        try:
            return cls(np.load(path, allow_pickle=False)) if path.is_file() else None
        except (ValueError, EOFError) as error:
            must, advice = f"hold a {path.name} that can be read", "It is damaged: copy the whole model folder again."
            raise ValueError(checks.message("folder", must, str(path), advice)) from error

    def write(self, path: pathlib.Path) -> None:
        """Writes them into a file whose name ends in .npy."""
        np.save(path, self.values, allow_pickle=False)

    def among(self, rows: Iterable[Sequence[str]]) -> np.ndarray:
        """bool [rows]: which of the rows are in the set."""
        return np.isin(_digests(rows), self.values)

    def are_all_in(self, other: "RowDigests") -> bool:
        """Whether another set holds every row of this one."""
        return bool(np.isin(self.values, other.values).all())


def _digests(rows: Iterable[Any]) -> np.ndarray:
    """uint64 [rows]"""
    found = b"".join(hashlib.blake2b("\0".join(row).encode("utf-8"), digest_size=8).digest() for row in rows)
    return np.frombuffer(found, "uint64")
