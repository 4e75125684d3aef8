"""`GoOnWithin`: the first epoch of a run that goes on within it."""

from typing import Any

import keras

from bert_keras.training.midway import Midway


class GoOnWithin(keras.callbacks.Callback):
    """Begins the first epoch of a `fit` where a run stopped within it. It stands before callbacks that read the logs.

    Args:
        midway: where that was.
    """

    def __init__(self, midway: Midway) -> None:
        super().__init__()
        self.midway: Midway | None = midway

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if self.midway is not None:
            self.midway.restore(self.model)
        self.midway = None

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None and "loss" not in logs:  # an epoch of which only the evaluation was left
            logs.update({name: float(value) for name, value in self.model.get_metrics_result().items()})
