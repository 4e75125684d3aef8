"""`GivenAnswers`: what a model says of rows, with what is right: by it is known whether it has learned."""

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class GivenAnswers:
    """A model's answers.

    Args:
        given: [rows], or of tags [words].
        labels: what is right, as `statistic` takes it.
        statistic: from answers and labels to a score.
        are_rows: whether each answer is of a row that was drawn by itself, as words of one sentence are not.
        is_slow: whether the statistic takes seconds.
    """

    given: np.ndarray
    labels: Any
    statistic: Callable[[np.ndarray, Any], float]
    are_rows: bool = False
    is_slow: bool = False
