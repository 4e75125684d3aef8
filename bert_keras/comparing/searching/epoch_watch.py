"""`EpochWatch`: the scores of a run's epochs, and its end where the next one is not worth its time."""

from collections.abc import Callable
from typing import Any

import keras

from bert_keras.running.training_run.run import Run


class StoppedEarly(Exception):
    """A run was ended after an epoch, as it is not worth the next one."""


class EpochWatch(keras.callbacks.Callback):
    """Raises `StoppedEarly` after an epoch, but for the last, where `is_hopeless` says so.

    Args:
        run: that is watched, which may go on after epochs that were trained before.
        is_hopeless: called with the dev metric after each epoch so far; None for never.
    """

    def __init__(self, run: Run, is_hopeless: Callable[[list[float]], bool] | None) -> None:
        super().__init__()
        self._run, self._is_hopeless = run, is_hopeless
        self._last: list[float] = []

    @property
    def scores(self) -> list[float]:
        """The dev metric after each epoch."""
        name = f"val_{self._run.data.metrics[0]}"
        return [float(entry["logs"][name]) for entry in self._run.checkpoints.history] + self._last

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        is_last = epoch + 1 == self._run.recipe.epochs
        if self._is_hopeless is None or is_last:
            return
        score = float((logs or {})[f"val_{self._run.data.metrics[0]}"])
        if self._is_hopeless([*self.scores, score]):
            self._last = [score]  # which no checkpoint notes any more
            raise StoppedEarly
