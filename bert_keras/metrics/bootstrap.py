"""`bootstrap`: how sure a score is, by drawing the rows that it was measured on again and again.

The percentile interval of Efron, "Bootstrap Methods: Another Look at the Jackknife" (Annals of Statistics, 1979).
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from bert_keras.checks import integer, message, number

SAMPLES = 1000
CONFIDENCE = 0.95


def bootstrap(
    statistic: Callable[[np.ndarray], ArrayLike],
    rows: int,
    *,
    samples: int = SAMPLES,
    confidence: float = CONFIDENCE,
    seed: int = 0,
) -> tuple[np.ndarray, np.ndarray]:
    """The lower and the upper end of the interval that holds a statistic in `confidence` of the samples.

    Each sample is as many rows as there are, drawn with replacement.

    Args:
        statistic: called with int64 [rows], the numbers of the rows drawn; gives a number, or numbers of one shape. NaN
            where a sample has no value, as the recall of a class without rows: that sample is left out.
        rows: how many there are.
        samples: how often they are drawn.
        confidence: the share of the samples that lies between the two ends, in (0, 1).
        seed: of the draw: the same interval in every run.

    Returns:
        Two float64 arrays of the statistic's shape; NaN where it has no value in any sample.

    Raises:
        TypeError, ValueError: for numbers outside these ranges.

    >>> right = np.array([1, 1, 1, 0])
    >>> low, high = bootstrap(lambda drawn: right[drawn].mean(), rows=4)
    """
    integer("rows", rows, 1)
    integer("samples", samples, 1)
    if not 0 < number("confidence", confidence) < 1:
        raise ValueError(message("confidence", "lie between 0 and 1, both left out", confidence))
    random = np.random.default_rng(integer("seed", seed, 0))
    drawn = [statistic(random.integers(rows, size=rows)) for _ in range(samples)]
    values = np.sort(np.asarray(drawn, "float64"), axis=0)  # NaN stand at the end
    tail = (1.0 - confidence) / 2.0
    return _quantile(values, tail), _quantile(values, 1.0 - tail)


def _quantile(values: np.ndarray, share: float) -> np.ndarray:
    """As `np.nanquantile` over the first axis of sorted values, which warns where all are NaN."""
    last = np.count_nonzero(~np.isnan(values), axis=0) - 1
    place = np.maximum(last, 0) * share
    below, above = (np.take_along_axis(values, end(place).astype(int)[None], 0)[0] for end in (np.floor, np.ceil))
    return below + (above - below) * (place - np.floor(place))
