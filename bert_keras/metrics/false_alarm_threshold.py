"""`false_alarm_threshold`: the score above which a row is called unlike, with a promised share of false alarms.

It is a tolerance limit that asks nothing of the scores' distribution (Wilks, "Determination of Sample Sizes for Setting
Tolerance Limits", 1941): the share of all rows above the k-th largest of n scores has a beta distribution.
"""

import math

import numpy as np
from numpy.typing import ArrayLike
from scipy import stats

from bert_keras.checks import message, number


def false_alarm_threshold(scores: ArrayLike, share: float, assurance: float = 0.9) -> float | None:
    """The lowest of the scores above which lies `share` of all rows that come from where these came from, at most.

    The plain quantile breaks that on about every second set of other rows; this one on one of ten, at an assurance of
    0.9. What gives the scores must not have been fitted to these rows.

    Args:
        scores: numbers [rows]; the higher, the less alike.
        share: of false alarms that is promised, above 0 and below 1.
        assurance: how sure the promise is, above 0 and below 1.

    Returns:
        One of the scores; None where the rows are too few, of which `rows_for_false_alarms` tells how many it takes.

    Raises:
        ValueError: for other shapes or values, or no rows.
    """
    scores = np.asarray(scores, "float64")
    if scores.ndim != 1 or not len(scores) or not np.isfinite(scores).all():
        raise ValueError(message("scores", "be finite numbers [rows], one at least", scores))
    for name, value in {"share": share, "assurance": assurance}.items():
        number(name, value, 1e-6, 1 - 1e-6)
    ranks = np.arange(1, len(scores) + 1)  # 1 is the largest
    kept = stats.beta.cdf(share, ranks, len(scores) + 1 - ranks) >= assurance
    return float(np.sort(scores)[-int(kept.sum())]) if kept[0] else None


def rows_for_false_alarms(share: float, assurance: float = 0.9) -> int:
    """How many rows `false_alarm_threshold` takes at least: 45 for a share of 0.05 at an assurance of 0.9."""
    return math.ceil(math.log1p(-assurance) / math.log1p(-share))
