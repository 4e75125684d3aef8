"""`StepParts`: what a training step was traced with."""

from operator import is_
from typing import Any

import keras


class StepParts:
    """Objects, equal to the very same ones, and the training step that was traced with them, while it is put aside.

    Keras, which tracks what a model has lists of, does not see them.
    """

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts
        self.step: Any = None

    def __eq__(self, other: Any) -> bool:
        return (
            isinstance(other, StepParts)
            and len(self.parts) == len(other.parts)
            and all(map(is_, self.parts, other.parts))
        )


def drop_stale_step(model: keras.Model, optimizer: Any) -> None:
    """Has a model's training step traced anew if it was traced with another schedule, for other weights or forms.

    The step before is kept: `fit` and `train_on_batch` may take turns with two.
    """
    forms = [getattr(model.encoder, name, None) for name in ("recompute", "gelu")]
    by_rows = optimizer.rows if optimizer.rows is not None and optimizer.rows.is_open else None
    parts = StepParts([optimizer, optimizer.schedule, by_rows, *forms, *model.trainable_variables])
    if model._traced_with == parts:
        return
    if model._traced_with is not None:
        model._traced_with.step = model.train_function
    now = model._step_before if model._step_before == parts else parts
    model._step_before, model._traced_with, model.train_function = model._traced_with, now, now.step
