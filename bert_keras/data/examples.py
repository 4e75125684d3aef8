"""`Examples`: the rows of one split before any tokenization."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from bert_keras import checks
from bert_keras.data.stored_texts import StoredTexts


@dataclasses.dataclass(frozen=True, eq=False)
class Examples:
    """The rows of one split, in the order of their source.

    Args:
        texts: one list of str for single texts, two of equal length for pairs.
        labels: int32 [rows] class numbers, float32 [rows] for regression, int32 [rows, classes] of 0 and 1 for several
            labels; None where the source has none (test splits).
        ids: int64 [rows], the source's own row numbers.
        source: where the rows came from, for messages.
        weights: float32 [rows], how much each counts in training; None for 1 each.

    Raises:
        ValueError: if the columns do not have as many rows as each other.
    """

    texts: tuple[Sequence[str], ...]
    labels: np.ndarray | None
    ids: np.ndarray
    source: str = ""
    weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        labels = self.labels if isinstance(self.labels, dict) else {"labels": self.labels}
        columns = {f"texts[{place}]": column for place, column in enumerate(self.texts)} | labels
        columns["weights"] = self.weights
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
        return self._cut(slice(limit))

    def tail(self, start: int) -> "Examples":
        """The rows from number `start` on."""
        return self._cut(slice(start, None))

    def take(self, rows: np.ndarray) -> "Examples":
        """Some of the rows, int [rows], in that order."""
        texts = tuple(c.take(rows) if isinstance(c, StoredTexts) else [c[row] for row in rows] for c in self.texts)
        labels, weights = (None if column is None else column[rows] for column in (self.labels, self.weights))
        return Examples(texts, labels, self.ids[rows], self.source, weights)

    def _cut(self, part: slice) -> "Examples":
        texts = tuple(column[part] for column in self.texts)
        labels, weights = (None if column is None else column[part] for column in (self.labels, self.weights))
        return Examples(texts, labels, self.ids[part], self.source, weights)
