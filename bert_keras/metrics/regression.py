"""How far predicted numbers lie from the true ones: plain functions of (predictions, labels), as in scikit-learn."""

import numpy as np
from numpy.typing import ArrayLike

from bert_keras.checks import message
from bert_keras.metrics.given_array import given_numbers


def mean_absolute_error(predictions: ArrayLike, labels: ArrayLike) -> float:
    """The mean distance, in the labels' unit. Arguments are finite numbers [rows], one row or more.

    >>> mean_absolute_error([1.0, 3.0], [2.0, 3.0])
    0.5
    """
    return float(np.mean(np.abs(_errors(predictions, labels))))


def root_mean_squared_error(predictions: ArrayLike, labels: ArrayLike) -> float:
    """The square root of the mean squared distance, in the labels' unit. Arguments as for `mean_absolute_error`."""
    return float(np.sqrt(np.mean(_errors(predictions, labels) ** 2)))


def r2(predictions: ArrayLike, labels: ArrayLike) -> float:
    """The share of the labels' variance that predictions explain, at most 1; 0.0 where labels do not vary.

    Arguments as for `mean_absolute_error`.
    """
    errors, labels = _errors(predictions, labels), given_numbers("labels", labels)
    spread = np.sum((labels - labels.mean()) ** 2)
    return float(1.0 - np.sum(errors**2) / spread) if spread else 0.0


def _errors(predictions: ArrayLike, labels: ArrayLike) -> np.ndarray:
    predictions, labels = given_numbers("predictions", predictions), given_numbers("labels", labels)
    if labels.ndim != 1 or not len(labels):
        raise ValueError(message("labels", "be numbers [rows], one row or more", labels))
    if predictions.shape != labels.shape:
        raise ValueError(message("predictions", f"have the shape of `labels`, {labels.shape}", predictions.shape))
    return predictions - labels
