"""`Evaluator`: what measuring a model on a part of its task has in common, whatever kind of task that is."""

import os
import pathlib
from typing import Any, ClassVar

import numpy as np

from bert_keras import checks
from bert_keras.data.split import Split
from bert_keras.data.task_data import Parts


class Evaluator:
    """A model on a part of its task, measured again at each call as the model learns: what it traces, it traces once.

    Args:
        model: of the data's kind.
        data: the task.
        part: "train", "validation" or "test".

    Attributes:
        submitted: the part whose predictions an official scorer or leaderboard wants.
    """

    submitted: ClassVar[str] = "test"

    def __init__(self, model: Any, data: Parts, part: str) -> None:
        if not data.names_of(part):
            raise ValueError(checks.message("part", "be a part of this task", part, f"There are: {list(data.splits)}."))
        self.model = model
        self.data = data
        self.part = part

    def __call__(self) -> dict[str, float]:
        """The official scores of the model as it is."""
        raise NotImplementedError

    def write_predictions(self, folder: str | os.PathLike) -> list[str]:
        """Writes the files that the task's official scorer takes; ValueError where it has none."""
        raise ValueError(checks.message("data", "be a task with a file format for predictions", self.data.task))

    def settings(self, metrics: dict[str, float]) -> dict[str, Any]:
        """What the metrics say that a model folder's config keeps."""
        return {}

    def write(self, folder: pathlib.Path, metrics: dict[str, float]) -> None:
        """Writes what stands in a model folder beside the model; `folder` exists."""


def logits_of(model: Any, split: Split, batch_size: int) -> np.ndarray:
    """[rows, ...] in the rows' order: what `model` gives for a split, run in batches sorted by length."""
    order = split.order(batch_size)
    sorted_logits = model.predict(split.dataset(order, labels=False), verbose=0)
    rows = np.concatenate(order.batches(0))
    logits = np.empty_like(sorted_logits[: len(rows)])
    logits[rows] = sorted_logits[: len(rows)]  # behind them are the rows that fill up the last batch of static shapes
    return logits
