"""`WarmupDecay`: the learning rate of a recipe."""

import math
from typing import Any

import keras
from keras import ops

from bert_keras import checks
from bert_keras.foreign_names import FOREIGN_VALUES
from bert_keras.optimization.recipe import CONSTANT, COSINE, LINEAR, SCHEDULES


@keras.saving.register_keras_serializable(package="bert_keras")
class WarmupDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that rises linearly to its peak, and then falls to 0, or stays.

    The last update of the warm-up and the first one after it take the peak; a rate that falls would be 0 at the update
    after the last. (Google's and Model Garden's schedules start the decay at step 0, so that with 10 % of warm-up the
    rate never passes 90 % of its peak.)

    Args:
        peak: the highest rate.
        total_steps: optimizer steps from first to last. None: not known yet; models of this library fill it in when
            `fit` starts, in an `AdamW` of this library. Until then the rate is the peak, constantly.
        warmup_share: share of total_steps spent rising, in [0, 1].
        first_step: the optimizer's step count at which this schedule starts; below 0 if it started before the count.
        schedule: after the warm-up, with a share p of its steps done: "linear", peak * (1 - p); "cosine",
            peak * (1 + cos(pi * p)) / 2 (Loshchilov and Hutter, 2017, without restarts); "constant", the peak.

    >>> rate = WarmupDecay(5e-5, total_steps=100, warmup_share=0.1)
    >>> [float(rate(step)) for step in (0, 9, 10, 55, 99)]  # 5e-6, 5e-5, 5e-5, 2.5e-5, 5.6e-7
    """

    def __init__(
        self,
        peak: float,
        total_steps: int | None = None,
        warmup_share: float = 0.1,
        first_step: int = 0,
        schedule: str = LINEAR,
    ) -> None:
        self.peak = checks.number("peak", peak, 0.0)
        self.total_steps = None if total_steps is None else checks.integer("total_steps", total_steps, 1)
        self.warmup_share = checks.number("warmup_share", warmup_share, 0.0, 1.0)
        self.first_step = checks.integer("first_step", first_step)
        self.schedule = checks.one_of("schedule", schedule, SCHEDULES, FOREIGN_VALUES["schedule"])

    def __call__(self, step: Any) -> Any:
        if self.total_steps is None:
            return ops.convert_to_tensor(self.peak, "float32")
        step = ops.cast(step, "float32") - self.first_step
        warmup = self.warmup_steps(self.total_steps)
        # Step 0 is the first update: it takes a real share of the peak, or a one-step warm-up would train nothing.
        rising = (step + 1.0) / max(warmup, 1)
        left = (self.total_steps - step) / max(self.total_steps - warmup, 1)
        return self._rate(step < warmup, rising, left)

    def _rate(self, rises: Any, rising: Any, left: Any) -> Any:
        """The rate, by its share of the peak in the warm-up and the share of the steps behind it that is left."""
        share = ops.clip(ops.where(rises, rising, left), 0.0, 1.0)
        if self.schedule == COSINE:  # (1 - cos(pi * share)) / 2, without the difference of two like numbers
            share = ops.where(rises, share, ops.square(ops.sin(share * (math.pi / 2))))
        elif self.schedule == CONSTANT:
            share = ops.where(rises, share, ops.ones_like(share))
        return self.peak * share

    def warmup_steps(self, total_steps: int) -> int:
        """How many of `total_steps` are spent rising."""
        return round(total_steps * self.warmup_share)

    def for_steps(self, total_steps: int, first_step: int = 0) -> "WarmupDecay":
        """The same schedule over another number of steps."""
        return WarmupDecay(self.peak, total_steps, self.warmup_share, first_step, self.schedule)

    def get_config(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("peak", "total_steps", "warmup_share", "first_step", "schedule")}


WarmupLinearDecay = WarmupDecay  # its name in `.keras` files of before there were other schedules
