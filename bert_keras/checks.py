"""Argument checks and the one grammar of errors: what must hold, what came, what to do."""

import difflib
import functools
import inspect
import math
import numbers
import sys
import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

_SHOWN = 200  # characters
SHARES_ERROR = 1e-3  # of a row of float32 probabilities, in its sum


def message(name: str, must: str, received: Any, advice: str = "") -> str:
    """The one sentence form for a bad argument.

    >>> message("seq_length", "be between 3 and 512", 600, "Pass 512.")
    '`seq_length` must be between 3 and 512. Received: seq_length=600. Pass 512.'
    """
    return f"`{name}` must {must}. Received: {name}={shown(received)}." + (f" {advice}" if advice else "")


def shown(value: Any) -> str:
    """A value for a message: its `repr`, cut to 200 characters, or what it is where it has none.

    >>> shown([1, "a"])
    "[1, 'a']"
    """
    if type(value) in (str, bytes, list, tuple):  # of which no more is shown, however long
        value = value[:_SHOWN]
    try:
        told = repr(value)
    except Exception:  # an integer of thousands of digits, lists without end in each other, a class of the caller's
        told = f"a value of the class {type(value).__name__} that cannot be shown"
    return told[:_SHOWN] + "…" if len(told) > _SHOWN else told


def beyond_utf8(text: str) -> str | None:
    """What a text that UTF-8 cannot express must be, for `message`; None of one that it can."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        return f"be text that UTF-8 can express, and has half a surrogate pair at character {error.start}"
    return None


def is_finite(value: Any) -> bool:
    """Whether a number is finite and has a float that is."""
    try:
        return math.isfinite(value)
    except OverflowError:  # an integer beyond all floats
        return False


def did_you_mean(name: str, known: Iterable[str], count: int = 3) -> str:
    """'Did you mean …?' with the nearest of the known names, or an empty string when nothing is near."""
    known = list(dict.fromkeys(known))
    lowered = {candidate.lower(): candidate for candidate in reversed(known)}
    near = difflib.get_close_matches(name.lower(), lowered, n=count, cutoff=0.6)
    if not near:
        return ""
    return "Did you mean " + " or ".join(f"'{lowered[match]}'" for match in near) + "?"


def one_of(name: str, value: Any, choices: Iterable[str], foreign: Mapping[str, str] | None = None) -> Any:
    """Returns `value` if it is one of `choices`; raises ValueError with the nearest choice otherwise.

    `foreign` has, by what other libraries call a value, what to do here.
    """
    choices = list(choices)
    if not isinstance(value, str) or value not in choices:
        advice = ""
        if isinstance(value, str):
            known = (foreign or {}).get(value, "")
            advice = f"{known[:1].upper()}{known[1:]}." if known else did_you_mean(value, choices)
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
    if not is_finite(value) or (low is not None and value < low) or (high is not None and value > high):
        raise ValueError(message(name, _range("be a finite number", low, high), value))
    return float(value)


def text(name: str, value: Any) -> str:
    """Returns `value` if it is a str; TypeError otherwise."""
    if not isinstance(value, str):
        raise TypeError(message(name, "be a str", value))
    return value


def boolean(name: str, value: Any) -> bool:
    """Returns `value` if it is True or False; TypeError otherwise."""
    if not isinstance(value, bool):
        raise TypeError(message(name, "be True or False", value))
    return value


def class_numbers(name: str, values: Any, num_classes: int, where: Callable[[int], str] | None = None) -> None:
    """Raises ValueError, naming the first row at fault, unless an array of labels holds class numbers.

    Args:
        name: what the caller calls the labels.
        values: a NumPy array; it must be integers [rows] or [rows, 1] from 0 to num_classes - 1.
        num_classes: how many classes there are.
        where: from a row's number to the sentence that says where it stands; "It stands in row 3." if None.
    """
    if values.dtype.kind not in "iu":
        advice = "One-hot rows: pass labels.argmax(axis=-1)." if values.ndim == 2 and values.shape[1] > 1 else ""
        raise ValueError(message(name, "be integers, the numbers of the classes", values.dtype.name, advice))
    _one_a_row(name, values)
    must = f"lie between 0 and {num_classes - 1}, the classes"
    _no_bad_row(name, values, (values < 0) | (values >= num_classes), must, where)


def shares(name: str, values: Any, num_classes: int, where: Callable[[int], str] | None = None) -> None:
    """As `class_numbers`, for soft labels: floats [rows, num_classes] from 0 on, of which each row's sum is 1."""
    if values.ndim != 2 or values.shape[1] != num_classes:
        raise ValueError(message(name, f"have the shape [rows, {num_classes}], a column for each class", values.shape))
    must = "be probabilities: 0 or more, and 1 in all"
    fits = (values >= 0).all(axis=1) & (abs(values.sum(axis=1) - 1) < SHARES_ERROR)
    _no_bad_row(name, values, ~fits, must, where)


def token_classes(name: str, values: Any, num_classes: int, unlabelled: int = -1) -> None:
    """As `class_numbers`, for a class of each token: integers [rows, tokens], `unlabelled` where there is none."""
    if values.dtype.kind not in "iu":
        raise ValueError(message(name, "be integers, the classes of the tokens", values.dtype.name))
    if values.ndim != 2:
        raise ValueError(message(name, "have the shape [rows, tokens]", values.shape))
    must = f"lie between 0 and {num_classes - 1}, the classes, or be {unlabelled} for tokens without a label"
    _no_bad_row(name, values, ((values < 0) & (values != unlabelled)) | (values >= num_classes), must, None)


def positions(name: str, values: Any, where: Callable[[int], str] | None = None) -> None:
    """As `class_numbers`, for places of tokens in rows: an array [rows] or [rows, 1] of integers from 0."""
    if values.dtype.kind not in "iu":
        raise ValueError(message(name, "be integers, the places of tokens", values.dtype.name))
    _one_a_row(name, values)
    _no_bad_row(name, values, values < 0, "be 0 or more", where)


def zeros_and_ones(name: str, values: Any, num_classes: int, where: Callable[[int], str] | None = None) -> None:
    """As `class_numbers`, for several labels a row: an array [rows, num_classes] of 0 and 1."""
    if values.dtype.kind not in "iufb":
        raise ValueError(message(name, "be 0 or 1", values.dtype.name))
    if values.ndim != 2 or values.shape[1] != num_classes:
        raise ValueError(message(name, f"have the shape [rows, {num_classes}], a column for each class", values.shape))
    _no_bad_row(name, values, (values != 0) & (values != 1), "be 0 or 1", where)


def finite_numbers(name: str, values: Any, where: Callable[[int], str] | None = None) -> None:
    """As `class_numbers`, for regression: an array [rows] or [rows, 1] of finite numbers."""
    if values.dtype.kind not in "iuf":
        raise ValueError(message(name, "be numbers", values.dtype.name))
    _one_a_row(name, values)
    _no_bad_row(name, values, ~(abs(values) < float("inf")), "be finite numbers", where)  # nan is not less


def row_weights(name: str, values: Any, most: float, where: Callable[[int], str] | None = None) -> None:
    """Raises ValueError, naming the first row at fault, unless all of an array of weights are finite and not too large.

    Args:
        name: what the caller calls them.
        values: a NumPy array, a weight a row, or a row of them.
        most: that the size of one may be.
        where: as in `class_numbers`.
    """
    if values.dtype.kind not in "iufb":
        raise ValueError(message(name, "be numbers", values.dtype.name))
    must = f"be finite numbers of at most {most:g}, so that float32 can add up the squares of gradients"
    place = None if where is None else lambda row: f"It stands in {where(row)}."
    _no_bad_row(name, values, ~(abs(values) <= most), must, place)  # nan is not less


def _one_a_row(name: str, values: Any) -> None:
    if values.ndim != 1 and not (values.ndim == 2 and values.shape[1] == 1):
        raise ValueError(message(name, "have the shape [rows]", values.shape))


def _no_bad_row(name: str, values: Any, bad: Any, must: str, where: Callable[[int], str] | None) -> None:
    if bad.any():
        row = int(bad.reshape(len(bad), -1).any(axis=1).argmax())
        place = f"It stands in row {row}." if where is None else where(row)
        raise ValueError(message(name, must, values[row].tolist(), place))


def _range(verb: str, low: float | None, high: float | None) -> str:
    if low is None and high is None:
        return verb
    if high is None:
        return f"{verb} of at least {low}" if verb != "be" else f"be at least {low}"
    if low is None:
        return f"{verb} of at most {high}" if verb != "be" else f"be at most {high}"
    return f"{verb} between {low} and {high}"


def answers(**advice: str) -> Callable[[Any], Any]:
    """A decorator of a function or a class: a keyword of another call is answered with what takes its place here.

    Args:
        **advice: by keyword; "{name}" in it is the keyword. Other unknown keywords are answered with the nearest,
            unless what is decorated takes any.

    Raises:
        TypeError: of what is decorated, for a keyword that it does not have.
    """

    def decorated(target: Any) -> Any:
        call = target.__init__ if isinstance(target, type) else target
        names = [name for name in inspect.signature(call).parameters if name != "self"]
        kinds = {parameter.kind for parameter in inspect.signature(call).parameters.values()}
        takes_any = inspect.Parameter.VAR_KEYWORD in kinds
        called = target.__qualname__.split(".")[-2] if target.__name__ == "__call__" else target.__name__

        @functools.wraps(call)
        def checked(*arguments: Any, **keywords: Any) -> Any:
            for name in keywords:
                if name not in names and (name in advice or not takes_any):
                    raise unknown_keyword(called, name, keywords[name], advice, [] if takes_any else names)
            return call(*arguments, **keywords)

        if not isinstance(target, type):
            return checked
        target.__init__ = checked
        return target

    return decorated


def no_foreign(called: str, keywords: Mapping[str, Any], advice: Mapping[str, str]) -> None:
    """TypeError if a call that passes its keywords on was given one of another library."""
    for name in keywords.keys() & advice.keys():
        raise unknown_keyword(called, name, keywords[name], advice)


def unknown_keyword(
    called: str, name: str, value: Any, advice: Mapping[str, str], names: Collection[str] = ()
) -> TypeError:
    """What a call raises for a keyword that it does not have.

    Args:
        called: the call.
        name: the keyword.
        value: what was passed with it.
        advice: by keyword, what takes its place.
        names: all keywords that the call has; none where it passes others on.
    """
    near = advice[name].format(name=name) + "." if name in advice else did_you_mean(name, names)
    must = f"be left out: {called} takes {', '.join(names)}" if names else f"be left out of {called}"
    return TypeError(message(name, must, value, near[:1].upper() + near[1:]))


def no_tf_keras(name: str, value: Any, advice: str = "") -> Any:
    """Returns `value` unless its class is of the old `tf_keras`; TypeError then, saying what to pass instead."""
    for parent in (value if isinstance(value, type) else type(value)).__mro__:
        if parent.__module__.split(".")[0] == "tf_keras":
            must = "be an object of Keras 3 (`import keras`), not of tf_keras"
            advice = advice or f"Use keras.…{parent.__name__}, and unset TF_USE_LEGACY_KERAS where `tf.keras` made it."
            raise TypeError(message(name, must, value, advice))
    return value


def tensorflow_backend(what: str, advice: str = "") -> None:
    """Raises RuntimeError unless Keras' backend is TensorFlow, which `what` needs."""
    keras = sys.modules.get("keras")  # whoever calls has imported it; this file stays light
    backend = "tensorflow" if keras is None else keras.backend.backend()
    if backend != "tensorflow":
        raise RuntimeError(
            f"{what} needs Keras' TensorFlow backend, and this is {backend}: set KERAS_BACKEND=tensorflow before "
            f"Python starts. {advice}".strip()
        )


def warn(text: str) -> None:
    """Warns the user, at the line of their own code that led here."""
    depth = 2
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").split(".")[0] in ("bert_keras", "keras"):
        frame, depth = frame.f_back, depth + 1
    warnings.warn(text, UserWarning, stacklevel=depth)
