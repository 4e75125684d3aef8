"""What systems on Keras share: `fit` in blocks of steps, and the loss of each step.

A system puts its own Keras' `Callback` beside each of the two.
"""

from typing import Any

import numpy as np
from common.batches import Batches
from common.channel import Blocks


class InTurns:
    """Steps in blocks."""

    model: Any

    def __init__(self, blocks: Blocks) -> None:
        super().__init__()
        self.blocks = blocks

    def on_train_batch_begin(self, batch: int, logs: dict | None = None) -> None:
        if not self.blocks.begin():
            self.model.stop_training = True

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        if not self.blocks.step_ended():
            self.model.stop_training = True


class LossOfSteps:
    """The loss of each step of an epoch."""

    def __init__(self) -> None:
        super().__init__()
        self.means: list[float] = []

    def on_train_batch_end(self, batch: int, logs: dict | None = None) -> None:
        self.means.append(logs["loss"])

    def of_steps(self, batches: Batches) -> list[float]:
        """Keras shows the mean over the rows so far: what a step adds to the sum is its own."""
        counts = np.cumsum([len(batches.rows(step)) for step in range(len(self.means))])
        sums = np.array(self.means, "float64") * counts
        return (np.diff(sums, prepend=0.0) / np.diff(counts, prepend=0)).tolist()
