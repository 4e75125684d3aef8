"""`paired_difference`: how much better one way to train is than another, from scores of the same seeds.

Scores of two runs with one seed are a pair: their rows and the order of their batches are the same. Student's interval
of the mean of such differences (Student, "The Probable Error of a Mean", Biometrika, 1908) holds with few pairs, where
drawing them again and again does not: of three values a bootstrap knows no others.
"""

import dataclasses
import math
from collections.abc import Sequence

import numpy as np
from scipy import special

from bert_keras.checks import integer, message, number

CONFIDENCE = 0.95
# Scores are no normal numbers: they have steps, ends and tails. An interval that is worked out for 96.5 % held the
# truth in 95 % and more of the comparisons of each form of score that benchmarks/null_comparisons.py tries.
_SLACK = 0.7  # of the share that lies outside


@dataclasses.dataclass(frozen=True)
class PairedDifference:
    """A mean difference and the interval that it lies in.

    Args:
        name, against: whose scores, and whose are taken from them.
        mean: of the differences; NaN without a pair.
        low, high: the ends of the interval; infinite with one pair.
        pairs: how many differences.
        comparisons: of how many, made at once, the interval holds true together (Bonferroni).
        wide_low, wide_high: the ends of the interval for other rows, too, and not for other seeds alone; NaN where it
            is not known what other rows would change.
    """

    name: str
    against: str
    mean: float
    low: float
    high: float
    pairs: int
    comparisons: int = 1
    wide_low: float = math.nan
    wide_high: float = math.nan

    @property
    def holds_zero(self) -> bool:
        """Whether the interval says nothing of which is better."""
        return not (self.low > 0 or self.high < 0)

    @property
    def wide_holds_zero(self) -> bool:
        """Whether that for other rows, too, says nothing of it; so does one that is not known."""
        return not (self.wide_low > 0 or self.wide_high < 0)


def paired_difference(
    names: tuple[str, str],
    scores: Sequence[float],
    others: Sequence[float],
    *,
    step: float = 0.0,
    comparisons: int = 1,
    confidence: float = CONFIDENCE,
    row_deviation: float = math.nan,
) -> PairedDifference:
    """The mean of `scores - others`, and its interval; with `row_deviation` a second one, for other rows, too.

    The second adds the variance by rows to that by seeds, each of which holds what is of neither: it is wide rather
    than narrow. Its degrees of freedom are Satterthwaite's (Biometrics Bulletin, 1946).

    Args:
        names: whose scores, and whose are taken from them.
        scores, others: float [seeds], NaN where a run has none: that pair is left out.
        step: what one row is worth: 1 / rows of an accuracy. Seeds that differ by less than that cannot be told apart,
            so that equal differences are no proof that there is no chance in them.
        comparisons: how many are made at once. The share of errors is divided by it, so that all their intervals
            together hold the truth as often as one alone would.
        confidence: how often they do, in (0, 1).
        row_deviation: the standard deviation, by rows, of the mean difference; NaN where it is not known.

    Raises:
        TypeError, ValueError: for numbers outside of these ranges, or lists that are not of one length.

    >>> paired_difference(("low", "high"), [0.80, 0.82, 0.81], [0.70, 0.74, 0.71])
    PairedDifference(name='low', against='high', mean=0.09333..., low=0.065..., high=0.121..., pairs=3, comparisons=1)
    """
    scores, others = (np.asarray(values, "float64") for values in (scores, others))
    if scores.ndim != 1 or scores.shape != others.shape:
        raise ValueError(message("others", f"be as many as the scores, {scores.shape}", others.shape))
    integer("comparisons", comparisons, 1)
    number("step", step, 0.0)
    if not 0 < number("confidence", confidence) < 1:
        raise ValueError(message("confidence", "lie between 0 and 1, both left out", confidence))
    found = scores - others
    found = found[np.isfinite(found)]
    pairs = len(found)
    if not pairs:
        return PairedDifference(*names, math.nan, -math.inf, math.inf, 0, comparisons)
    mean = float(found.mean())
    half = math.inf
    if pairs > 1:
        variance = float(found.var(ddof=1)) + step**2 / 4
        half = _quantile(pairs - 1, comparisons, confidence) * math.sqrt(variance / pairs)
    found = PairedDifference(*names, mean, mean - half, mean + half, pairs, comparisons)
    if pairs == 1 or math.isnan(row_deviation):
        return found
    by_seeds, by_rows = variance / pairs, row_deviation**2
    freedom = (pairs - 1) * ((by_seeds + by_rows) / by_seeds) ** 2 if by_seeds else math.inf
    wide = _quantile(freedom, comparisons, confidence) * math.sqrt(by_seeds + by_rows)
    return dataclasses.replace(found, wide_low=mean - wide, wide_high=mean + wide)


def _quantile(freedom: float, comparisons: int, confidence: float) -> float:
    """How many standard errors the end of an interval is away from the mean."""
    share = 1.0 - _SLACK * (1.0 - confidence) / comparisons / 2.0
    return float(special.ndtri(share) if math.isinf(freedom) else special.stdtrit(freedom, share))
