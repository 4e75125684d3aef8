"""`LaidDecay`: a `WarmupDecay` whose steps a traced training step reads from a variable. TensorFlow only."""

from typing import Any

import numpy as np
import tensorflow as tf
from keras import ops

from bert_keras.optimization.warmup_decay import WarmupDecay


class LaidDecay(WarmupDecay):
    """A schedule that is laid over one number of steps after another, with no need to trace a step anew.

    The variable is nobody's to save: a plain attribute of an object that Keras and TensorFlow do not track.

    Args:
        schedule: that waits for its steps. Until `lay`, the rate is the peak, as its is.
    """

    def __init__(self, schedule: WarmupDecay) -> None:
        super().__init__(**schedule.get_config())
        self._numbers = tf.Variable(_OPEN, trainable=False, name="schedule")

    def lay(self, total_steps: int, first_step: int) -> None:
        """From here on the rates are those of a `WarmupDecay` of these steps."""
        warmup = self.warmup_steps(total_steps)
        # Reciprocals, for TensorFlow's optimizer multiplies with them where a graph divides by constants.
        slopes = [np.float32(1) / np.float32(max(steps, 1)) for steps in (warmup, total_steps - warmup)]
        self._numbers.assign([first_step, warmup, total_steps, *slopes])

    def open(self) -> None:
        """From here on the rate is the peak."""
        self._numbers.assign(_OPEN)

    def __call__(self, step: Any) -> Any:
        first_step, warmup, total_steps, up, down = tf.unstack(tf.convert_to_tensor(self._numbers))
        step = ops.cast(step, "float32") - first_step
        return self._rate(step < warmup, (step + 1.0) * up, (total_steps - step) * down)


_OPEN = np.array([0, 0, np.inf, 1, 1], "float32")  # a fall that does not end
