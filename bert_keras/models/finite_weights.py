"""`finite_weights`: refuses a model with a weight that is not a number, which answers all the same, and wrongly."""

import numpy as np
from keras import ops

from bert_keras.checks import message
from bert_keras.models.task_model import TaskModel


def finite_weights(model: TaskModel) -> None:
    """Raises ValueError if a weight is nan or infinite, with its name and how many of its numbers are.

    The sum of a weight tells: one that is not finite, or of numbers that float32 cannot add, is looked at in whole.
    """
    for weight in model.variables:
        if "float" in str(weight.dtype) and not np.isfinite(float(ops.sum(weight))):
            bad = int((~np.isfinite(ops.convert_to_numpy(weight).astype(np.float64))).sum())
            if bad:
                numbers = f"{bad:,} of the {int(np.prod(weight.shape)):,} numbers of '{weight.path}' are not"
                advice = (
                    "Its training diverged: train it anew, with a lower learning rate or the row that did it left out."
                )
                raise ValueError(message("model", f"have finite weights, and {numbers}", type(model).__name__, advice))
