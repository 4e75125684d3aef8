"""`plain_labels`: labels as people write them, as tuples of names where a row has several."""

import dataclasses
import re
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.tables.written_list import written_list
from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.text_classification.text_rows import MISSING, TextRows, plain_label

_FLAGS = ({"0", "1"}, {"True", "False"})
_SEPARATORS = ("|", ";", ",")
_TRUTHS = {"true": "True", "false": "False"}
_WHOLE = re.compile(r"[+-]?(0|[1-9]\d{0,14})(\.0*)?")  # "007" is a name
_DECIMAL_COMMA = re.compile(r"[+-]?\d+(,\d+)?")


def plain_labels(
    rows: dict[str, TextRows], problem_type: str | None, names: Sequence[str] | None, separator: str | None
) -> tuple[dict[str, TextRows], list[str]]:
    """The rows of all parts with labels of one meaning, and what was found, in lines for a person.

    * Lists written as text, "['food', 'service']", are lists of names.
    * Rows of 0 and 1 as long as `names` say which of them a row has.
    * A list of one name is that class where one class a row is asked for.
    * Whole numbers are one class in every spelling, 1, 1.0, "1" and "1.0", and so are True, "true" and "TRUE".
    * Decimal commas are numbers where regression is asked for.

    What the labels of the first part are holds for all.

    Raises:
        ValueError: for rows of 0 and 1 without names, for lists of several names where one class is asked for, and for
            labels with two meanings: "food|service" beside "food" and "service", "3,5" where nothing is asked for.
    """
    first = next((own for own in rows.values() if own.codes is not None), None)
    if first is None:
        return rows, []
    notes: list[str] = []
    used = _used(first)
    if used and separator is None and all(_written(value) is not None for value in used):
        rows = _changed(rows, lambda value: value if _written(value) is None else _written(value))
        notes.append(f"labels are lists that are written as text, such as {used[0]}")
        used = [_written(value) for value in used]
    if _are_flags(used):
        count = len(used[0])
        if names is None or len(names) != count:
            must = f"name the {count} labels that the rows of 0 and 1 stand for"
            advice = f"A label is ({', '.join(used[0])}), say. Or name the columns: label=['…', '…']."
            raise ValueError(checks.message("label_names", must, names, advice))
        rows = _changed(rows, lambda value: _names_of(value, tuple(map(str, names))))
        notes.append(f"labels are rows of 0 and 1 for {count} names")
        used = _used(next(own for own in rows.values() if own.codes is not None))
    if problem_type == SINGLE_LABEL and any(isinstance(value, tuple) for value in used):
        several = next((value for value in used if isinstance(value, tuple) and len(value) != 1), None)
        if several is not None:
            advice = f"Pass problem_type='{MULTI_LABEL}' for rows with several labels or none."
            raise ValueError(checks.message("label", "hold one class a row", list(several), advice))
        rows = _changed(rows, lambda value: value[0] if isinstance(value, tuple) and len(value) == 1 else value)
    known = set(map(str, names or ()))  # and spelled as they are there
    unknown = [value for value in used if str(value) not in known]
    is_plain = separator is None and unknown and not any(isinstance(value, tuple) for value in unknown)
    change, note = _one_spelling(unknown, problem_type) if is_plain else (None, "")
    if change is not None:
        rows = _changed(rows, lambda value: value if str(value) in known else _as_known(change(value), known))
        notes += [note] if note else []
    elif problem_type is None and separator is None:
        _check_one_meaning(used)
    return rows, notes


def _used(rows: TextRows) -> list[Any]:
    return [rows.values[code] for code in np.unique(rows.codes[rows.codes != MISSING])]


def _changed(rows: dict[str, TextRows], change: Callable[[Any], Any]) -> dict[str, TextRows]:
    return {part: dataclasses.replace(own, values=tuple(map(change, own.values))) for part, own in rows.items()}


def _written(value: Any) -> tuple[str, ...] | None:
    """The names in "['a', 'b']" or "[1, 2]"; None for what is no such text."""
    found = written_list(value)
    is_plain = found is not None and all(isinstance(entry, (str, int, float)) for entry in found)
    return plain_label(found) if is_plain else None


def _are_flags(values: list[Any]) -> bool:
    """Whether labels are rows of 0 and 1, as long as each other: as lists of names all would hold the same two."""
    if not values or not all(isinstance(value, tuple) for value in values):
        return False
    entries, lengths = {entry for value in values for entry in value}, {len(value) for value in values}
    return len(lengths) == 1 and max(lengths) > 1 and any(entries <= flags for flags in _FLAGS)


def _names_of(value: Any, names: tuple[str, ...]) -> Any:
    if not (isinstance(value, tuple) and len(value) == len(names)):
        return value
    return tuple(name for name, flag in zip(names, value, strict=True) if flag in ("1", "True"))


def _one_spelling(values: list[Any], problem_type: str | None) -> tuple[Callable[[Any], Any] | None, str]:
    """What gives labels one spelling, and a line on what it changes; None for what is no number and no truth."""
    texts = [str(value) for value in values]
    if texts and all(map(_DECIMAL_COMMA.fullmatch, texts)) and any("," in text for text in texts):
        if problem_type is None:
            must, advice = "have one meaning", f"Is '{next(text for text in texts if ',' in text)}' a number or two?"
            advice += f" Pass problem_type='{REGRESSION}' for numbers, label_separator=',' for several labels."
            raise ValueError(checks.message("label", must, texts[:3], advice))
        comma = "labels are numbers with decimal commas"
        return (lambda value: str(value).replace(",", "."), comma) if problem_type == REGRESSION else (None, "")
    if {text.lower() for text in texts} <= set(_TRUTHS):
        note = "" if set(texts) <= {"True", "False"} else "labels are True and False, in any spelling"
        truths = {**_TRUTHS, "1": "True", "1.0": "True", "0": "False", "0.0": "False"}
        return lambda value: truths.get(str(value).lower(), value), note
    if problem_type == REGRESSION or not all(map(_WHOLE.fullmatch, texts)):
        return None, ""
    point = next((text for text in texts if "." in text), None)
    numbers = {"true": 1, "false": 0} if {int(float(text)) for text in texts} <= {0, 1} else {}

    def whole(value: Any) -> Any:
        number = numbers.get(str(value).lower(), value)
        return int(float(number)) if _WHOLE.fullmatch(str(number)) else number

    return whole, "" if point is None else f"labels are whole numbers: '{point}' is {int(float(point))}"


def _as_known(value: Any, known: set[str]) -> Any:
    """A truth as a number or a number as a truth, where a model's classes are those."""
    other = {"True": "1", "False": "0", "1": "True", "0": "False"}.get(str(value))
    return other if other in known and str(value) not in known else value


def _check_one_meaning(values: list[Any]) -> None:
    """Raises where labels with a sign between them are made of labels that stand alone elsewhere."""
    alone = {value for value in values if isinstance(value, str)}
    for separator in _SEPARATORS:
        joined = [value for value in sorted(alone) if separator in value]
        parts = [[part.strip() for part in value.split(separator)] for value in joined]
        if joined and all(part in alone for own in parts for part in own):
            must = f"have one meaning: '{joined[0]}' is one class, or {' and '.join(map(repr, parts[0]))}"
            one, several = f"problem_type='{SINGLE_LABEL}'", f"label_separator='{separator}'"
            advice = f"Pass {several} (--label-separator) for several labels, {one} (--problem-type) for one."
            raise ValueError(checks.message("label", must, joined[:3], advice))
