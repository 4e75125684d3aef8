"""Makes bert_keras/text/bert_normalizer_tables.npz: what Hugging Face's BertNormalizer makes of each character.

    python tools/bert_normalizer_tables.py

Everything is asked of the `tokenizers` library, once for each character and each form: with and without lower-casing,
with and without accents. Chinese characters are marked, as the word that each of them is can be turned off.
"""

import functools
import pathlib
import sys
import unicodedata

import numpy as np
from tokenizers import normalizers, pre_tokenizers

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))

from unicode_tables import packed

from bert_keras.text import unicode_tables as layout

CODES = 0x110000
PARTS = pre_tokenizers.BertPreTokenizer()
NFD = normalizers.NFD()
OVERLAY = "\u0334"  # of class 1, the least
# A mark of each class that the library knows.
MARKS = [chr(code) for code in range(0x1E000, 0x300, -1) if unicodedata.combining(chr(code))]
KNOWN = [mark for mark in MARKS if NFD.normalize_str(mark + OVERLAY) == OVERLAY + mark]
REFERENCES = {1: OVERLAY, **{unicodedata.combining(mark): mark for mark in KNOWN}}


def normalizer(lower_case: bool, strip_accents: bool, chinese: bool = False) -> normalizers.Normalizer:
    """The library's own."""
    options = {"handle_chinese_chars": chinese, "strip_accents": strip_accents, "lowercase": lower_case}
    return normalizers.BertNormalizer(clean_text=True, **options)


@functools.cache
def kind(character: str) -> int:
    """Whether a normalised character parts words, is one, or is part of one."""
    parts = [part for part, _ in PARTS.pre_tokenize_str(f"a{character}a")]
    return {1: 0, 2: layout.SPACE, 3: layout.SINGLE}[len(parts)]


@functools.cache
def combining(character: str) -> int:
    """The combining class that the library's Unicode has, by the marks that it puts before and behind this one."""
    if unicodedata.category(character) not in ("Mn", "Mc", "Me", "Cn"):  # unassigned ones may be a newer Unicode's
        return 0
    others = {rank: mark for rank, mark in REFERENCES.items() if mark != character}
    behind = [rank for rank, mark in others.items() if NFD.normalize_str(mark + character) == character + mark]
    before = [rank for rank, mark in others.items() if NFD.normalize_str(character + mark) == mark + character]
    equal = set(REFERENCES) - set(behind) - set(before)
    if not behind and not before:
        return 0
    return equal.pop() if equal else max(before, default=0) + 1


def flags(whole: str, kept: str, is_mark: bool) -> int:
    """What is said of a character that is `whole` when it is taken apart and `kept` without marks."""
    found = 0
    ranks = [combining(part) for part in whole]
    if 0 in ranks:
        found |= layout.STARTER
    if not kept and is_mark:
        found |= layout.ATTACHED
    if kept and combining(kept[0]):
        found |= layout.OPENS
    if kept and combining(kept[-1]):
        found |= layout.CLOSES
    return found


def tables(lower_case: bool, strip_accents: bool) -> layout.UnicodeTables:
    """The tables of one form, character by character."""
    facts, pool, places, marks = np.zeros(CODES, np.int32), [], {}, set()
    apart, cleaned = normalizer(lower_case, strip_accents), normalizer(False, False)
    unmarked, chinese = normalizer(False, strip_accents), normalizer(False, False, chinese=True)
    for code in range(CODES):
        if 0xD800 <= code < 0xE000:  # halves of pairs are no characters; one stands for what is not UTF-8
            continue
        character = chr(code)
        made, clean = apart.normalize_str(character), cleaned.normalize_str(character)
        said = 0
        if strip_accents:
            is_mark = bool(clean) and unicodedata.category(character)[0] == "M"
            said = flags(NFD.normalize_str(clean), unmarked.normalize_str(character), is_mark)
        alone = layout.CHINESE | layout.SINGLE if chinese.normalize_str(character) != clean else 0
        if len(made) == 1:
            facts[code] = said | alone | kind(made) | (ord(made) - code) & layout.VALUE
        else:
            assert not alone, hex(code)
            if made not in places:
                places[made] = len(pool)
                pool += [ord(part) | kind(part) for part in made]
            facts[code] = said | layout.MANY | places[made] << layout.LENGTH_BITS | len(made)
        if said & (layout.OPENS | layout.CLOSES):
            marks |= {ord(part) for part in made if combining(part)}
    return packed(facts, pool, marks, combining)


def main() -> None:
    columns = {
        f"{layout.form_name(lower_case, strip_accents)}_{field}": column
        for lower_case in (False, True)
        for strip_accents in (False, True)
        for field, column in tables(lower_case, strip_accents)._asdict().items()
    }
    np.savez_compressed(layout.BERT_FILE, **columns)
    print({name: column.shape for name, column in columns.items()}, layout.BERT_FILE.stat().st_size, "bytes")


if __name__ == "__main__":
    main()
