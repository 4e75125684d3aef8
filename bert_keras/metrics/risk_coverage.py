"""`risk_coverage`: how often a model is wrong if it answers only the share of the rows of which it is surest.

The curve and the area under it are those of Geifman and El-Yaniv, "Selective Classification for Deep Neural Networks"
(NeurIPS 2017).
"""

import dataclasses

import numpy as np
from numpy.typing import ArrayLike

from bert_keras.checks import message, number
from bert_keras.metrics.given_array import given_array


@dataclasses.dataclass(frozen=True, eq=False)
class RiskCoverage:
    """What is left of a model's mistakes as it answers less, a point for each threshold that changes something.

    Args:
        thresholds: float64 [points], confidences, falling: at a point the answers of that confidence or more are given.
        coverage: float64 [points], rising to 1: the share of the answers that are given.
        risk: float64 [points], the share of those that are wrong.
        area: the mean of `risk` over coverages, each answer added after the surer ones: the lower, the better the
            confidence tells right from wrong. Answers of equal confidence share their risk.
    """

    thresholds: np.ndarray
    coverage: np.ndarray
    risk: np.ndarray
    area: float

    def coverage_at(self, precision: float) -> float:
        """The largest share of these answers of which `precision`, in [0, 1], is right; 0.0 where no share is.

        It is of rows that are known: `promised_threshold` chooses for rows that are not.
        """
        kept = self.coverage[1.0 - self.risk >= number("precision", precision, 0.0, 1.0) - 1e-12]
        return float(kept.max()) if len(kept) else 0.0


def risk_coverage(confidences: ArrayLike, is_right: ArrayLike) -> RiskCoverage:
    """Sorts answers by their confidence, and counts what is wrong among the surest ones.

    Args:
        confidences: numbers [answers].
        is_right: 0 and 1, or bool, [answers].

    Raises:
        ValueError: for other shapes or values, or no answers.

    >>> found = risk_coverage([0.9, 0.8, 0.8, 0.6], [1, 1, 0, 0])
    >>> found.coverage.tolist(), found.risk.round(3).tolist(), found.coverage_at(0.6)
    ([0.25, 0.75, 1.0], [0.0, 0.333, 0.5], 0.75)
    """
    confidences, is_right = checked_answers(confidences, is_right)
    thresholds, counts, wrong = points_of(confidences, is_right)
    risk = wrong / counts
    area = float((risk * np.diff(counts, prepend=0)).sum() / len(confidences))
    return RiskCoverage(thresholds, counts / len(confidences), risk, area)


def points_of(confidences: np.ndarray, is_right: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The different confidences, falling; int64 [points] twice: how many answers are as sure, how many are wrong."""
    values, places = np.unique(-confidences, return_inverse=True)
    counts = np.cumsum(np.bincount(places.reshape(-1), minlength=len(values)))
    wrong = np.cumsum(np.bincount(places.reshape(-1), weights=~is_right, minlength=len(values)))
    return -values, counts, wrong.astype("int64")


def checked_answers(confidences: ArrayLike, is_right: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """float64 [answers] and bool [answers]; ValueError for others."""
    confidences, is_right = given_array("confidences", confidences), given_array("is_right", is_right)
    if confidences.dtype.kind not in "iuf" or confidences.ndim != 1 or not np.isfinite(confidences).all():
        raise ValueError(message("confidences", "be finite numbers [answers]", confidences))
    if not len(confidences):
        raise ValueError(message("confidences", "be of one answer or more", confidences))
    is_number = is_right.dtype.kind in "iufb"
    if is_right.shape != confidences.shape or not is_number or not np.isin(is_right, (0, 1)).all():
        raise ValueError(message("is_right", f"be 0 and 1 [{len(confidences)}], one for each confidence", is_right))
    return confidences.astype("float64"), is_right.astype(bool)
