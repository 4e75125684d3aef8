"""`confused_classes`: pairs of classes that are taken for each other by models that did not see the rows."""

import dataclasses
from collections.abc import Sequence

import numpy as np

from bert_keras.metrics.class_scores import confusion_matrix


@dataclasses.dataclass(frozen=True)
class ConfusedClasses:
    """Two classes, both ways.

    Args:
        first, second: their names; more rows of the first are taken for the second than the other way round.
        first_as_second, second_as_first: rows.
        share: of the rows of both, those that are taken for the other.
    """

    first: str
    second: str
    first_as_second: int
    second_as_first: int
    share: float


def confused_classes(predictions: np.ndarray, labels: np.ndarray, label_names: Sequence[str]) -> list[ConfusedClasses]:
    """The pairs of classes of which any row is taken for the other, the most confused first.

    Args:
        predictions: int [rows], by models that did not see them.
        labels: int [rows].
        label_names: by number.
    """
    matrix = confusion_matrix(predictions, labels, len(label_names))
    support = matrix.sum(axis=1)
    pairs = []
    for first in range(len(label_names)):
        for second in range(first + 1, len(label_names)):
            one, other = (first, second) if matrix[first, second] >= matrix[second, first] else (second, first)
            there, back = int(matrix[one, other]), int(matrix[other, one])
            if there:
                share = (there + back) / int(support[first] + support[second])
                pairs.append(ConfusedClasses(label_names[one], label_names[other], there, back, share))
    return sorted(pairs, key=lambda pair: -pair.share)
