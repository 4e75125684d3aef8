"""`LabelledRows`: what stands beside rows of ids that are windows or masked rows, and no texts by themselves."""

import dataclasses

import numpy as np

from bert_keras import checks
from bert_keras.data.examples import check_rows
from bert_keras.features import MOST_WEIGHT


@dataclasses.dataclass(frozen=True, eq=False)
class LabelledRows:
    """Labels and numbers of the rows of a split, as `Examples` has them of texts.

    Args:
        labels: int32 [rows], or a dict of such; None where there are none, or where the split itself has them.
        ids: int64 [rows], the numbers of what the rows were made of, such as the questions of windows.
        source: where the rows came from, for messages.
        weights: float32 [rows], how much each counts in training; None for 1 each.

    Raises:
        ValueError: if the columns do not have as many rows as each other, or a weight is no number that float32 can
            work with.
    """

    labels: np.ndarray | dict[str, np.ndarray] | None
    ids: np.ndarray
    source: str = ""
    weights: np.ndarray | None = None

    def __post_init__(self) -> None:
        columns = self.labels if isinstance(self.labels, dict) else {"labels": self.labels}
        check_rows({**columns, "weights": self.weights}, len(self.ids), self.source)
        if self.weights is not None:
            checks.row_weights("weights", np.asarray(self.weights), MOST_WEIGHT, self.place)

    def __len__(self) -> int:
        return len(self.ids)

    def place(self, row: int) -> str:
        """Where a row stands, for messages."""
        return f"{self.source + ', ' if self.source else ''}row {int(self.ids[row])}"

    def take(self, rows: np.ndarray) -> "LabelledRows":
        """Some of the rows, int [rows], in that order."""
        labels, weights = self.labels, self.weights
        if isinstance(labels, dict):
            labels = {name: column[rows] for name, column in labels.items()}
        elif labels is not None:
            labels = labels[rows]
        return LabelledRows(labels, self.ids[rows], self.source, None if weights is None else weights[rows])
