"""`class_scores`: precision, recall and F1 of each class, as scikit-learn's `precision_recall_fscore_support`."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from bert_keras.checks import integer, message
from bert_keras.metrics.given_array import given_array

_MOST_CLASSES, _MOST_CELLS = 1 << 20, 1 << 15  # a matrix of these has 8 GiB


class ClassScores(NamedTuple):
    """Scores by class; 0.0 where nothing is there to divide by.

    Args:
        precision: float64 [classes], of the rows that were given a class the share that has it.
        recall: float64 [classes], of the rows that have a class the share that was given it.
        f1: float64 [classes], the harmonic mean of the two.
        support: int64 [classes], the rows that have a class.
    """

    precision: np.ndarray
    recall: np.ndarray
    f1: np.ndarray
    support: np.ndarray


def class_scores(predictions: ArrayLike, labels: ArrayLike, num_classes: int) -> ClassScores:
    """The scores of each class.

    Args:
        predictions: integers [rows], the predicted classes; or with several labels 0 and 1 [rows, classes].
        labels: the same of the true ones.
        num_classes: how many classes there are; those that do not occur have scores of 0.

    Raises:
        ValueError: for other shapes, no rows, or classes that are not from 0 to `num_classes` - 1.

    >>> class_scores([0, 1, 1], [0, 1, 0], 2).precision
    array([1. , 0.5])
    """
    predictions, labels = _indicators(predictions, labels, num_classes)
    return scores_of_counts((predictions & labels).sum(axis=0), predictions.sum(axis=0), labels.sum(axis=0))


def scores_of_counts(right: ArrayLike, predicted: ArrayLike, true: ArrayLike) -> ClassScores:
    """The scores by counts, int [..., classes] each.

    Args:
        right: what was given a class and has it.
        predicted: what was given a class.
        true: what has a class.
    """
    right, predicted, true = (np.asarray(counts, "float64") for counts in (right, predicted, true))
    precision, recall = (right / np.maximum(counts, 1.0) for counts in (predicted, true))
    f1 = 2.0 * right / np.maximum(predicted + true, 1.0)
    return ClassScores(precision, recall, f1, true.astype("int64"))


def confusion_matrix(predictions: ArrayLike, labels: ArrayLike, num_classes: int) -> np.ndarray:
    """int64 [classes, classes]: how many rows of the class of a row were given the class of a column.

    Args:
        predictions, labels: integers [rows].
        num_classes: how many classes there are, at most 32,768.

    >>> confusion_matrix([0, 1, 1], [0, 1, 0], 2).tolist()
    [[1, 1], [0, 1]]
    """
    integer("num_classes", num_classes, 1, _MOST_CELLS)
    predictions, labels = _classes(predictions, labels, num_classes)
    cells = np.bincount(labels * num_classes + predictions, minlength=num_classes**2)
    return cells.reshape(num_classes, num_classes)


def _classes(predictions: ArrayLike, labels: ArrayLike, num_classes: int) -> tuple[np.ndarray, np.ndarray]:
    integer("num_classes", num_classes, 1, _MOST_CLASSES)
    pair = {"predictions": given_array("predictions", predictions), "labels": given_array("labels", labels)}
    for name, values in pair.items():
        if values.ndim != 1 or values.dtype.kind not in "iub" or not len(values):
            raise ValueError(message(name, "be integers [rows], numbers of classes", values))
        if values.min() < 0 or values.max() >= num_classes:
            raise ValueError(message(name, f"lie between 0 and {num_classes - 1}, the classes", values))
    _same_shape(*pair.values())
    return tuple(values.astype("int64") for values in pair.values())


def _indicators(predictions: ArrayLike, labels: ArrayLike, num_classes: int) -> tuple[np.ndarray, np.ndarray]:
    """bool [rows, classes] of both."""
    integer("num_classes", num_classes, 1, _MOST_CLASSES)
    if given_array("labels", labels).ndim == 1:
        classes = np.arange(num_classes)
        return tuple(values[:, None] == classes for values in _classes(predictions, labels, num_classes))
    pair = {"predictions": given_array("predictions", predictions), "labels": given_array("labels", labels)}
    for name, values in pair.items():
        is_right = values.ndim == 2 and values.shape[1] == num_classes and len(values) and values.dtype.kind in "iufb"
        if not is_right or not np.isin(values, (0, 1)).all():
            raise ValueError(message(name, f"be 0 and 1 [rows, {num_classes}], one row or more", values))
    _same_shape(*pair.values())
    return tuple(values.astype(bool) for values in pair.values())


def _same_shape(predictions: np.ndarray, labels: np.ndarray) -> None:
    if predictions.shape != labels.shape:
        raise ValueError(message("predictions", f"have the shape of `labels`, {labels.shape}", predictions.shape))
