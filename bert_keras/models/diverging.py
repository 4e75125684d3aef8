"""Steps whose loss or gradient is not finite: the update is left out, and training ends with what is known of it."""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from bert_keras.finite_weights import spoiled_weight

_KEPT = "Its update was left out: the weights, the optimizer and its count of steps are those before it."


class Diverged(ArithmeticError):
    """The loss, a gradient or a weight is not finite; the message says where, of which rows, and why as far as seen."""


class NothingTrained(ValueError):
    """A run ended before any epoch had; the message says why. There is no model."""


class StopWhenDiverged(keras.callbacks.Callback):
    """Raises `Diverged` after the step whose update was left out, or where a weight is not finite at an epoch's end.

    Keras' `TerminateOnNaN` lets the epoch end as any other, so that the model is evaluated and kept. Stand before the
    callbacks that do that. Where several steps are one execution, and on other backends than TensorFlow, a step is
    known of when they, or the epoch, have ended.

    Args:
        look: from the number of a step in the running pass over the data, and whether that pass is the rest of an
            epoch, to where its rows stand, in words, and what of them float32 cannot bear; "" for nothing. None where
            that is not known.
    """

    def __init__(self, look: Callable[[int, bool], tuple[str, str]] | None = None) -> None:
        super().__init__()
        self._look = look

    def on_epoch_begin(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        self._epoch, self._steps, self._done = epoch, 0, None

    def on_train_batch_begin(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        self._first = batch
        if self._done is None:  # the epoch's first, which may be one that goes on within it
            self._done, self._before = batch, updates(self.model)

    def on_train_batch_end(self, batch: int, logs: dict[str, Any] | None = None) -> None:
        known = (self.params or {}).get("steps")
        self._steps = min(batch + 1, known or batch + 1)  # of several an execution, the last may lie beyond the end
        loss = float((logs or {}).get("loss", 0.0))
        if not math.isfinite(loss):
            raise self._diverged(f"the loss became {loss}")
        is_counted = known is not None or self._first == batch
        if is_counted and keras.backend.backend() == "tensorflow":
            self._check_updates()

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if (self.params or {}).get("steps") is not None and self._done is not None:
            self._first = self._done
            self._check_updates()
        if (path := spoiled_weight(self.model.trainable_variables)) is not None:
            raise Diverged(f"the weight '{path}' is not finite after epoch {epoch + 1}")

    def _check_updates(self) -> None:
        made = updates(self.model)
        if None not in (made, self._before) and made - self._before < self._steps - self._done:
            raise self._diverged("the gradient was not finite")

    def _diverged(self, what: str) -> Diverged:
        several = self._first + 1 < self._steps
        steps = f"in steps {self._first + 1} to {self._steps}" if several else f"in step {self._steps}"
        rows, cause = "", ""
        if self._look is not None and not several:
            rows, cause = self._look(self._steps - 1, self._done > 0)
        rows = f", of {rows}" if rows else ""
        return Diverged(f"{what} {steps} of epoch {self._epoch + 1}{rows}. {cause or cause_in(self.model)} {_KEPT}")


def updates(model: keras.Model) -> int | None:
    """How many updates a model's optimizer has made; None where steps may be left out, or made, for other reasons."""
    optimizer, own = model.optimizer, getattr(type(model), "own_train_step", None)
    if optimizer is None or isinstance(optimizer, keras.optimizers.LossScaleOptimizer):
        return None
    if own is None or type(model).train_step is not own or not model.trainable_variables or not optimizer.built:
        return None
    return int(ops.convert_to_numpy(optimizer._iterations))


def check_updated(model: keras.Model, before: int | None) -> None:
    """Raises `Diverged` where a step by hand made no update; `before` it, there were so many."""
    if before is not None and updates(model) == before:
        raise Diverged(f"the loss or its gradient is not finite on this batch. {cause_in(model)} {_KEPT}")


def cause_in(model: keras.Model) -> str:
    """What of a model may be why a step is not finite, as a sentence."""
    if (path := spoiled_weight(model.variables)) is not None:
        return f"The weight '{path}' was not finite before that step."
    rate = float(ops.convert_to_numpy(model.optimizer.learning_rate))
    return f"The learning rate was {rate:g} by then: pass a lower one, or a longer warm-up."
