"""`LossByStep`: rate and loss of each step of a `fit`, which ends when it has risen far or after so many steps."""

from typing import Any

import keras
from keras import ops

from bert_keras.bar import Bar

FAR = 2.0  # times the least mean so far
FEW = 10  # steps, whose losses say too little of where they go
_REMEMBERED = 0.9  # of the mean before, at each step


class LossByStep(keras.callbacks.Callback):
    """Keeps the loss of each step's own rows: what Keras says is the mean over the epoch.

    Args:
        steps: after which `fit` ends.

    Attributes:
        rates: a float for each step: the learning rate of its update.
        losses: a float for each step, before its update.
        has_risen: whether `fit` was ended because the loss, a mean over some steps, was above `FAR` times its least;
            not within the first `FEW`.
    """

    def __init__(self, steps: int) -> None:
        super().__init__()
        self.steps = steps
        self.rates: list[float] = []
        self.losses: list[float] = []
        self.has_risen = False
        self._total, self._least = 0.0, float("inf")  # of the mean of each loss and those before it
        self._bar = Bar("rates", steps)

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self.model.reset_metrics()
        self._rate = float(ops.convert_to_numpy(self.model.optimizer.learning_rate))

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        loss = float((logs or {})["loss"])
        self.losses.append(loss)
        self.rates.append(self._rate)
        self._total = _REMEMBERED * self._total + (1 - _REMEMBERED) * loss
        mean = self._total / (1 - _REMEMBERED ** len(self.losses))
        self._least = min(self._least, mean)
        self._bar.to(len(self.losses), f"loss {mean:.4f}")
        self.has_risen = len(self.losses) > FEW and mean > FAR * self._least
        if self.has_risen or len(self.losses) >= self.steps:
            self.model.stop_training = True

    def on_train_end(self, logs: dict[str, Any] | None = None) -> None:
        self._bar.end()
