"""`is_missing`: whether a cell of a table holds nothing."""

from typing import Any


def is_missing(value: Any) -> bool:
    """Whether a cell is None, or the NaN, NaT or NA of Python, NumPy, pandas or decimal."""
    if value is None:
        return True
    try:
        return bool(value != value)  # NaN and NaT are not even themselves
    except (TypeError, ValueError):  # an array; pandas' NA, which is neither true nor false
        return type(value).__name__ == "NAType"
