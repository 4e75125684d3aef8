"""`RowDigests`: which rows a model was trained on, in eight bytes a row."""

import hashlib
import pathlib
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from bert_keras import checks

FILE = "trained_rows.npy"  # in a model folder


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
    def read(cls, folder: pathlib.Path) -> "RowDigests | None":
        """Those that a folder keeps; None where it keeps none, as folders of older versions.

        Raises:
            ValueError: if they are damaged.
        """
        path = folder / FILE
        try:
            return cls(np.load(path, allow_pickle=False)) if path.is_file() else None
        except (ValueError, EOFError) as error:
            must, advice = f"hold a {FILE} that can be read", "It is damaged: copy the whole model folder again."
            raise ValueError(checks.message("folder", must, str(path), advice)) from error

    def write(self, folder: pathlib.Path) -> None:
        np.save(folder / FILE, self.values, allow_pickle=False)

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
