"""`temperature`: the number that logits are divided by so that their probabilities say how often they are right.

Temperature scaling is of Guo, Pleiss, Sun and Weinberger, "On Calibration of Modern Neural Networks" (ICML 2017).
"""

import numpy as np
from numpy.typing import ArrayLike
from scipy import optimize, special

from bert_keras.checks import message
from bert_keras.metrics.given_array import given_array

_WIDEST = np.log(1000.0)  # temperatures from 1/1000 to 1000 are looked at


def temperature(logits: ArrayLike, labels: ArrayLike) -> float:
    """The temperature with the least log loss on rows that the model was not trained on.

    Above 1 the model is too sure of itself, below 1 it is less sure than it could be. Which class has the most, or
    which label has half or more, stays as it is.

    Args:
        logits: numbers [rows, classes].
        labels: classes, int [rows], of which a row has one; or 0 and 1 [rows, classes], where it has any number.

    Raises:
        ValueError: for other shapes or values; where every row is right, as then no temperature is low enough; and
            where the logits say less of the labels than chance, as then none is high enough.

    >>> logits = [[4.0, 0.0], [4.0, 0.0], [4.0, 0.0], [4.0, 0.0]]  # 98 % sure, and right in three of four
    >>> round(temperature(logits, [0, 0, 0, 1]), 2)  # so that it says 75 %
    3.64
    """
    logits, labels = _checked(logits, labels)
    if _all_right(logits, labels):
        advice = "Where nothing is wrong, nothing says how sure is too sure: pass more rows, or harder ones."
        raise ValueError(message("labels", "differ from what the logits say in some rows", "none that differs", advice))
    if _slope_at_zero(logits, labels) >= 0:
        advice = "The logits say no more of them than chance: look at the model's scores before its confidence."
        raise ValueError(message("labels", "go with the logits", "labels that do not", advice))
    # The loss is convex in the factor 1 / temperature, so it has one valley in the factor's logarithm, too.
    found = optimize.minimize_scalar(
        lambda log_factor: log_loss(logits * np.exp(log_factor), labels),
        bounds=(-_WIDEST, _WIDEST),
        method="bounded",
        options={"xatol": 1e-7},
    )
    return float(np.exp(-found.x))


def log_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """The mean over rows, or over all labels of all rows, of -log of the probability of what is so.

    Args:
        logits: float64 [rows, classes].
        labels: int [rows]; or 0 and 1 [rows, classes].
    """
    if labels.ndim == 2:
        return float(-special.log_expit(np.where(labels == 1, logits, -logits)).mean())
    return float(-special.log_softmax(logits, axis=-1)[np.arange(len(labels)), labels].mean())


def _checked(logits: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    logits, labels = given_array("logits", logits), given_array("labels", labels)
    if logits.ndim != 2 or not len(logits) or logits.dtype.kind not in "iuf" or not np.isfinite(logits).all():
        raise ValueError(message("logits", "be finite numbers [rows, classes], of one row or more", logits))
    rows, classes = logits.shape
    if labels.dtype.kind not in "iub" or labels.shape not in ((rows,), (rows, classes)):
        raise ValueError(message("labels", f"be int [{rows}], or 0 and 1 [{rows}, {classes}]", labels))
    most = 1 if labels.ndim == 2 else classes - 1
    if not ((labels >= 0) & (labels <= most)).all():
        raise ValueError(message("labels", f"be from 0 to {most}", labels))
    if labels.ndim == 1 and classes == 1:
        raise ValueError(message("logits", "have two columns or more where a row has one class", list(logits.shape)))
    return logits.astype("float64"), labels.astype("int64")


def _all_right(logits: np.ndarray, labels: np.ndarray) -> bool:
    if labels.ndim == 2:
        return bool((np.where(labels == 1, logits, -logits) >= 0).all())
    return bool((logits[np.arange(len(labels)), labels] >= logits.max(axis=1)).all())


def _slope_at_zero(logits: np.ndarray, labels: np.ndarray) -> float:
    """How the loss changes with the factor where that is 0, which is where all classes are as likely."""
    if labels.ndim == 2:
        return float((logits * (0.5 - labels)).mean())
    return float((logits.mean(axis=1) - logits[np.arange(len(labels)), labels]).mean())
