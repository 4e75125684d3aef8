"""`CheckpointsWithin`: checkpoints within epochs, when they are due and when a signal came."""

import time
from typing import Any

import keras

from bert_keras.optimization.interval import Interval
from bert_keras.training.checkpoints import Checkpoints
from bert_keras.training.interruptions import Interruptions


class CheckpointsWithin(keras.callbacks.Callback):
    """Writes checkpoints within epochs, when they are due and when a signal came. It stands after all other callbacks.

    Args:
        checkpoints: of the run.
        every: when they are due, since the last one.
        steps: of an epoch.
        interruptions: that are asked after every step.
        first: the epoch of which some steps are done, from 0, and how many.
    """

    def __init__(
        self,
        checkpoints: Checkpoints,
        every: Interval,
        steps: int,
        interruptions: Interruptions,
        first: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__()
        self.checkpoints = checkpoints
        self.every = every
        self.steps = steps
        self.interruptions = interruptions
        self.first = first
        self._epoch = 0
        self._last = (0, 0.0)  # the step behind which the last checkpoint was written, and when

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        done = self.first[1] if epoch == self.first[0] else 0
        self._epoch, self._last = epoch, (done, time.monotonic())
        if done < self.steps:
            self.interruptions.begin_steps()

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        done = min(batch + 1, self.steps)  # the last of several steps an execution may be beyond the end
        last_step, last_time = self._last
        is_due = self.every.is_over(done - last_step, time.monotonic() - last_time)
        is_written = self._is_told() or (is_due and done < self.steps)  # an epoch's end has a checkpoint of its own
        if is_written:
            self.checkpoints.write_within(self._epoch, done)
            self._last = done, time.monotonic()
        if done == self.steps or (is_written and self._is_told()):  # perhaps while it was written
            self.interruptions.end_steps()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.interruptions.end_steps()  # where a callback has ended the epoch before its last step

    def _is_told(self) -> bool:
        return self.interruptions.asked is not None
