"""`finite_weights`: refuses a model with a weight that is not a number, which answers all the same, and wrongly."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
from keras import ops

from bert_keras.checks import message


def finite_weights(model: keras.Layer, name: str = "model") -> None:
    """Raises ValueError if a weight is nan or infinite, with its name and how many of its numbers are.

    Args:
        model: a model or an encoder.
        name: of the argument that it is, for the message.
    """
    for weight in model.variables:
        if (bad := _bad(weight)) > 0:
            numbers = f"{bad:,} of the {int(np.prod(weight.shape)):,} numbers of '{weight.path}' are not"
            advice = "Its training diverged: train it anew, with a lower learning rate or the row that did it left out."
            raise ValueError(message(name, f"have finite weights, and {numbers}", type(model).__name__, advice))


def spoiled_weight(weights: Iterable[Any]) -> str | None:
    """The path of the first weight that is not finite; None where all are."""
    return next((weight.path for weight in weights if _bad(weight)), None)


def _bad(weight: Any) -> int:
    """How many numbers of a weight are not finite.

    The sum tells: one that is not finite, or of numbers that float32 cannot add, is looked at in whole.
    """
    if "float" not in str(weight.dtype) or np.isfinite(float(ops.sum(weight))):
        return 0
    return int((~np.isfinite(ops.convert_to_numpy(weight).astype(np.float64))).sum())
