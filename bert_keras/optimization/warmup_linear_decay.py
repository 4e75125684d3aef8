"""`WarmupLinearDecay`: the learning rate of BERT's fine-tuning recipe."""

from typing import Any

import keras
from keras import ops

from bert_keras import checks


@keras.saving.register_keras_serializable(package="bert_keras")
class WarmupLinearDecay(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that rises linearly to its peak, and falls linearly to 0.

    The last update of the warm-up and the first one after it take the peak; the rate would be 0 at the update after the
    last. (Google's and Model Garden's schedules start the decay at step 0, so
    that with 10 % of warm-up the rate never passes 90 % of its peak.)

    Args:
        peak: the highest rate.
        total_steps: optimizer steps from first to last. None: not known yet; models of this library fill it in when
            `fit` starts, in an `AdamW` of this library. Until then the rate is the peak, constantly.
        warmup_share: share of total_steps spent rising, in [0, 1].
        first_step: the optimizer's step count at which this schedule starts; below 0 if it started before the count.

    >>> rate = WarmupLinearDecay(5e-5, total_steps=100, warmup_share=0.1)
    >>> [float(rate(step)) for step in (0, 9, 10, 55, 99)]  # 5e-6, 5e-5, 5e-5, 2.5e-5, 5.6e-7
    """

    def __init__(
        self, peak: float, total_steps: int | None = None, warmup_share: float = 0.1, first_step: int = 0
    ) -> None:
        self.peak = checks.number("peak", peak, 0.0)
        self.total_steps = None if total_steps is None else checks.integer("total_steps", total_steps, 1)
        self.warmup_share = checks.number("warmup_share", warmup_share, 0.0, 1.0)
        self.first_step = checks.integer("first_step", first_step)

    def __call__(self, step: Any) -> Any:
        if self.total_steps is None:
            return ops.convert_to_tensor(self.peak, "float32")
        step = ops.cast(step, "float32") - self.first_step
        warmup = self.warmup_steps(self.total_steps)
        # Step 0 is the first update: it takes a real share of the peak, or a one-step warm-up would train nothing.
        rising = (step + 1.0) / max(warmup, 1)
        falling = (self.total_steps - step) / max(self.total_steps - warmup, 1)
        share = ops.where(step < warmup, rising, falling)
        return self.peak * ops.clip(share, 0.0, 1.0)

    def warmup_steps(self, total_steps: int) -> int:
        """How many of `total_steps` are spent rising."""
        return round(total_steps * self.warmup_share)

    def for_steps(self, total_steps: int, first_step: int = 0) -> "WarmupLinearDecay":
        """The same schedule over another number of steps."""
        return WarmupLinearDecay(self.peak, total_steps, self.warmup_share, first_step)

    def get_config(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("peak", "total_steps", "warmup_share", "first_step")}
