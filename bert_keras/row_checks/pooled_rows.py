"""`PooledRows`: the rows of all parts in one line, each with its part, its label and where it stands."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from bert_keras.data.examples import Examples

NO_LABEL = -1


@dataclasses.dataclass(frozen=True, eq=False)
class PooledRows:
    """Rows of texts of several parts, one behind the other.

    Args:
        texts: one column of str for single texts, two for pairs.
        labels: int32 [rows], the class of each; `NO_LABEL` where its part has none.
        parts: by row, the name of its part.
        places: by row, where it stands.
    """

    texts: tuple[Sequence[str], ...]
    labels: np.ndarray
    parts: Sequence[str]
    places: Sequence[str]

    @classmethod
    def of(cls, parts: dict[str, Examples]) -> "PooledRows":
        """The rows of a task, by part as `Task.rows` gives them."""
        columns = len(next(iter(parts.values())).texts)
        texts = tuple([text for rows in parts.values() for text in rows.texts[number]] for number in range(columns))
        labels = [
            np.full(len(rows), NO_LABEL) if rows.labels is None else np.asarray(rows.labels).reshape(-1)
            for rows in parts.values()
        ]
        names = [name for name, rows in parts.items() for _ in range(len(rows))]
        places = [rows.place(row) for rows in parts.values() for row in range(len(rows))]
        return cls(texts, np.concatenate(labels).astype("int32"), names, places)

    def __len__(self) -> int:
        return len(self.labels)

    def text(self, row: int) -> str:
        """The text of a row, of a pair both."""
        return " ‖ ".join(column[row] for column in self.texts)

    def take(self, rows: np.ndarray) -> "PooledRows":
        """Some of the rows, int [rows], in that order."""
        texts = tuple([column[row] for row in rows] for column in self.texts)
        parts, places = ([column[row] for row in rows] for column in (self.parts, self.places))
        return PooledRows(texts, self.labels[rows], parts, places)

    def examples(self, rows: np.ndarray) -> Examples:
        """Some rows with their labels, as a part of a task; without, where one of them has none."""
        own = self.take(rows)
        labels = None if (own.labels == NO_LABEL).any() else own.labels
        return Examples(own.texts, labels, np.asarray(rows, "int64"), where=self.places.__getitem__)
