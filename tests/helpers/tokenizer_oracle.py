"""A slow BERT tokenizer in plain Python, from the rules alone, for the tests of the one in the TensorFlow graph.

It walks through a text character by character with `unicodedata` and carries the source of every character along.
"""

import unicodedata

_IGNORABLE = [  # Unicode's Default_Ignorable_Code_Point, which unicodedata does not have
    *[(0xAD, 0xAD), (0x34F, 0x34F), (0x61C, 0x61C), (0x115F, 0x1160), (0x17B4, 0x17B5), (0x180B, 0x180F)],
    *[(0x200B, 0x200F), (0x202A, 0x202E), (0x2060, 0x206F), (0x3164, 0x3164), (0xFE00, 0xFE0F), (0xFEFF, 0xFEFF)],
    *[(0xFFA0, 0xFFA0), (0xFFF0, 0xFFF8), (0x1BCA0, 0x1BCA3), (0x1D173, 0x1D17A), (0xE0000, 0xE0FFF)],
]
_IDEOGRAPHS = [
    *[(0x4E00, 0x9FFF), (0x3400, 0x4DBF), (0x20000, 0x2A6DF), (0x2A700, 0x2B73F)],
    *[(0x2B740, 0x2B81F), (0x2B820, 0x2CEAF), (0xF900, 0xFAFF), (0x2F800, 0x2FA1F)],
]


def tokenize(text: str, vocabulary: dict[str, int], lower_case: bool) -> list[tuple[int, int, int]]:
    """(id, start, limit) of every piece; start and limit count the characters of `text`."""
    normalized = _lowered(text) if lower_case else [(character, index) for index, character in enumerate(text)]
    spans = _spans(text) if lower_case else [(index, index + 1) for index in range(len(text))]
    tokens = []
    for word in _words(normalized):
        for piece, begin, end in _pieces("".join(character for character, _ in word), vocabulary):
            sources = [spans[index] for _, index in word[begin:end]]
            tokens.append((piece, min(start for start, _ in sources), max(limit for _, limit in sources)))
    return tokens


def fold(character: str) -> str:
    """NFKC_Casefold, then NFD, of one character."""
    if _within(character, _IGNORABLE):
        return ""
    folded = unicodedata.normalize("NFD", character)
    for _ in range(2):
        folded = unicodedata.normalize("NFKC", folded.casefold())
    return unicodedata.normalize("NFD", "".join(c for c in folded if not _within(c, _IGNORABLE)))


def _lowered(text: str) -> list[tuple[str, int]]:
    characters = [(part, index) for index, character in enumerate(text) for part in fold(character)]
    ordered, run = [], []
    for item in [*characters, ("", -1)]:
        if item[0] and unicodedata.combining(item[0]):
            run.append(item)
        else:
            ordered += [*sorted(run, key=lambda marked: unicodedata.combining(marked[0])), item]
            run = []
    return [item for item in ordered[:-1] if unicodedata.category(item[0]) != "Mn"]


def _spans(text: str) -> list[tuple[int, int]]:
    """The source of each character of `text`: itself and the stripped marks after it; joined marks have one source."""
    spans = [(index, index + 1) for index in range(len(text))]
    units: list[list[int]] = []
    previous = ""
    for index, character in enumerate(text):
        kept = "".join(part for part in fold(character) if unicodedata.category(part) != "Mn")
        if kept and previous and unicodedata.combining(kept[0]) and unicodedata.combining(previous[-1]):
            units[-1].append(index)
        elif kept:
            units.append([index])
        elif units and all(unicodedata.category(c)[0] == "M" for c in unicodedata.normalize("NFKC", character)):
            units[-1].append(index)
        previous = kept or previous
    for unit in units:
        for index in unit:
            spans[index] = (unit[0], unit[-1] + 1)
    return spans


def _words(characters: list[tuple[str, int]]) -> list[list[tuple[str, int]]]:
    words: list[list[tuple[str, int]]] = [[]]
    for character, index in characters:
        category = unicodedata.category(character)
        if character in " \t\n\f\r" or category in ("Cc", "Cf"):
            words.append([])
        elif category[0] == "P" or character in "$+<=>^`|~" or _within(character, _IDEOGRAPHS):
            words += [[(character, index)], []]
        else:
            words[-1].append((character, index))
    return [word for word in words if word]


def _pieces(word: str, vocabulary: dict[str, int]) -> list[tuple[int, int, int]]:
    pieces, begin = [], 0
    while begin < len(word) and len(word.encode()) <= 100:
        known = (end for end in range(len(word), begin, -1) if ("##" * (begin > 0) + word[begin:end]) in vocabulary)
        end = next(known, None)
        if end is None:
            break
        pieces.append((vocabulary["##" * (begin > 0) + word[begin:end]], begin, end))
        begin = end
    return pieces if pieces and begin == len(word) else [(vocabulary["[UNK]"], 0, len(word))]


def _within(character: str, ranges: list[tuple[int, int]]) -> bool:
    return any(low <= ord(character) <= high for low, high in ranges)
