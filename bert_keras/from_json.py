"""`from_json`: the one way from JSON to Python's values, of files, requests and notes that anyone may have written."""

import contextlib
import gc
import json
import sys
from collections.abc import Iterator
from typing import Any, NoReturn

# Of lists and objects in each other. Python's own limit hangs on how deep its caller stands, and code that goes through
# what was read meets it much earlier.
MOST_LEVELS = 100
_LARGE = 1 << 20  # characters


class NoJson(ValueError):
    """What is no JSON, or what nobody should read as such.

    Args:
        told: what is wrong, as a part of a sentence.
        document: the text.
        place: the character of it, from 0, at which that stands; None where it is not known.
    """

    def __init__(self, told: str, document: str = "", place: int | None = None) -> None:
        super().__init__(told)
        self.document, self.place = document, place

    @property
    def line(self) -> int:
        """The line of the place, from 1; of no place the first."""
        return self.document.count("\n", 0, self.place or 0) + 1

    @property
    def column(self) -> int:
        """The column of the place in its line, from 1."""
        return (self.place or 0) - self.document.rfind("\n", 0, self.place or 0)


def from_json(text: str | bytes, *, once: bool = False, finite: bool = False) -> Any:
    """What a document says.

    Args:
        text: the document; bytes are UTF-8, with or without a byte order mark.
        once: whether an object must have each field once; else the last one of a name counts.
        finite: whether NaN and Infinity, which JSON does not have, are refused.

    Raises:
        NoJson: for what is no JSON, not UTF-8, deeper than `MOST_LEVELS`, or has a number of more digits than Python
            reads, 4,300.
    """
    if isinstance(text, bytes):
        try:
            text = text.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            raise NoJson(f"{error}") from None
    with uncollected() if len(text) > _LARGE else contextlib.nullcontext():
        try:
            value = _DECODERS[once, finite].decode(text)
        except (ValueError, RecursionError) as error:
            _refuse(error, text)
        if text.count("[") + text.count("{") > MOST_LEVELS:
            _check_levels(value, text)
    return value


@contextlib.contextmanager
def uncollected() -> Iterator[None]:
    """Keeps Python from looking for garbage while millions of lists are made, which would take most of the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def value_in_json(text: str, start: int) -> tuple[Any, int]:
    """The value that begins at a character, each field of its objects there once, and the character behind it.

    Raises:
        NoJson: as `from_json`.
    """
    try:
        value, end = _DECODERS[True, False].raw_decode(text, start)
    except (ValueError, RecursionError) as error:
        _refuse(error, text)
    if text.count("[", start, end) + text.count("{", start, end) > MOST_LEVELS:
        _check_levels(value, text)
    return value, end


def _once(fields: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object; ValueError if it has a field twice, of which one would be lost."""
    row = dict(fields)
    if len(row) != len(fields):
        seen: set[str] = set()
        twice = next(name for name, _ in fields if name in seen or seen.add(name))
        raise NoJson(f"the field '{twice[:100]}' twice")
    return row


def _no_number(word: str) -> NoReturn:
    raise NoJson(f"{word} is no number")


_DECODERS = {
    (once, finite): json.JSONDecoder(
        object_pairs_hook=_once if once else None, parse_constant=_no_number if finite else None
    )
    for once in (False, True)
    for finite in (False, True)
}


def _check_levels(value: Any, text: str) -> None:
    level = [value] if isinstance(value, (list, dict)) else []  # a string may hold brackets
    for _ in range(MOST_LEVELS):
        level = [
            own
            for outer in level
            for own in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(own, (list, dict))
        ]
        if not level:
            return
    _refuse(RecursionError(), text)


def _refuse(error: ValueError | RecursionError, text: str) -> NoReturn:
    if isinstance(error, RecursionError):
        raise NoJson(f"more than {MOST_LEVELS} levels of lists and objects in each other", text) from None
    if isinstance(error, json.JSONDecodeError):
        raise NoJson(error.msg, text, error.pos) from None
    if isinstance(error, NoJson):
        raise NoJson(str(error), text) from None
    most = sys.get_int_max_str_digits()
    raise NoJson(f"a number of more than {most:,} digits", text) from None
