"""`calibration_rows`: rows of ids that show a converter how large a network's values become."""

import numpy as np

from bert_keras.data.splitting import part_of
from bert_keras.data.task_data import TaskData
from bert_keras.features import FEATURE_NAMES, MASK

ROWS = 200  # LiteRT's guide asks for "a few hundred"


def calibration_rows(data: TaskData, seq_length: int, most: int = ROWS) -> tuple[list[dict[str, np.ndarray]], str]:
    """Some rows of the training part, where there is one, else of the validation part, and the name of the part.

    Args:
        data: with one of these parts.
        seq_length: to which rows are padded; none is longer.
        most: rows, drawn by a fixed seed.

    Returns:
        Features int32 [1, seq_length], of choices [1, choices, seq_length].
    """
    part = next(part for part in ("train", "validation") if part in map(part_of, data.splits))
    split = next(split for name, split in data.splits.items() if part_of(name) == part)
    windows = getattr(split, "window_tokens", None) is not None
    rows = []
    for features in split.dataset(split.order(1, shuffle=True), labels=False).take(most):
        columns = {name: np.asarray(features[name], "int32") for name in FEATURE_NAMES}
        if windows and columns[MASK].ndim == 3:  # each window is a row
            columns = {name: column[0] for name, column in columns.items()}
        else:
            columns = {name: column[:1] for name, column in columns.items()}
        for row in range(len(columns[MASK])):
            one = {name: column[row : row + 1] for name, column in columns.items()}
            wide = [(0, 0)] * (one[MASK].ndim - 1) + [(0, seq_length - one[MASK].shape[-1])]
            rows.append({name: np.pad(column, wide) for name, column in one.items()})
    return rows[:most], part
