"""`Measured`: a score with the interval that it lies in."""

import dataclasses
import math
from collections.abc import Callable, Sequence

import numpy as np

from bert_keras.metrics.bootstrap import bootstrap

SEED = 0  # of the bootstrap, so that a report can be made again


@dataclasses.dataclass(frozen=True)
class Measured:
    """A score.

    Args:
        name: as `bk.evaluate` calls it.
        value: of all rows.
        low, high: the ends of its 95 % interval; NaN where there is none.
        top: the best value: 1, or 100 for percent; None where there is no such value.
    """

    name: str
    value: float
    low: float = math.nan
    high: float = math.nan
    top: float | None = 1.0


def measured(
    names: Sequence[str], statistic: Callable[[np.ndarray], Sequence[float]], rows: int, top: float | None = 1.0
) -> list[Measured]:
    """Scores of all rows, with intervals by drawing rows.

    Args:
        names: of the scores.
        statistic: from int [rows], numbers of rows, to as many numbers as there are names.
        rows: how many there are.
        top: the best value.
    """
    values = np.asarray(statistic(np.arange(rows)), "float64")
    low, high = bootstrap(statistic, rows, seed=SEED)
    columns = zip(names, values.tolist(), low.tolist(), high.tolist(), strict=True)
    return [Measured(*column, top) for column in columns]
