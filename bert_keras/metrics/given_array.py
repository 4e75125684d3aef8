"""`given_array`: what a caller of a metric handed over, as an array, and the rules that it must keep."""

import warnings
from collections.abc import Iterable
from typing import Any

import numpy as np

from bert_keras.checks import message

_LARGEST = 1e300  # so that sums over rows stay finite in float64


def given_array(name: str, values: Any) -> np.ndarray:
    """The array that an argument is, of any kind.

    Raises:
        ValueError: for rows of several lengths, and whatever else is no array.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            return np.asarray(values)
    except Exception:  # objects may fail in any way when NumPy asks what they hold
        must = "be an array, or a list of numbers, or of rows of one length"
        raise ValueError(message(name, must, values)) from None


def given_numbers(name: str, values: Any) -> np.ndarray:
    """As `given_array`, as float64; they are finite.

    Raises:
        TypeError: for anything but numbers.
        ValueError: for nan, infinity and numbers beyond 1e300.
    """
    array = given_array(name, values)
    if array.dtype.kind not in "iufb":
        raise TypeError(message(name, "be numbers", array.dtype.name))
    array = array.astype("float64")
    finite(name, array)
    return array


def is_iterable(values: Any) -> bool:
    """Whether one can go through what was handed over; through an array without axes one cannot."""
    return isinstance(values, Iterable) and getattr(values, "ndim", 1) != 0


def finite(name: str, values: np.ndarray) -> None:
    """Raises TypeError for anything but numbers, ValueError for the first that is not finite or is beyond 1e300."""
    if values.dtype.kind not in "iuf":
        raise TypeError(message(name, "be numbers", values.dtype.name))
    is_finite = np.abs(values.astype(np.float64)) <= _LARGEST  # nan is not
    if not is_finite.all():
        row = int(np.argmin(is_finite))
        must = f"be finite numbers of at most {_LARGEST:g} in size"
        raise ValueError(message(name, must, float(values.flat[row]), f"It stands in row {row}."))
