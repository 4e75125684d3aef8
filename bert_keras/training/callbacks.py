"""Keras callbacks of `bk.finetune`: progress with the time left, official metrics, the batches' order, an early end."""

import math
import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import keras

from bert_keras.bar import Bar, is_shown
from bert_keras.data.split import BatchOrder


class OfficialMetrics(keras.callbacks.Callback):
    """Puts the task's official metrics into each epoch's logs, as `val_<metric>`, for the callbacks after it.

    Args:
        evaluate: called with the model; returns floats by metric name.
    """

    def __init__(self, evaluate: Callable[[keras.Model], dict[str, float]]) -> None:
        super().__init__()
        self.evaluate = evaluate

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            logs.update({f"val_{name}": value for name, value in self.evaluate(self.model).items()})


class EpochOrder(keras.callbacks.Callback):
    """Ties the order of the batches to the epoch's number, so that a resumed run sees what an unbroken one would."""

    def __init__(self, order: BatchOrder) -> None:
        super().__init__()
        self.order = order

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self.order.epoch = epoch


class StopEarly(keras.callbacks.Callback):
    """Ends training when a score has not risen for some epochs.

    Args:
        name: of the score in the logs.
        patience: for how many epochs; 0 never ends it.
        logs: of the epochs of the run so far, which it goes on with.
    """

    def __init__(self, name: str, patience: int, logs: Iterable[Mapping[str, float]] = ()) -> None:
        super().__init__()
        self.name = name
        self.patience = patience
        self._scores = [float(own[name]) for own in logs]

    @property
    def is_over(self) -> bool:
        """Whether the run so far has ended by this."""
        scores = [score if score == score else -math.inf for score in self._scores]  # NaN is no score
        return 0 < self.patience <= len(scores) - 1 - scores.index(max(scores)) if scores else False

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._scores.append(float((logs or {})[self.name]))
        self.model.stop_training = self.model.stop_training or self.is_over


class Progress(keras.callbacks.Callback):
    """Says steps, loss, speed and the time left of the whole run: a line for each epoch, and a bar where someone looks.

    Where nobody does, as in a log, an epoch that lasts has a line now and then, each after twice the time of the last.

    Args:
        steps_per_epoch: batches an epoch.
        epochs: of the whole run.
        say: takes a line of text.
        every_seconds: before the first of these lines.
        hidden: what the names of figures begin with that an epoch's line leaves out.
        first: the epoch of which some steps are done, from 0, and how many.
    """

    def __init__(
        self,
        steps_per_epoch: int,
        epochs: int,
        say: Callable[[str], None],
        every_seconds: float = 60.0,
        hidden: tuple[str, ...] = (),
        first: tuple[int, int] = (0, 0),
    ) -> None:
        super().__init__()
        self.first = first
        self.hidden = ("learning_rate", *(f"val_{name}" for name in hidden))
        self.steps_per_epoch = steps_per_epoch
        self.epochs = epochs
        self.say = say
        self.every_seconds = every_seconds
        self._epoch = 0
        self._seconds: list[float] = []  # that a whole epoch takes, evaluation included, by each so far

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch = epoch
        self._started = self._said = self._trained = time.monotonic()
        self._bar = Bar(f"epoch {epoch + 1}/{self.epochs}", self.steps_per_epoch)
        self._first_end: float | None = None

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        batch = min(batch, self.steps_per_epoch - 1)  # the last of several steps an execution may be beyond the end
        now = self._trained = time.monotonic()
        if self._first_end is None:
            self._first_end, self._first_batch = now, batch  # the first step holds the tracing: not a measure
            return
        seconds = (now - self._first_end) / max(batch - self._first_batch, 1)
        left = (self.epochs - self._epoch) * self.steps_per_epoch - (batch + 1)
        loss = float((logs or {}).get("loss", float("nan")))
        more = f"loss {loss:.4f}  {seconds:.2f} s/step  about {clock(left * seconds)} left"
        self._bar.to(batch + 1, more)
        if now - self._said >= self.every_seconds and not is_shown():
            self._said, self.every_seconds = now, 2 * self.every_seconds
            self.say(f"  epoch {self._epoch + 1}/{self.epochs}  step {batch + 1}/{self.steps_per_epoch}  {more}")

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._bar.end()
        seconds, done = time.monotonic() - self._started, self.first[1] if epoch == self.first[0] else 0
        shown = [f"epoch {epoch + 1}/{self.epochs}", clock(seconds)]
        shown += [f"{name} {float(v):.4f}" for name, v in (logs or {}).items() if not name.startswith(self.hidden)]
        if done < self.steps_per_epoch:  # the steps that were done before would have taken their time, too
            trained = self._trained - self._started
            self._seconds.append(seconds + trained * done / (self.steps_per_epoch - done))
        if self._seconds and epoch + 1 < self.epochs:
            left = (self.epochs - epoch - 1) * sum(self._seconds) / len(self._seconds)
            shown.append(f"about {clock(left)} left")
        self.say("  ".join(shown))


def clock(seconds: float) -> str:
    """Seconds as a person reads them.

    >>> clock(3.2), clock(75), clock(7322)
    ('3 s', '1 min 15 s', '2 h 2 min')
    """
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    return f"{whole // 3600} h {whole % 3600 // 60} min"
