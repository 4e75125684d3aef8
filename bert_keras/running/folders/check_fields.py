"""`check_fields`: the fields of a model folder's config.json have the types and ranges that are written.

A list of digests finds all damage. This is for folders of before there was one, and for what a person changed.
"""

import math
import re
from collections.abc import Callable, Mapping
from typing import Any

from bert_keras.checks import message
from bert_keras.features import HEAD_POOLINGS, LONG_TEXTS, PROBLEM_TYPES

_MOST = 1 << 31  # of counts and sizes
Check = tuple[str, Callable[[Any], bool]]  # what a value must be, in words, and whether it is


def _integer(low: int) -> Check:
    return f"a whole number of {low} or more", lambda value: type(value) is int and low <= value < _MOST


def _either(*values: Any) -> Check:
    named = " or ".join("null" if value is None else f'"{value}"' for value in values)
    return named, lambda value: value in values


def _or_null(check: Check) -> Check:
    words, holds = check
    return f"{words}, or null", lambda value: value is None or holds(value)


def _list_of(check: Check, lengths: str, low: int, high: int = _MOST) -> Check:
    words, holds = check
    return (
        f"a list of {lengths}, each {words}",
        lambda value: isinstance(value, list) and low <= len(value) <= high and all(map(holds, value)),
    )


def _object_of(check: Check, name: str) -> Check:
    words, holds = check
    return (
        f"an object of {name}, each {words}",
        lambda value: isinstance(value, dict) and all(map(holds, value.values())),
    )


def _is_number(value: Any) -> bool:
    return type(value) in (int, float) and abs(value) < math.inf


def _all_different(value: Any) -> bool:
    return isinstance(value, list) and len(value) > 0 and all(map(_is_text, value)) and len(set(value)) == len(value)


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


_TEXT: Check = ("text", _is_text)
_NUMBER: Check = ("a finite number", _is_number)
_BOOLEAN: Check = ("true or false", lambda value: isinstance(value, bool))
_SHARE: Check = ("a number from 0 up to, and without, 1", lambda value: _is_number(value) and 0 <= value < 1)
_POSITIVE: Check = ("a number above 0", lambda value: _is_number(value) and value > 0)
_PROBABILITY: Check = ("a number from 0 to 1", lambda value: _is_number(value) and 0 <= value <= 1)
_OBJECT: Check = ("an object", lambda value: isinstance(value, dict))
_COUNT = _integer(0)
_COUNTS = _object_of(_COUNT, "counts")
_DIGEST: Check = ("a sha256", lambda value: _is_text(value) and re.fullmatch("[0-9a-f]{64}", value) is not None)

_SIZES = "num_layers hidden_size num_heads intermediate_size vocab_size max_positions type_vocab_size".split()
_PATHS = _object_of(_or_null(_TEXT), "paths")
_OF_PROMISE = {
    "label": _or_null(_TEXT),
    **{name: _or_null(_PROBABILITY) for name in ("threshold", "precision")},
    "coverage": _PROBABILITY,
    "said": _COUNT,
}
_PROMISE: Check = (
    f"an object of {', '.join(_OF_PROMISE)}",
    lambda value: isinstance(value, dict) and all(holds(value.get(name)) for name, (_, holds) in _OF_PROMISE.items()),
)

_THRESHOLDS = _list_of(_or_null(_PROBABILITY), "thresholds", 1)

# By field; those of objects with a dot. What is not named here decides no answers and is shown as it is.
_FIELDS: Mapping[str, Check] = {
    "format": _integer(1),
    "kind": _TEXT,
    "task": _or_null(_TEXT),
    "labels": _or_null(("a list of different texts", _all_different)),
    "text_columns": _list_of(_TEXT, "one or two", 1, 2),
    "problem_type": _either(*PROBLEM_TYPES),
    "num_classes": _integer(1),
    "pooling": _either(*HEAD_POOLINGS),
    "num_choices": _integer(2),
    "dropout": _or_null(_SHARE),
    "seq_length": _integer(1),
    "long_text": _either(*LONG_TEXTS),
    "max_windows": _integer(1),
    "doc_stride": _integer(1),
    "max_query_length": _integer(1),
    "max_answer_length": _integer(1),
    "has_impossible": _BOOLEAN,
    "null_threshold": _or_null(_NUMBER),
    "scheme": _TEXT,
    "calibration": _or_null(_OBJECT),
    "calibration.temperature": _POSITIVE,
    "calibration.which": _TEXT,
    **{f"calibration.{name}": _COUNT for name in ("fitted_rows", "measured_rows", "seed")},
    **{f"calibration.{name}": _NUMBER for name in ("error_before", "error_after", "loss_before", "loss_after")},
    **{f"calibration.{name}": _or_null(_PROBABILITY) for name in ("promised", "assurance")},
    "calibration.promises": _list_of(_PROMISE, "promises", 0),
    "calibration.unlike": _or_null(_OBJECT),
    **{f"calibration.unlike.{name}": _PROBABILITY for name in ("promised", "share")},
    "calibration.unlike.threshold": _NUMBER,
    **{f"calibration.unlike.{name}": _COUNT for name in ("rows", "ordinary_rows")},
    "abstain_below": (
        f"{_PROBABILITY[0]}, a list of such or null by label, or null",
        lambda value: value is None or _PROBABILITY[1](value) or _THRESHOLDS[1](value),
    ),
    "unlike_above": _or_null(_POSITIVE),
    "reading": _OBJECT,
    "origin": _or_null(_OBJECT),
    "origin.files": (
        "text, an object of texts by part, or null",
        lambda value: value is None or _is_text(value) or _PATHS[1](value),
    ),
    "origin.validation_share": _SHARE,
    "origin.test_share": _SHARE,
    "metrics": _object_of(_NUMBER, "scores"),
    "metric_names": _list_of(_TEXT, "names", 0),
    "versions": _or_null(_object_of(_or_null(_TEXT), "versions")),
    "limit": _or_null(_COUNT),
    "split_seed": _or_null(_COUNT),
    "train_rows": _COUNT,
    "row_counts": _or_null(_COUNTS),
    "label_counts": _or_null(_object_of(_COUNTS, "parts")),
    "recipe": _or_null(_OBJECT),
    "recipe.epochs": _COUNT,
    "recipe.batch_size": _COUNT,
    "recipe.learning_rate": _NUMBER,
    "trained": _or_null(_TEXT),
    "seconds": _or_null(_NUMBER),
    "padding_share": _or_null(_NUMBER),
    "encoder": _OBJECT,
    "encoder.source": _or_null(_TEXT),
    "encoder.sha256": _DIGEST,
    "encoder.gelu": _or_null(_either("erf", "tanh")),
    **{f"encoder.{name}": _or_null(_COUNT) for name in _SIZES},
    "head": _OBJECT,
    "head.sha256": _DIGEST,
}
_NEEDED = ("encoder.sha256", "head.sha256")  # of every model


def check_fields(config: Mapping[str, Any], folder: str, needed: tuple[str, ...] = ()) -> None:
    """Raises ValueError for a field of another type, out of its range, or missing, with what it must be.

    Args:
        config: what stands in the file.
        folder: as the user named it.
        needed: fields that must be there beside those of every model.
    """
    check_needed(config, folder, (*_NEEDED, *needed))


def check_needed(config: Mapping[str, Any], folder: str, needed: tuple[str, ...]) -> None:
    """As `check_fields`, of what is no model: these fields alone must be there."""
    check_types(config, folder)
    for field in needed:
        if _value(config, field) is _MISSING:
            raise ValueError(_fault(folder, f"a config.json with '{field}'", "It has none."))
    labels, classes = config.get("labels"), config.get("num_classes")
    if labels is not None and classes is not None and len(labels) != classes:
        must = f"a config.json with as many labels as its 'num_classes', {classes}"
        raise ValueError(_fault(folder, must, f"It has {len(labels)}."))


def check_types(config: Mapping[str, Any], folder: str) -> None:
    """Raises ValueError for a field that is there, of another type or out of its range."""
    for field, (words, holds) in _FIELDS.items():
        value = _value(config, field)
        if value is not _MISSING and not holds(value):
            raise ValueError(_fault(folder, f"a config.json whose '{field}' is {words}", f"It is {value!r:.80}."))


_MISSING = object()


def _value(config: Mapping[str, Any], field: str) -> Any:
    *outer, name = field.split(".")
    for one in outer:
        config = config.get(one)
        if not isinstance(config, dict):  # said of the field itself
            return _MISSING
    return config.get(name, _MISSING)


def _fault(folder: str, must: str, found: str) -> str:
    return message("folder", f"hold {must}", folder, f"{found} Put it right, or copy the whole model folder again.")
