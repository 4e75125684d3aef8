"""`placed`: where a piece of text stands that someone says to begin at a certain offset, in whatever they counted.

Tools count in UTF-16 units (JavaScript, Java), in bytes, in a text whose line ends were others, or in another normal
form of Unicode. A place is taken where one such reading alone finds the piece there, else where the piece stands but
once or close by; with other letters' case, blanks or normal form where it does not stand literally.
"""

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import NamedTuple

_NEAR = 16  # characters: further away another mention is as likely
_BLANK = " "
_LETTERS = re.compile(r"[^\u0300-\u036f][\u0300-\u036f]*|[\u0300-\u036f]+")  # a character with the accents over it


class Place(NamedTuple):
    """Where a piece stands: `text[start:end]`.

    Args:
        start, end: in Python's characters.
        how: how it was found, in words; "" where it stands as it was said.
    """

    start: int
    end: int
    how: str


def placed(piece: str, text: str, start: int | None, units: Iterable[str] | None = None) -> Place | None:
    """Where a piece stands in a text.

    Args:
        piece: not empty.
        text: that holds it.
        start: where it is said to begin; None where that is not said.
        units: what it may be counted in, out of `UNITS`; all if None.

    Returns:
        None where it is not there, or at several places of which none is meant more than another.

    >>> placed("cat", "\U0001f600 a cat, a cat", 5)
    Place(start=4, end=7, how='counted in UTF-16')
    """
    if start is not None and start >= 0 and text.startswith(piece, start):
        return Place(start, start + len(piece), "")
    if start is not None:
        read = {unit: UNITS[unit](text, start) for unit in (UNITS if units is None else units)}
        hits = {place: unit for unit, place in read.items() if place is not None and text.startswith(piece, place)}
        if len(hits) == 1:
            [(place, unit)] = hits.items()
            return Place(place, place + len(piece), f"counted in {unit}")
    literal = [(place, place + len(piece)) for place in _all(piece, text)]
    if literal:
        return _one(literal, start, "")
    return _one(_loosely(piece, text), start, " with other case, blanks or accents")


def fitting_units(stated: Iterable[tuple[str, str, int]]) -> list[str]:
    """Of `UNITS` those in which all pieces of a file stand where they are said to; none if there is no such.

    Args:
        stated: (piece, text, start) of the pieces that do not stand at their start in Python's characters.
    """
    left = list(UNITS)
    for piece, text, start in stated:
        read = {unit: UNITS[unit](text, start) for unit in left}
        left = [unit for unit, place in read.items() if place is not None and text.startswith(piece, place)]
        if not left:
            break
    return left


def _one(places: list[tuple[int, int]], start: int | None, how: str) -> Place | None:
    """The only place, or the one that is near to `start`, and the others not; None else."""
    if len(places) == 1:
        return Place(*places[0], f"found at its only place{how}")
    if start is None or not places:
        return None
    first, second = sorted(places, key=lambda place: abs(place[0] - start))[:2]
    away = abs(first[0] - start)
    if away > _NEAR or abs(second[0] - start) < 2 * away:
        return None
    return Place(*first, f"found close by{how}")


def _all(piece: str, text: str) -> Iterable[int]:
    place = text.find(piece)
    while place >= 0:
        yield place
        place = text.find(piece, place + 1)


def _loosely(piece: str, text: str) -> list[tuple[int, int]]:
    """Where a piece stands in other letters' case, blanks or normal form."""
    wanted = "".join(_folded(piece)[0]).strip(_BLANK)
    letters, sources = _folded(text)
    whole = "".join(letters)
    if not wanted:
        return []
    places = []
    for begin in _all(wanted, whole):
        end = begin + len(wanted)
        inside = begin and sources[begin - 1] == sources[begin]
        goes_on = end < len(whole) and (sources[end] == sources[end - 1] or unicodedata.combining(whole[end]))
        if not inside and not goes_on:
            places.append((sources[begin], sources[end] if end < len(whole) else len(text)))
    return [(start, _without_blanks(text, start, end)) for start, end in places]


def _without_blanks(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


@functools.lru_cache(maxsize=4)
def _folded(text: str) -> tuple[list[str], list[int]]:
    """The characters of a text in NFKD and small letters, a run of blanks as one, and which character each is from."""
    letters: list[str] = []
    sources: list[int] = []
    for place, character in enumerate(text):
        for one in unicodedata.normalize("NFKD", character).casefold():
            is_blank = one.isspace()
            if is_blank and letters and letters[-1] == _BLANK:
                continue
            letters.append(_BLANK if is_blank else one)
            sources.append(place)
    return letters, sources


def _by_widths(width: Callable[[str], int]) -> Callable[[str, int], int | None]:
    """From an offset that counts `width` for each character to one in characters; None inside of one."""

    def read(text: str, start: int) -> int | None:
        counted = 0
        for place, character in enumerate(text):
            if counted >= start:
                return place if counted == start else None
            counted += width(character)
        return len(text) if counted == start else None

    return read


def _crlf(text: str, start: int) -> int | None:
    r"""From an offset in a text whose lines end in `\r\n` to one in that of `\n`."""
    return _by_widths(lambda character: 2 if character == "\n" else 1)(text, start) if "\r\n" not in text else None


def _lf(text: str, start: int) -> int | None:
    r"""From an offset in a text whose lines end in `\n` to one in that of `\r\n`."""
    if "\r\n" not in text:
        return None
    place = -1
    for line in text.split("\r\n"):
        if start <= len(line):
            return place + 1 + start
        place, start = place + len(line) + 2, start - len(line) - 1
    return None


def _normal(form: str) -> Callable[[str, int], int | None]:
    """From an offset in another normal form of a text to one in the text itself."""

    def read(text: str, start: int) -> int | None:
        counted = place = 0
        for letter in _LETTERS.findall(text):
            if counted >= start:
                break
            counted += len(unicodedata.normalize(form, letter))
            place += len(letter)
        return place if counted == start else None

    return read


# What offsets may be counted in besides Python's characters: from the text and an offset to one in characters.
UNITS: dict[str, Callable[[str, int], int | None]] = {
    "UTF-16": _by_widths(lambda character: 2 if ord(character) > 0xFFFF else 1),
    "bytes": _by_widths(lambda character: len(character.encode("utf-8", "surrogatepass"))),
    r"a text with \r\n": _crlf,
    r"a text with \n": _lf,
    "NFC": _normal("NFC"),
    "NFD": _normal("NFD"),
}
