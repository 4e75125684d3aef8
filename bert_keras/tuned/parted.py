"""`parted`: how well vectors part classes as they are, by cross-validated logistic regressions."""

import numpy as np

from bert_keras.data.folds import folds
from bert_keras.tuned.logistic_regression import logistic_regression

_FOLDS = 5  # or as many as the rarest class has groups


def parted(
    vectors: np.ndarray,
    labels: np.ndarray,
    groups: np.ndarray,
    weights: np.ndarray | None = None,
) -> float:
    """The share of rows that are given their own class by a regression that did not see them, above chance.

    It is 1 where all are, and 0 where no more are than by naming the most frequent class each time; it may be below 0.
    Where a class has one group alone, nothing can be said, and it is 0.

    Args:
        vectors: [rows, size], of a length of about 1.
        labels: int [rows], from 0; each class is there.
        groups: int [rows], equal where rows are the same text, which would vouch for each other.
        weights: [rows], how much each counts in the fits; 1 each if None.
    """
    labels = np.asarray(labels)
    counts = np.bincount(labels)
    count = min(_FOLDS, *(len(np.unique(groups[labels == number])) for number in range(len(counts))))
    if count < 2:
        return 0.0
    fold_of = folds(labels, groups, count)
    right = np.zeros(len(labels), bool)
    for fold in range(count):
        held, rest = fold_of == fold, fold_of != fold
        own = None if weights is None else weights[rest]
        kernel, bias = logistic_regression(vectors[rest], labels[rest], len(counts), weights=own)
        right[held] = (vectors[held] @ kernel + bias).argmax(axis=1) == labels[held]
    chance = counts.max() / len(labels)
    return float((right.mean() - chance) / (1.0 - chance))
