"""`AveragedWeights`: has the end of an epoch see the averages of the weights."""

from typing import Any

import keras

from bert_keras.optimization.moving_averages import MovingAverages


class AveragedWeights(keras.callbacks.Callback):
    """Puts the averages into the model when an epoch ends, and what is trained on back when the next one begins.

    It stands before the callbacks that measure and write, whose checkpoints of epochs hold the averages where the
    weights stand; one within an epoch holds the weights there. Keras' `SwapEMAWeights` exchanges them by sums, which
    round, and does not know of runs that go on.

    Args:
        averages: of the model's optimizer.
        are_in: whether the model has them now, as a run that goes on after an epoch.
    """

    def __init__(self, averages: MovingAverages, are_in: bool) -> None:
        super().__init__()
        self.averages = averages
        averages.are_in = are_in

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.averages.swap(into_model=False)

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.averages.swap(into_model=True)
