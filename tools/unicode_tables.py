"""Makes bert_keras/text/unicode_tables.npz: what the tokenizer knows of each character of Unicode.

    python3.13 tools/unicode_tables.py

Everything comes from Python's `unicodedata` of one version of Unicode, so that every Python and every TensorFlow makes
the same ids. TF-Hub's preprocessing knows the letters of a newer version when it folds their case and takes them apart;
these stand in `NEWER`. A test compares all of Unicode with that preprocessing.
"""

import pathlib
import sys
import unicodedata
from collections.abc import Callable
from unicodedata import category

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from bert_keras.text import unicode_tables as layout

UNICODE = "15.1.0"
CODES = 0x110000
# Default_Ignorable_Code_Point, which `unicodedata` does not have: case folding for NFKC drops these.
IGNORABLE = (
    *((0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)),
    *((0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)),
    *((0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)),
)
# Chinese characters, each of which is a word, as BERT's own tokenizer has them.
CHINESE = (
    *((0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F)),
    *((0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0x2F800, 0x2FA1F)),
)
ASCII_SYMBOLS = "$+<=>^`|~"  # marks of ASCII that Unicode does not call punctuation, and BERT does
WHITE_SPACE = " \t\n\f\r"  # as regular expressions have it; what else Unicode calls space is folded to " ", or stays
# Unicode 16.0, which tensorflow-text 2.20 folds and takes apart by: what the letters become that were added to it ...
NEWER: dict[int, tuple[int, ...]] = {
    **{code: (code + 0x20,) for code in range(0x10D50, 0x10D66)},
    **{code: (code - 0x1CCD6 + ord("a"),) for code in range(0x1CCD6, 0x1CCF0)},
    **{code: (code - 0x1CCF0 + ord("0"),) for code in range(0x1CCF0, 0x1CCFA)},
    **{0x1C89: (0x1C8A,), 0xA7CB: (0x264,), 0xA7CC: (0xA7CD,), 0xA7DA: (0xA7DB,), 0xA7DC: (0x19B,)},
    **{0x105C9: (0x105D2,), 0x105E4: (0x105DA,), 0x11383: (0x11382, 0x113C9), 0x11385: (0x11384, 0x113BB)},
    **{0x1138E: (0x1138B, 0x113C2), 0x11391: (0x11390, 0x113C9), 0x113C5: (0x113C2, 0x113C2)},
    **{0x113C7: (0x113C2, 0x113B8), 0x113C8: (0x113C2, 0x113C9), 0x16121: (0x1611E, 0x1611E)},
    **{0x16122: (0x1611E, 0x16129), 0x16123: (0x1611E, 0x1611F), 0x16124: (0x16129, 0x1611F)},
    **{0x16125: (0x1611E, 0x16120), 0x16126: (0x1611E, 0x1611E, 0x1611F), 0x16127: (0x1611E, 0x16129, 0x1611F)},
    **{0x16128: (0x1611E, 0x1611E, 0x16120), 0x16D68: (0x16D67, 0x16D67), 0x16D69: (0x16D63, 0x16D67)},
    0x16D6A: (0x16D63, 0x16D67, 0x16D67),
}
# ... and the combining classes of its new marks, which stay: TensorFlow's regular expressions do not know them.
NEWER_CLASSES = {
    **dict.fromkeys((0x897, 0x10D69, 0x10D6A, 0x10D6B, 0x10D6C, 0x10D6D, 0x1E5EE), 230),
    **dict.fromkeys((0x113CE, 0x113CF, 0x113D0, 0x1612F), 9),
    0x1E5EF: 220,
}


def within(code: int, ranges: tuple[tuple[int, int], ...]) -> bool:
    """Whether a code point lies in one of the ranges, ends included."""
    return any(low <= code <= high for low, high in ranges)


def combining(character: str) -> int:
    """The combining class."""
    return NEWER_CLASSES.get(ord(character), unicodedata.combining(character))


def folded(character: str) -> str:
    """NFKC_Casefold, then NFD, of one character, as chapter 3 of the Unicode Standard defines them."""
    if ord(character) in NEWER:
        return "".join(map(chr, NEWER[ord(character)]))
    if within(ord(character), IGNORABLE):
        return ""
    found = unicodedata.normalize("NFD", character)
    for _ in range(2):
        found = unicodedata.normalize("NFKC", found.casefold())
    return unicodedata.normalize("NFD", "".join(part for part in found if not within(ord(part), IGNORABLE)))


def kind(character: str) -> int:
    """Whether a normalised character parts words, is one, or is part of one."""
    if character in WHITE_SPACE or category(character) in ("Cc", "Cf"):
        return layout.SPACE
    alone = category(character)[0] == "P" or character in ASCII_SYMBOLS or within(ord(character), CHINESE)
    return layout.SINGLE if alone else 0


def flags(character: str, whole: str, kept: str) -> int:
    """What is said of a character that lower-casing makes `whole` and, without marks, `kept`."""
    found = 0
    if 0 in map(combining, whole):
        found |= layout.STARTER
    if not kept and all(category(part)[0] == "M" for part in unicodedata.normalize("NFKC", character)):
        found |= layout.ATTACHED
    if kept and combining(kept[0]):
        found |= layout.OPENS
    if kept and combining(kept[-1]):
        found |= layout.CLOSES
    return found


def tables(lower_case: bool) -> layout.UnicodeTables:
    """The tables, worked out character by character."""
    facts, pool, places, marks = np.zeros(CODES, np.int32), [], {}, set()
    for code in range(CODES):
        if 0xD800 <= code < 0xE000:  # halves of pairs are no characters; one stands for what is not UTF-8
            continue
        character = chr(code)
        whole = folded(character) if lower_case else character
        kept = "".join(part for part in whole if category(part) != "Mn") if lower_case else character
        said = flags(character, whole, kept) if lower_case else 0
        if len(kept) == 1:
            facts[code] = said | kind(kept) | (ord(kept) - code) & layout.VALUE
        else:
            if kept not in places:
                places[kept] = len(pool)
                pool += [ord(part) | kind(part) for part in kept]
            facts[code] = said | layout.MANY | places[kept] << layout.LENGTH_BITS | len(kept)
        if said & (layout.OPENS | layout.CLOSES):
            # A starter is never moved by the marks of its own character.
            assert not whole.rstrip("".join(part for part in whole if combining(part)))[1:], hex(code)
            marks |= {ord(part) for part in kept if combining(part)}
    return packed(facts, pool, marks, combining)


def packed(
    facts: np.ndarray, pool: list[int], marks: set[int], combining: Callable[[str], int]
) -> layout.UnicodeTables:
    """The tables of what is known of each character: equal pages once, and each mark with its combining class."""
    numbers: dict[bytes, int] = {}
    index = [numbers.setdefault(page.tobytes(), len(numbers)) for page in facts.reshape(-1, layout.PAGE)]
    columns = (
        index,
        np.frombuffer(b"".join(numbers), np.int32),
        pool,
        sorted(marks),
        [combining(chr(mark)) for mark in sorted(marks)],
    )
    return layout.UnicodeTables(*(np.array(column, np.int32) for column in columns))


def main() -> None:
    if unicodedata.unidata_version != UNICODE:
        raise SystemExit(
            f"Run this with a Python whose Unicode is {UNICODE}: here it is {unicodedata.unidata_version}."
        )
    columns = {
        f"{prefix}_{field}": column
        for prefix, lower_case in (("lower", True), ("cased", False))
        for field, column in tables(lower_case)._asdict().items()
    }
    np.savez_compressed(layout.FILE, **columns)
    print({name: column.shape for name, column in columns.items()}, layout.FILE.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
