"""`Examples`: the rows of one split before any tokenization."""

import dataclasses
from collections.abc import Sequence

import numpy as np


@dataclasses.dataclass(frozen=True)
class Examples:
    """The rows of one split, in the order of their source.

    Args:
        texts: one list of str for single texts, two of equal length for pairs.
        labels: int32 [rows] class numbers, float32 [rows] for regression, int32 [rows, classes] of 0 and 1 for several
            labels; None where the source has none (test splits).
        ids: int64 [rows], the source's own row numbers.
        source: where the rows came from, for messages.
    """

    texts: tuple[Sequence[str], ...]
    labels: np.ndarray | None
    ids: np.ndarray
    source: str = ""

    def __len__(self) -> int:
        return len(self.ids)

    def head(self, limit: int | None) -> "Examples":
        """The first `limit` rows; all of them for None."""
        if limit is None or limit >= len(self):
            return self
        labels = None if self.labels is None else self.labels[:limit]
        return Examples(tuple(column[:limit] for column in self.texts), labels, self.ids[:limit], self.source)
