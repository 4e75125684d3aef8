"""`temperature`: the number that logits are divided by so that their probabilities say how often they are right.

Temperature scaling is of Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks" (ICML 2017).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize

from bert_keras.metrics.log_loss import log_loss, tellable

_WIDEST = np.log(1000.0)  # temperatures from 1/1000 to 1000 are looked at


def temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """The temperature with the least log loss on rows that the model was not trained on.

    Above 1 the model is too sure of itself, below 1 it is less sure than it could be. Which class has the most, or
    which label has half or more, stays as it is.

    Args:
        logits: numbers [rows, classes].
        labels: classes, int [rows], of which a row has one; or 0 and 1 [rows, classes], where it has any number.

    Raises:
        ValueError: for other shapes or values; where every row is right, as then no temperature is low enough; and
            where the logits say less of the labels than chance, as then none is high enough.

    >>> logits = [[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [4.0, 0.0]]  # 98 % sure, and right in three of four
    >>> round(temperature(logits, [0, 0, 0, 1]), 2)  # so that it says 75 %
    3.64
    """
    logits, labels = tellable(logits, labels)
    return best_temperature(lambda divisor: log_loss(logits / divisor, labels))


def best_temperature(loss: Callable[[float], float]) -> float:
    """That with the least loss.

    Args:
        loss: of a temperature above 0. It has one valley in the temperature's logarithm, as a log loss of logits has,
            which is convex in the factor 1 / temperature.
    """
    found = optimize.minimize_scalar(
        lambda logarithm: loss(float(np.exp(logarithm))),
        bounds=(-_WIDEST, _WIDEST),
        method="bounded",
        options={"xatol": 1e-7},
    )
    return float(np.exp(found.x))
