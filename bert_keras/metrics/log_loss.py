"""`log_loss`: of logits, and whether logits and labels tell how sure is too sure."""

import numpy as np
from numpy.typing import ArrayLike

from bert_keras.checks import message
from bert_keras.metrics.given_array import given_array


def log_loss(logits: np.ndarray, labels: np.ndarray) -> float:
    """The mean over rows, or over all labels of all rows, of -log of the probability of what is so.

    Args:
        logits: float64 [rows, classes].
        labels: int [rows]; or 0 and 1 [rows, classes].
    """
    if labels.ndim == 2:
        return float(np.logaddexp(0.0, np.where(labels == 1, -logits, logits)).mean())
    return float((np.logaddexp.reduce(logits, axis=1) - logits[np.arange(len(labels)), labels]).mean())


def tellable(logits: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    """float64 and int64, checked; ValueError where these rows do not tell a temperature, as `temperature` says."""
    logits, labels = _checked(logits, labels)
    if _all_right(logits, labels):
        advice = "Where nothing is wrong, nothing says how sure is too sure: pass more rows, or harder ones."
        raise ValueError(message("labels", "differ from what the logits say in some rows", "none that differs", advice))
    if _slope_at_zero(logits, labels) >= 0:
        advice = "The logits say no more of them than chance: look at the model's scores before its confidence."
        raise ValueError(message("labels", "go with the logits", "labels that do not", advice))
    return logits, labels


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
