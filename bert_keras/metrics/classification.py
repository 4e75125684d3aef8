"""Metrics of classification and regression: plain functions of (predictions, labels), named as in scikit-learn.

The numbers are those of scikit-learn and scipy, which take a second to import. Where these two warn or answer NaN there
is a number here, so that a model that always says the same does not stop an evaluation.
"""

from collections.abc import Callable, Iterable

import numpy as np
from numpy.typing import ArrayLike

from bert_keras.checks import message, one_of
from bert_keras.metrics.given_array import finite, given_array, is_iterable


def accuracy(predictions: ArrayLike, labels: ArrayLike) -> float:
    """The fraction of rows whose predicted class is the label's.

    Args:
        predictions: integers [rows], the predicted classes.
        labels: integers [rows], the true classes.

    Raises:
        TypeError: for anything but integers.
        ValueError: for other shapes, no rows, or negative class numbers.

    >>> accuracy([0, 1, 1, 0], [0, 1, 0, 0])
    0.75
    """
    predictions, labels = _classes(predictions, labels)
    return float(np.mean(predictions == labels))


def f1(predictions: ArrayLike, labels: ArrayLike) -> float:
    """F1 of class 1, the positive one, in a task of two classes; 0.0 where class 1 occurs in neither.

    Args:
        predictions, labels: 0 and 1 [rows].

    >>> f1([1, 1, 0, 0], [1, 0, 1, 0])
    0.5
    """
    return _binary_f1(*_classes(predictions, labels, _zeros_and_ones))


def matthews_corrcoef(predictions: ArrayLike, labels: ArrayLike) -> float:
    """Matthews' correlation of two or more classes, in [-1, 1]; 0.0 where predictions or labels are all one class.

    Args:
        predictions: integers [rows], the predicted classes.
        labels: integers [rows], the true classes.
    """
    predictions, labels = _classes(predictions, labels)
    if _constant(predictions) or _constant(labels):
        return 0.0
    predicted, true = _class_counts(predictions, labels)
    rows = float(len(labels))
    together = np.sum(predictions == labels) * rows - predicted @ true
    return float(together / np.sqrt((rows**2 - predicted @ predicted) * (rows**2 - true @ true)))


def pearson(predictions: ArrayLike, labels: ArrayLike) -> float:
    """Pearson's correlation, in [-1, 1]; 0.0 where predictions or labels do not vary.

    Args:
        predictions, labels: numbers [rows].

    Raises:
        TypeError: for anything but numbers.
        ValueError: for other shapes, no rows, or numbers that are not finite (or beyond 1e300).
    """
    return _correlation(*_numbers(predictions, labels))


def spearman(predictions: ArrayLike, labels: ArrayLike) -> float:
    """Spearman's rank correlation, in [-1, 1]; equal values share their mean rank. 0.0 and errors as in `pearson`.

    Args:
        predictions, labels: numbers [rows].
    """
    return _correlation(*map(_ranks, _numbers(predictions, labels)))


def f1_micro(predictions: ArrayLike, labels: ArrayLike) -> float:
    """F1 over all decisions of a multi-label task taken together; 0.0 where nothing is predicted and nothing is true.

    Args:
        predictions, labels: 0 and 1 [rows, classes].
    """
    predictions, labels = _several_classes(predictions, labels)
    # Flattened, the micro average is the binary F1. scikit-learn would read one column as a task of two classes.
    return _binary_f1(predictions.ravel(), labels.ravel())


def f1_macro(predictions: ArrayLike, labels: ArrayLike) -> float:
    """The mean over classes of each class's F1.

    With several labels a row a class that occurs in neither counts 0.0; with one class a row such a class is none.

    Args:
        predictions: integers [rows], the predicted classes; or with several labels 0 and 1 [rows, classes].
        labels: the same of the true ones.
    """
    if given_array("predictions", predictions).ndim == 1:
        predictions, labels = _classes(predictions, labels)
        predicted, true = _class_counts(predictions, labels)
        right = _class_counts(predictions[predictions == labels], predictions, labels)[0]
        return float(np.mean(2.0 * right / (predicted + true)))
    predictions, labels = _several_classes(predictions, labels)
    return float(np.mean([_binary_f1(*columns) for columns in zip(predictions.T, labels.T, strict=True)]))


def subset_accuracy(predictions: ArrayLike, labels: ArrayLike) -> float:
    """The fraction of rows of a multi-label task in which every class is right.

    Args:
        predictions, labels: 0 and 1 [rows, classes].
    """
    predictions, labels = _several_classes(predictions, labels)
    return float(np.mean(np.all(predictions == labels, axis=1)))


_LARGEST_CLASS = np.iinfo("int64").max
_METRICS = (accuracy, f1, matthews_corrcoef, pearson, spearman, f1_micro, f1_macro, subset_accuracy)
METRICS: dict[str, Callable[[ArrayLike, ArrayLike], float]] = {metric.__name__: metric for metric in _METRICS}


def score(metric_names: Iterable[str], predictions: ArrayLike, labels: ArrayLike) -> dict[str, float]:
    """The named metrics, in the order given.

    >>> score(["accuracy", "f1"], [1, 1, 0, 0], [1, 0, 1, 0])
    {'accuracy': 0.5, 'f1': 0.5}
    """
    if isinstance(metric_names, str):
        advice = f"Pass [{metric_names!r}] for one metric."
        raise TypeError(message("metric_names", "be a list of names", metric_names, advice))
    if not is_iterable(metric_names):
        raise TypeError(message("metric_names", "be a list of names", metric_names))
    names = [one_of("metric_names", name, METRICS) for name in metric_names]
    return {name: METRICS[name](predictions, labels) for name in names}


def _binary_f1(predictions: np.ndarray, labels: np.ndarray) -> float:
    said = int(np.sum(predictions)) + int(np.sum(labels))
    return 2.0 * int(np.sum(predictions * labels)) / said if said else 0.0


def _class_counts(*columns: np.ndarray) -> list[np.ndarray]:
    """float64 [classes] for each column: how often each class that occurs in any of them does."""
    places = np.unique(np.concatenate(columns), return_inverse=True)[1]
    classes, ends = int(places.max()) + 1, np.cumsum([len(column) for column in columns])
    return [np.bincount(part, minlength=classes).astype("float64") for part in np.split(places, ends[:-1])]


def _ranks(values: np.ndarray) -> np.ndarray:
    """float64 [rows]: the rank of each value; equal ones share the mean of theirs."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2.0)[places]


def _correlation(predictions: np.ndarray, labels: np.ndarray) -> float:
    if _constant(predictions) or _constant(labels):
        return 0.0
    return float(np.clip(_direction(predictions) @ _direction(labels), -1.0, 1.0))


def _direction(values: np.ndarray) -> np.ndarray:
    """float64 [rows]: what is above and below the mean, as a vector of length 1."""
    around = values - np.mean(values)
    around /= np.max(np.abs(around))  # or squares of large numbers are infinite
    return around / np.linalg.norm(around)


def _numbers(predictions: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    return _arrays(predictions, labels, ("rows",), "float64", finite)


def _constant(values: np.ndarray) -> bool:
    return bool(np.all(values == values[0]))


def _classes(predictions: ArrayLike, labels: ArrayLike, *more: Callable) -> tuple[np.ndarray, np.ndarray]:
    return _arrays(predictions, labels, ("rows",), "int64", _integers, _class_numbers, *more)


def _several_classes(predictions: ArrayLike, labels: ArrayLike) -> tuple[np.ndarray, np.ndarray]:
    return _arrays(predictions, labels, ("rows", "classes"), "int64", _integers, _zeros_and_ones)


def _arrays(
    predictions: ArrayLike, labels: ArrayLike, axes: tuple[str, ...], dtype: str, *rules: Callable
) -> tuple[np.ndarray, np.ndarray]:
    """Both as arrays of one shape and dtype, once each has passed the rules, called with its name and values."""
    pair = {"predictions": given_array("predictions", predictions), "labels": given_array("labels", labels)}
    for name, values in pair.items():
        if values.ndim != len(axes):
            is_logits = name == "predictions" and values.ndim == len(axes) + 1
            advice = "Take the argmax of logits first." if is_logits else ""
            raise ValueError(message(name, f"have the shape [{', '.join(axes)}]", values.shape, advice))
        if not values.size:
            raise ValueError(message(name, "hold at least one row", values.shape))
    shape, wanted = (values.shape for values in pair.values())
    if shape != wanted:
        raise ValueError(message("predictions", f"have the shape of `labels`, {wanted}", shape))
    for rule in rules:
        for name, values in pair.items():
            rule(name, values)
    return tuple(values.astype(dtype) for values in pair.values())


def _integers(name: str, values: np.ndarray) -> None:
    if values.dtype.kind not in "iub":
        advice = "Take the argmax, or compare with a threshold, first." if values.dtype.kind == "f" else ""
        raise TypeError(message(name, "be integers", values.dtype.name, advice))


def _class_numbers(name: str, values: np.ndarray) -> None:
    if values.max() > _LARGEST_CLASS:
        raise ValueError(message(name, f"be class numbers of at most {_LARGEST_CLASS}", int(values.max())))
    if values.min() < 0:
        advice = "A test split of TFDS has -1 for 'no label': it cannot be scored." if name == "labels" else ""
        raise ValueError(message(name, "be class numbers of at least 0", int(values.min()), advice))


def _zeros_and_ones(name: str, values: np.ndarray) -> None:
    wrong = values[(values != 0) & (values != 1)]
    if wrong.size:
        raise ValueError(message(name, "be 0 or 1 everywhere", int(wrong[0])))
