"""`label_thresholds`: below which probabilities a classifier does not say what it would."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.features import MULTI_LABEL, REGRESSION


def label_thresholds(abstain_below: Any, labels: Sequence[str] | None, problem_type: str) -> np.ndarray | None:
    """float32 [labels], by label the least probability with which it is said; None where all is said.

    Args:
        abstain_below: a number in [0, 1] for all labels; of several labels also numbers by label, as a dict, where
            labels that are not named are always said, or as a list, with None for a label that is never said.
        labels, problem_type: of the model.

    Raises:
        TypeError, ValueError: for what is no such thing, labels that there are not, and models of numbers.
    """
    if abstain_below is None:
        return None
    if problem_type == REGRESSION or labels is None:
        raise ValueError(checks.message("abstain_below", "be None for a model of numbers", abstain_below))
    if problem_type != MULTI_LABEL or isinstance(abstain_below, (int, float)):
        return np.full(len(labels), checks.number("abstain_below", abstain_below, 0.0, 1.0), "float32")
    if isinstance(abstain_below, Mapping):
        for name in abstain_below:
            checks.one_of("abstain_below", name, labels)
        abstain_below = [abstain_below.get(name, 0.0) for name in labels]
    if not isinstance(abstain_below, (list, tuple)) or len(abstain_below) != len(labels):
        must = f"be a number, numbers by label, or a list of {len(labels)}, one for each label"
        raise ValueError(checks.message("abstain_below", must, abstain_below))
    least = [np.inf if own is None else checks.number("abstain_below", own, 0.0, 1.0) for own in abstain_below]
    return np.array(least, "float32")
