"""Argument checks and the one grammar of errors: what must hold, what came, what to do."""

import difflib
import math
import numbers
import sys
import warnings
from collections.abc import Iterable
from typing import Any


def message(name: str, must: str, received: Any, advice: str = "") -> str:
    """The one sentence form for a bad argument.

    >>> message("seq_length", "be between 3 and 512", 600, "Pass 512.")
    '`seq_length` must be between 3 and 512. Received: seq_length=600. Pass 512.'
    """
    shown = repr(received)
    if len(shown) > 200:
        shown = shown[:200] + "…"
    return f"`{name}` must {must}. Received: {name}={shown}." + (f" {advice}" if advice else "")


def did_you_mean(name: str, known: Iterable[str], count: int = 3) -> str:
    """'Did you mean …?' with the nearest of the known names, or an empty string when nothing is near."""
    known = list(dict.fromkeys(known))
    lowered = {candidate.lower(): candidate for candidate in reversed(known)}
    near = difflib.get_close_matches(name.lower(), lowered, n=count, cutoff=0.6)
    if not near:
        return ""
    return "Did you mean " + " or ".join(f"'{lowered[match]}'" for match in near) + "?"


def one_of(name: str, value: Any, choices: Iterable[str]) -> Any:
    """Returns `value` if it is one of `choices`; raises ValueError with the nearest choice otherwise."""
    choices = list(choices)
    if value not in choices:
        advice = did_you_mean(value, choices) if isinstance(value, str) else ""
        raise ValueError(message(name, "be one of " + ", ".join(f"'{c}'" for c in choices), value, advice))
    return value


def integer(name: str, value: Any, low: int | None = None, high: int | None = None, why: str = "") -> int:
    """Returns `value` as int if it is an integer in [low, high]; TypeError or ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, numbers.Integral):
        raise TypeError(message(name, "be an integer", value))
    if (low is not None and value < low) or (high is not None and value > high):
        raise ValueError(message(name, _range("be", low, high) + (f", {why}" if why else ""), value))
    return int(value)


def number(name: str, value: Any, low: float | None = None, high: float | None = None) -> float:
    """Returns `value` as float if it is a finite number in [low, high]; TypeError or ValueError otherwise."""
    if isinstance(value, bool) or not isinstance(value, numbers.Real):
        raise TypeError(message(name, "be a number", value))
    if not math.isfinite(value) or (low is not None and value < low) or (high is not None and value > high):
        raise ValueError(message(name, _range("be a finite number", low, high), value))
    return float(value)


def boolean(name: str, value: Any) -> bool:
    """Returns `value` if it is True or False; TypeError otherwise."""
    if not isinstance(value, bool):
        raise TypeError(message(name, "be True or False", value))
    return value


def _range(verb: str, low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return verb
    if high is None:
        return f"{verb} of at least {low}" if verb != "be" else f"be at least {low}"
    if low is None:
        return f"{verb} of at most {high}" if verb != "be" else f"be at most {high}"
    return f"{verb} between {low} and {high}"


def no_tf_keras(name: str, value: Any) -> Any:
    """Returns `value` unless its class is of the old `tf_keras`; TypeError then, saying what to pass instead."""
    for parent in type(value).__mro__:
        if parent.__module__.split(".")[0] == "tf_keras":
            must = "be an object of Keras 3 (`import keras`), not of tf_keras"
            advice = f"Use keras.…{type(value).__name__}, and unset TF_USE_LEGACY_KERAS where `tf.keras` made it."
            raise TypeError(message(name, must, value, advice))
    return value


def warn(text: str) -> None:
    """Warns the user, at the line of their own code that led here."""
    depth = 2
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in ("bert_keras", "keras"):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(text, UserWarning, stacklevel=depth - 1)
