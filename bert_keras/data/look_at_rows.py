"""`look_at_rows`: what can be said of the rows of a training step that went wrong."""

from typing import Any

import numpy as np

from bert_keras.features import MOST_WEIGHT

_NAMED = 16  # rows of a batch, at most
_MOST_LABEL = 1e9  # whose square, and the square of a gradient that is a multiple of it, float32 still holds


def look_at_rows(split: Any, rows: np.ndarray) -> tuple[str, str]:
    """Where some rows of a split stand, in words, and what of them float32 cannot bear, as a sentence; "" for nothing.

    Args:
        split: a `Split`.
        rows: int [rows], their numbers in it.
    """
    examples = split.examples
    named = [split.place(int(row)).removeprefix(f"{examples.source}, ") for row in rows[:_NAMED]]
    more = f" and {len(rows) - _NAMED} more" if len(rows) > _NAMED else ""
    of = f"{examples.source}: " if examples.source else ""
    return f"{of}{', '.join(named)}{more}", _cause(split, rows)


def _cause(split: Any, rows: np.ndarray) -> str:
    weights, labels = split.examples.weights, split.examples.labels
    if weights is not None and not abs(weights[rows]).max() <= MOST_WEIGHT:  # nan is not less
        worst = int(rows[np.nan_to_num(abs(weights[rows]), nan=np.inf).argmax()])
        return f"The weight of {split.place(worst)} is {weights[worst]:g}: make it smaller, or leave the row out."
    if isinstance(labels, np.ndarray) and labels.dtype.kind == "f" and not abs(labels[rows]).max() <= _MOST_LABEL:
        worst = int(rows[np.nan_to_num(abs(labels[rows]).reshape(len(rows), -1).max(axis=1), nan=np.inf).argmax()])
        return f"The label of {split.place(worst)} is {labels[worst].item():g}: use another unit, or leave the row out."
    return ""
