"""`calibration`: whether a model that says 80 % is right in 80 of 100 cases.

The expected calibration error is that of Naeini, Cooper and Hauskrecht, "Obtaining Well Calibrated Probabilities Using
Bayesian Binning" (AAAI 2015), over bins of equal width.
"""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from bert_keras.checks import integer, message
from bert_keras.metrics.given_array import given_array

_MOST_BINS = 1_000_000


@dataclasses.dataclass(frozen=True, eq=False)
class Calibration:
    """Confidence against accuracy, in bins of confidence of equal width.

    Args:
        edges: float64 [bins + 1], from 0 to 1. A bin holds its upper edge, the first its lower one, too.
        counts: int64 [bins], answers in each bin.
        confidence, accuracy: float64 [bins], means over the answers of a bin; NaN in an empty one.
        error: the expected calibration error, in [0, 1]: the mean over all answers of how far confidence and accuracy
            of their bin lie apart.
    """

    edges: np.ndarray
    counts: np.ndarray
    confidence: np.ndarray
    accuracy: np.ndarray
    error: float


def calibration(confidences: ArrayLike, is_right: ArrayLike, bins: int = 10) -> Calibration:
    """Sorts answers into bins by their confidence, and compares it with how many of them are right.

    Args:
        confidences: numbers [answers] in [0, 1], the probability that a model gives its answer.
        is_right: 0 and 1, or bool, [answers].
        bins: how many, 1 to 1,000,000.

    Raises:
        ValueError: for other shapes, no answers, or numbers outside [0, 1].

    >>> found = calibration([0.9, 0.9, 0.6, 0.6], [1, 1, 1, 0], bins=5)
    >>> round(found.error, 3), found.counts.tolist()
    (0.1, [0, 0, 2, 0, 2])
    """
    integer("bins", bins, 1, _MOST_BINS)
    confidences, is_right = given_array("confidences", confidences), given_array("is_right", is_right)
    is_number = confidences.dtype.kind in "iuf" and confidences.ndim == 1 and len(confidences)
    if not is_number or not ((confidences >= 0) & (confidences <= 1)).all():
        raise ValueError(message("confidences", "be numbers [answers] in [0, 1], one or more", confidences))
    is_number = is_right.dtype.kind in "iufb"
    if is_right.shape != confidences.shape or not is_number or not np.isin(is_right, (0, 1)).all():
        raise ValueError(message("is_right", f"be 0 and 1 [{len(confidences)}], one for each confidence", is_right))
    edges = np.linspace(0.0, 1.0, bins + 1)
    places = np.searchsorted(edges[1:-1], confidences, side="left")
    counts = np.bincount(places, minlength=bins)
    sums = [np.bincount(places, weights=values, minlength=bins) for values in (confidences, is_right)]
    confidence, accuracy = (np.where(counts > 0, own / np.maximum(counts, 1), np.nan) for own in sums)
    error = float(np.abs(sums[0] - sums[1]).sum() / len(confidences))
    return Calibration(edges, counts, confidence, accuracy, error)
