"""`Examples`: the rows of one split before any tokenization."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np

from bert_keras import checks
from bert_keras.data.stored_texts import StoredTexts
from bert_keras.features import MOST_WEIGHT


@dataclasses.dataclass(frozen=True, eq=False)
class Examples:
    """The rows of one split, in the order of their source.

    Args:
        texts: one list of str for single texts, two of equal length for pairs, of prompts with choices one more than
            there are choices.
        labels: int32 [rows] class numbers, float32 [rows] for regression, int32 [rows, classes] of 0 and 1 for several
            labels; None where the source has none (test splits).
        ids: int64 [rows], the source's own row numbers.
        source: where the rows came from, for messages.
        weights: float32 [rows], how much each counts in training; None for 1 each.
        where: from one of `ids` to where that row stands; None for "row" and the number.

    Raises:
        ValueError: if the columns do not have as many rows as each other, or a weight is no number that float32 can
            work with.
    """

    texts: tuple[Sequence[str], ...]
    labels: np.ndarray | None
    ids: np.ndarray
    source: str = ""
    weights: np.ndarray | None = None
    where: Callable[[int], str] | None = None

    def __post_init__(self) -> None:
        texts = {f"texts[{place}]": column for place, column in enumerate(self.texts)}
        check_rows({**texts, "labels": self.labels, "weights": self.weights}, len(self.ids), self.source)
        if self.weights is not None:
            checks.row_weights("weights", np.asarray(self.weights), MOST_WEIGHT, self.place)

    def __len__(self) -> int:
        return len(self.ids)

    def head(self, count: int) -> "Examples":
        """The first rows."""
        return self.take(np.arange(min(count, len(self))))

    def tail(self, start: int) -> "Examples":
        """The rows from number `start` on."""
        return self.take(np.arange(start, len(self)))

    def take(self, rows: np.ndarray) -> "Examples":
        """Some of the rows, int [rows], in that order."""
        texts = tuple(c.take(rows) if isinstance(c, StoredTexts) else [c[row] for row in rows] for c in self.texts)
        labels, weights = (None if column is None else column[rows] for column in (self.labels, self.weights))
        return dataclasses.replace(self, texts=texts, labels=labels, ids=self.ids[rows], weights=weights)

    def place(self, row: int) -> str:
        """Where a row stands, for messages."""
        number = int(self.ids[row])
        return f"{self.source + ', ' if self.source else ''}row {number}" if self.where is None else self.where(number)


def check_rows(columns: dict, count: int, source: str) -> None:
    """Raises ValueError unless each of the columns that are not None has `count` rows."""
    rows = {name: len(column) for name, column in columns.items() if column is not None}
    if any(found != count for found in rows.values()):
        must = f"have as many rows as there are ids{' of ' + source if source else ''}, {count}"
        raise ValueError(checks.message("columns", must, rows))
