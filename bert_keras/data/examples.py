"""`Examples`: the rows of one split before any tokenization."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from bert_keras import checks


@dataclasses.dataclass(frozen=True, eq=False)
class Examples:
    """The rows of one split, in the order of their source.

    Args:
        texts: one list of str for single texts, two of equal length for pairs.
        labels: int32 [rows] class numbers, float32 [rows] for regression, int32 [rows, classes] of 0 and 1 for several
            labels; None where the source has none (test splits).
        ids: int64 [rows], the source's own row numbers.
        source: where the rows came from, for messages.

    Raises:
        ValueError: if the columns do not have as many rows as each other.
    """

    texts: tuple[Sequence[str], ...]
    labels: np.ndarray | None
    ids: np.ndarray
    source: str = ""

    def __post_init__(self) -> None:
        labels = self.labels if isinstance(self.labels, dict) else {"labels": self.labels}
        columns = {f"texts[{place}]": column for place, column in enumerate(self.texts)} | labels
        rows = {name: len(column) for name, column in columns.items() if column is not None}
        if any(count != len(self.ids) for count in rows.values()):
            must = f"have as many rows as there are ids{' of ' + self.source if self.source else ''}, {len(self.ids)}"
            raise ValueError(checks.message("columns", must, rows))

    def __len__(self) -> int:
        return len(self.ids)

    def head(self, limit: int | None) -> "Examples":
        """The first `limit` rows, at least 1; all of them for None."""
        if limit is None or checks.integer("limit", limit, 1) >= len(self):
            return self
        labels = None if self.labels is None else self.labels[:limit]
        return Examples(tuple(column[:limit] for column in self.texts), labels, self.ids[:limit], self.source)

    def tail(self, start: int) -> "Examples":
        """The rows from number `start` on."""
        labels = None if self.labels is None else self.labels[start:]
        return Examples(tuple(column[start:] for column in self.texts), labels, self.ids[start:], self.source)
