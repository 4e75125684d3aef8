"""How well scores rank the rows of a class before all others: curves and the areas below them, as in scikit-learn."""

import numpy as np
from numpy.typing import ArrayLike

from bert_keras.checks import message
from bert_keras.metrics.given_array import given_array


def roc_auc(scores: ArrayLike, labels: ArrayLike) -> float:
    """The probability that a row of the class has a higher score than a row that is not; equal scores count half.

    Args:
        scores: numbers [rows], such as probabilities of the class; only their order counts.
        labels: 0 and 1 [rows], whether a row is of the class.

    Returns:
        A number in [0, 1]; NaN where all rows are of the class, or none is.

    >>> roc_auc([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    0.75
    """
    false_rates, true_rates = roc_curve(scores, labels)
    return float(np.sum(np.diff(false_rates) * (true_rates[1:] + true_rates[:-1])) / 2.0)


def average_precision(scores: ArrayLike, labels: ArrayLike) -> float:
    """The mean of the precision at each threshold, weighted by how much recall grows there.

    Arguments are those of `roc_auc`.

    Returns:
        A number in [0, 1]; NaN where no row is of the class.

    >>> average_precision([0.1, 0.4, 0.35, 0.8], [0, 0, 1, 1])
    0.8333333333333333
    """
    recalls, precisions = precision_recall_curve(scores, labels)
    return float(np.sum(np.diff(recalls) * precisions[1:]))


def roc_curve(scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """float64 [points] twice: false and true positive rates, from the threshold that takes no row to that for all.

    NaN where there are no rows to divide by. Arguments are those of `roc_auc`.
    """
    taken, right = _counts(scores, labels)
    rows, own = taken[-1], right[-1]
    wrong = taken - right
    false_rates = wrong / (rows - own) if rows > own else np.full(len(taken), np.nan)
    return false_rates, (right / own if own else np.full(len(taken), np.nan))


def precision_recall_curve(scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """float64 [points] twice: recall and precision, from the threshold that takes no row to that for all.

    Where no row is taken the precision is 1. Recall is NaN where no row is of the class. Arguments are those of
    `roc_auc`.
    """
    taken, right = _counts(scores, labels)
    recalls = right / right[-1] if right[-1] else np.full(len(taken), np.nan)
    return recalls, np.where(taken > 0, right / np.maximum(taken, 1.0), 1.0)


def places_of(scores: ArrayLike) -> np.ndarray:
    """int64 [rows]: numbers from 0 in the order of the scores, the same for equal ones.

    They rank as the scores do, and functions here sort no whole numbers: for drawing rows many times.
    """
    return np.unique(np.asarray(scores), return_inverse=True)[1].reshape(-1)


def _counts(scores: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """float64 [points] twice: rows at or above each threshold, the highest first, and those of the class among them."""
    scores, labels = given_array("scores", scores), given_array("labels", labels)
    if scores.ndim != 1 or not len(scores) or scores.dtype.kind not in "iuf" or np.isnan(scores).any():
        raise ValueError(message("scores", "be numbers [rows], one or more", scores))
    is_number = labels.dtype.kind in "iufb"
    if labels.shape != scores.shape or not is_number or not np.isin(labels, (0, 1)).all():
        raise ValueError(message("labels", f"be 0 and 1 [{len(scores)}], one for each score", labels))
    is_place = scores.dtype.kind in "iu" and scores.min() >= 0 and scores.max() <= 2 * len(scores)
    places = scores if is_place else places_of(scores)
    taken = np.cumsum(np.bincount(places)[::-1])
    right = np.cumsum(np.bincount(places, weights=labels)[::-1])
    return np.concatenate([[0.0], taken]), np.concatenate([[0.0], right])
