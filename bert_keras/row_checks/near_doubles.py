"""`near_doubles`: rows that say the same as others: the same text, nearly the same words, or nearly the same vector."""

import dataclasses
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator

import numpy as np

from bert_keras.row_checks.pooled_rows import NO_LABEL, PooledRows
from bert_keras.row_checks.words_of import folded, pieces_of, words_of

SAME, WORDS, MEANING = "the same text", "nearly the same words", "nearly the same meaning"
LEAST_SHARED = 0.75  # of the words of both that they share: in eight words one may be another
LEAST_WITHIN = 0.9  # the same within a part, where one word may well make the other label
LEAST_WORDS = 4  # of a row that is compared by words or meaning: shorter ones are alike by chance
LEAST_COSINE = 0.92  # of vectors less their mean; no dev sentence of SST-2 is as near to one of 3,000 training rows
_CHUNK = 2048


@dataclasses.dataclass(frozen=True)
class Double:
    """A row that stands in another part too, or in its own with another label.

    Args:
        place, part, text: of the row, which is of the later part.
        other_place, other_part, other_text: of the row that it doubles.
        how: "the same text" (but for case and white space), "nearly the same words" or "nearly the same meaning".
        likeness: 1 of the same text; the share of their words that both have; or the cosine of their vectors.
        labels_differ: whether the two have different labels; False where one has none.
    """

    place: str
    part: str
    text: str
    other_place: str
    other_part: str
    other_text: str
    how: str
    likeness: float
    labels_differ: bool


def near_doubles(rows: PooledRows, vectors: np.ndarray | None = None) -> list[Double]:
    """The rows that double others.

    Args:
        rows: of all parts.
        vectors: float32 [rows, size], by which rows of different parts are compared too; None for words alone.

    Returns:
        For each row of a later part its nearest double in an earlier one, the nearest first; then pairs within a part
        whose labels differ.
    """
    pairs: dict[tuple[int, int], tuple[str, float]] = {}
    for cut in (words_of, pieces_of):
        for first, second, share in _by_words(rows, cut):
            if share > pairs.get((first, second), ("", 0.0))[1]:
                pairs[first, second] = (SAME if math.isinf(share) else WORDS, min(share, 1.0))
    if vectors is not None:
        for first, second, cosine in _by_meaning(rows, vectors):
            pairs.setdefault((first, second), (MEANING, cosine))
    ranks = {name: rank for rank, name in enumerate(dict.fromkeys(rows.parts))}
    of_part = np.array([ranks[name] for name in rows.parts])
    nearest: dict[int, tuple[tuple[bool, float], int]] = {}
    within = []
    for (first, second), (how, likeness) in pairs.items():
        rank = (how == SAME, likeness)
        if of_part[first] == of_part[second]:
            if likeness < LEAST_WITHIN:
                continue
            within.append((rank, second, first))
            continue
        if second not in nearest or rank > nearest[second][0]:
            nearest[second] = (rank, first)
    between = sorted(((rank, row, other) for row, (rank, other) in nearest.items()), reverse=True)
    found = [*between, *sorted(within, reverse=True)]
    return [_double(rows, row, other, *pairs[other, row]) for _, row, other in found]


def groups_of(rows: PooledRows) -> np.ndarray:
    """int64 [rows], the number of the first row that holds the same words, in whatever order.

    Texts that share most words, and not all, are no group: each of a chain of them is near the next, and the ends are
    about other things.
    """
    firsts: dict[frozenset, int] = {}
    keys = zip(*([folded(text) for text in column] for column in rows.texts), strict=True)
    return np.array([firsts.setdefault(frozenset(_counted(key)), row) for row, key in enumerate(keys)], "int64")


def _double(rows: PooledRows, row: int, other: int, how: str, likeness: float) -> Double:
    own, its = ((rows.places[number], rows.parts[number], rows.text(number)) for number in (row, other))
    return Double(*own, *its, how, round(float(likeness), 4), _differ(rows, row, other))


def _differ(rows: PooledRows, first: int, second: int) -> bool:
    labels = rows.labels[[first, second]]
    return bool((labels != NO_LABEL).all() and labels[0] != labels[1])


def _by_words(rows: PooledRows, cut: Callable[[str], list[str]]) -> Iterator[tuple[int, int, float]]:
    """Pairs of rows, the earlier first, with the share of words that they share; infinite for the same text.

    `cut` makes words of a text. As a word with hyphens, a number or an address is one where it is another, and several
    where it is written apart, rows are compared by both.

    No pair is missed: of words in the order of how rare they are, two rows that share so many have one in common among
    the first few of each (Xiao et al., 2008, https://doi.org/10.1145/1367497.1367516). A text that stands there many
    times is compared once: its rows are pairs with its first one and, where parts or labels differ, with each other.
    """
    keys: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for row in range(len(rows)):
        keys[tuple(folded(column[row]) for column in rows.texts)].append(row)
    texts = list(keys)
    for same in keys.values():
        for first, second in _telling_pairs(rows, same):
            yield first, second, math.inf
    bags = [frozenset(_counted(key, cut)) for key in texts]
    counts = Counter(word for bag in bags for word in bag)
    index: dict[tuple[str, int], list[int]] = defaultdict(list)
    order = sorted(range(len(bags)), key=lambda number: len(bags[number]))
    for number in order:
        bag = bags[number]
        if len(bag) < LEAST_WORDS:
            continue
        rarest = sorted(bag, key=lambda word: (counts[word], word))
        prefix = rarest[: len(bag) - math.ceil(LEAST_SHARED * len(bag)) + 1]
        seen = set()
        for word in prefix:
            for other in index[word]:
                if other in seen or len(bags[other]) < LEAST_SHARED * len(bag):
                    continue
                seen.add(other)
                common = len(bag & bags[other])
                share = common / (len(bag) + len(bags[other]) - common)
                if share >= LEAST_SHARED:
                    for first, second in _across(rows, keys[texts[number]], keys[texts[other]]):
                        yield first, second, share
            index[word].append(number)


def _counted(key: tuple[str, ...], cut: Callable[[str], list[str]] = words_of) -> Iterator[tuple[int, str, int]]:
    """The words of a row; of a word that stands there twice both, and of a pair by text."""
    seen: Counter[tuple[int, str]] = Counter()
    for column, text in enumerate(key):
        for word in cut(text):
            seen[column, word] += 1
            yield column, word, seen[column, word]


def _telling_pairs(rows: PooledRows, same: list[int]) -> Iterator[tuple[int, int]]:
    """Of rows with one text: each with the first, with the first of each earlier part, and of each other label."""
    firsts: dict[tuple[str, int], int] = {}
    for row in same:
        yield from ((other, row) for other in firsts.values() if _matters(rows, other, row))
        firsts.setdefault((rows.parts[row], int(rows.labels[row])), row)


def _across(rows: PooledRows, first: list[int], second: list[int]) -> Iterator[tuple[int, int]]:
    """The same of rows of two texts, the earlier row of each pair first."""
    others = {(rows.parts[row], int(rows.labels[row])): row for row in reversed(first)}
    for row in second:
        for other in others.values():
            if _matters(rows, row, other):
                yield min(row, other), max(row, other)


def _matters(rows: PooledRows, first: int, second: int) -> bool:
    return rows.parts[first] != rows.parts[second] or _differ(rows, first, second)


def _by_meaning(rows: PooledRows, vectors: np.ndarray) -> Iterator[tuple[int, int, float]]:
    """Of each row of a later part the nearest of an earlier one, where it is near enough."""
    centred = vectors - vectors.mean(axis=0)  # vectors of plain BERT all lie in one direction
    centred /= np.maximum(np.linalg.norm(centred, axis=1, keepdims=True), 1e-12)
    long = np.array(
        [sum(len(words_of(column[row])) for column in rows.texts) >= LEAST_WORDS for row in range(len(rows))]
    )
    names = list(dict.fromkeys(rows.parts))
    of_part = np.array([names.index(name) for name in rows.parts])
    for rank in range(1, len(names)):
        earlier = np.flatnonzero((of_part < rank) & long)
        own = np.flatnonzero((of_part == rank) & long)
        for start in range(0, len(own) if len(earlier) else 0, _CHUNK):
            chunk = own[start : start + _CHUNK]
            best, most = np.zeros(len(chunk), "int64"), np.full(len(chunk), -1.0)
            for begin in range(0, len(earlier), _CHUNK * 8):
                some = earlier[begin : begin + _CHUNK * 8]
                cosines = centred[chunk] @ centred[some].T
                nearest = cosines.argmax(axis=1)
                values = cosines[np.arange(len(chunk)), nearest]
                best, most = np.where(values > most, some[nearest], best), np.maximum(values, most)
            for row, other, cosine in zip(chunk, best, most, strict=True):
                if cosine >= LEAST_COSINE:
                    yield int(other), int(row), float(cosine)
