"""`RisingRate`: a learning rate that rises by the same factor at every step."""

from typing import Any

import keras
from keras import ops


class RisingRate(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that rises from `lowest`, at the first update, to `highest`, at the last, by the same factor each time.

    Args:
        lowest, highest: above 0.
        steps: updates from the one to the other, 2 or more.

    >>> rate = RisingRate(1e-6, 1e-2, 5)
    >>> [float(rate(step)) for step in range(5)]  # 1e-6, 1e-5, 1e-4, 1e-3, 1e-2
    """

    def __init__(self, lowest: float, highest: float, steps: int) -> None:
        self.lowest, self.highest, self.steps = lowest, highest, steps

    def __call__(self, step: Any) -> Any:
        share = ops.clip(ops.cast(step, "float32") / (self.steps - 1), 0.0, 1.0)
        return self.lowest * ops.power(self.highest / self.lowest, share)

    def get_config(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("lowest", "highest", "steps")}
