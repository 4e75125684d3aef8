"""Where a stated piece of text stands, in whatever its offset was counted."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bert_keras.text.placing import UNITS, Place, fitting_units, placed

LETTERS = "ab \n\u00e9\u4e2d\U0001f600"
LOOSE = "found at its only place with other case, blanks or accents"
COUNTED = {
    "UTF-16": lambda head: len(head.encode("utf-16-le")) // 2,
    "bytes": lambda head: len(head.encode()),
    r"a text with \r\n": lambda head: len(head.replace("\n", "\r\n")),
    r"a text with \n": lambda head: len(head.replace("\r\n", "\n")),
    "NFC": lambda head: len(unicodedata.normalize("NFC", head)),
    "NFD": lambda head: len(unicodedata.normalize("NFD", head)),
}


@pytest.mark.parametrize("unit", UNITS)
@settings(max_examples=100, deadline=None)
@given(before=st.text(LETTERS, max_size=12), after=st.text(LETTERS, max_size=6))
def test_an_offset_in_a_unit_is_where_it_was_counted(unit, before, after):
    if unit == r"a text with \n":
        before, after = before.replace("\n", "\r\n"), after + "\r\n"
    if unit == "NFC":
        before = unicodedata.normalize("NFD", before)
    text = f"{before}tea{after}"
    start = COUNTED[unit](before)
    if UNITS[unit](text, start) is None:  # the text is in that form already, or cannot have been
        assert unit in ("NFC", "NFD", r"a text with \r\n", r"a text with \n")
        return
    assert UNITS[unit](text, start) == len(before)
    if start != len(before):
        assert fitting_units([("tea", text, start)]).count(unit) == 1
        place = placed("tea", text, start, [unit])
        assert (place.start, place.end) == (len(before), len(before) + 3)


@pytest.mark.parametrize(
    ("piece", "text", "start", "found"),
    [
        ("cat", "a cat, a cat", 2, Place(2, 5, "")),
        ("cat", "a cat", None, Place(2, 5, "found at its only place")),
        ("cat", "a cat", 3, Place(2, 5, "found at its only place")),
        ("cat", "a cat, a cat", None, None),
        ("cat", "a cat, a cat", 8, Place(9, 12, "found close by")),
        ("cat", "a cat, a cat", 5, None),  # as far from the one as from the other
        ("cat", "cat" + " " * 60 + "cat", 40, None),  # both are far away
        ("cat", "a dog", 2, None),
        ("Caf\u00e9 Noir", "at cafe\u0301\u00a0\u00a0noir", 3, Place(3, 14, LOOSE)),
        ("Cafe", "cafe\u0301", 1, None),  # without the accent that goes on
        ("s", "\u00df", 1, None),  # half of a character
        (" ", "a\tb", 0, None),
    ],
)  # fmt: skip
def test_where_it_stands(piece, text, start, found):
    assert placed(piece, text, start) == found


def test_a_file_counts_in_one_unit():
    text = "\U0001f600 cat, dog"
    assert fitting_units([("cat", text, 3), ("dog", text, 8)]) == ["UTF-16"]
    assert fitting_units([("cat", text, 3), ("dog", text, 99)]) == []
