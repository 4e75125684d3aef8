"""`promised_threshold`: the confidence from which on a model keeps a promised precision on rows that nobody has seen.

It is the algorithm of Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks" (NeurIPS 2017): a
search by halves, at each step of which the exact bound of Clopper and Pearson on the share of mistakes is compared with
what is allowed; the steps share the chance of a mistake.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from bert_keras.checks import number
from bert_keras.metrics.risk_coverage import checked_answers, points_of


def promised_threshold(
    confidences: ArrayLike, is_right: ArrayLike, precision: float, assurance: float = 0.9
) -> float | None:
    """The threshold that lets most answers through and keeps the promise: of those as sure, `precision` is right.

    The plain threshold, at which the share holds on the rows at hand, breaks the promise on every second set of other
    rows. This one breaks it on one of ten, at an assurance of 0.9, where these come from where those came from.

    Args:
        confidences: numbers [answers], of rows that the model was not trained on.
        is_right: 0 and 1, or bool, [answers].
        precision: the share of right answers that is promised, above 0 and below 1.
        assurance: how sure the promise is, above 0 and below 1.

    Returns:
        A confidence, which is one of those given; None where no threshold keeps the promise, as with too few answers:
        0.95 takes 60 to 100 without a mistake.

    Raises:
        ValueError: for other shapes or values, or no answers.
    """
    confidences, is_right = checked_answers(confidences, is_right)
    for name, value in {"precision": precision, "assurance": assurance}.items():
        number(name, value, 1e-6, 1 - 1e-6)
    thresholds, counts, wrong = points_of(confidences, is_right)
    chance = _chance_of_a_step(len(thresholds), assurance)
    low, high, found = 0, len(thresholds) - 1, None  # the points that are left
    while low <= high:
        middle = (low + high + 1) // 2
        if _most_risk(wrong[middle], counts[middle], chance) <= 1.0 - precision:
            found, low = middle, middle + 1
        else:
            high = middle - 1
    return None if found is None else float(thresholds[found])


def best_promise(confidences: ArrayLike, is_right: ArrayLike, assurance: float = 0.9) -> float:
    """About the highest precision that `promised_threshold` can promise with these answers, in [0, 1]; for messages."""
    _, counts, wrong = points_of(*checked_answers(confidences, is_right))
    return float(1.0 - _most_risk(wrong, counts, _chance_of_a_step(len(counts), assurance)).min())


def _chance_of_a_step(points: int, assurance: float) -> float:
    return (1.0 - assurance) / max(math.ceil(math.log2(points + 1)), 1)


def _most_risk(wrong: np.ndarray, counts: np.ndarray, chance: float) -> np.ndarray:
    """The share of mistakes that is exceeded with a probability of `chance` at most."""
    bound = stats.beta.ppf(1.0 - chance, wrong + 1, np.maximum(counts - wrong, 1))
    return np.where(wrong >= counts, 1.0, bound)
