"""`cut_rows`: texts that are cut at the sequence length, and whether what is cut off holds the answer."""

import dataclasses
from typing import Any

import numpy as np

from bert_keras.row_checks.pooled_rows import NO_LABEL, PooledRows
from bert_keras.row_checks.telling_words import TellingWord, phrases_of
from bert_keras.text.packing import special_tokens

_CHUNK = 1024


@dataclasses.dataclass(frozen=True)
class CutRow:
    """A row that is longer than what is read of it.

    Args:
        place, part, text: of the row.
        tokens: that it has, with the special ones.
        kept: that are read.
        label: of the row; None where it has none.
        words: that tell this label and stand in what is cut off alone.
        probability: of the label by what is read, of models that did not see the row; None where it has none.
        rest_probability: the same by what is cut off; None of pairs.
        loses_answer: whether the label can be told by what is cut off, and not by what is read.
    """

    place: str
    part: str
    text: str
    tokens: int
    kept: int
    label: str | None
    words: tuple[str, ...]
    probability: float | None
    rest_probability: float | None
    loses_answer: bool


@dataclasses.dataclass(frozen=True)
class Cut:
    """Where a row is cut.

    Args:
        row: its number.
        tokens: that it has, with the special ones.
        rest: what is cut off; None of pairs, whose texts are cut in turn.
    """

    row: int
    tokens: int
    rest: str | None


def find_cuts(rows: PooledRows, tokenizer: Any, capacity: int) -> list[Cut]:
    """The rows that are longer than `capacity` tokens, with the special ones."""
    special = special_tokens(len(rows.texts), tokenizer.pair_layout)
    cuts = []
    for start in range(0, len(rows), _CHUNK):
        texts = [list(column[start : start + _CHUNK]) for column in rows.texts]
        lengths = special + sum(tokenizer(column).row_lengths().numpy() for column in texts)
        long = np.flatnonzero(lengths > capacity)
        if len(rows.texts) > 1:
            cuts += [Cut(start + int(row), int(lengths[row]), None) for row in long]
        elif len(long):
            starts = tokenizer.tokenize_with_offsets([texts[0][row] for row in long])[1]
            first = starts.flat_values.numpy()[starts.row_starts().numpy() + capacity - special]
            cuts += [
                Cut(start + int(row), int(lengths[row]), texts[0][row][place:])
                for row, place in zip(long, first, strict=True)
            ]
    return cuts


def cut_rows(
    rows: PooledRows,
    cuts: list[Cut],
    capacity: int,
    label_names: tuple[str, ...],
    telling: list[TellingWord],
    chances: np.ndarray,
    rest_chances: dict[int, np.ndarray],
) -> list[CutRow]:
    """What is said of each, those that lose their answer first, and then the longest.

    Args:
        rows, cuts, capacity: as in `find_cuts`.
        label_names: by number.
        telling: words that tell a label.
        chances: float [rows, classes], of what is read, by models that did not see the row; nan without a label.
        rest_chances: by row, float [classes], of what is cut off.
    """
    by_label: dict[str, set[str]] = {}
    for word in telling:
        by_label.setdefault(word.label, set()).add(word.words)
    found = []
    for cut in cuts:
        row, number = cut.row, int(rows.labels[cut.row])
        label = None if number == NO_LABEL else label_names[number]
        words: set[str] = set()
        probability = rest_probability = None
        if label is not None:
            probability = float(chances[row, number])
            rest_probability = float(rest_chances[row][number]) if row in rest_chances else None
            if cut.rest is not None:
                own = by_label.get(label, set())
                kept = phrases_of(rows.texts[0][row][: -len(cut.rest)])
                words = set() if own & kept else own & phrases_of(cut.rest)
        loses = bool(words) or (rest_probability is not None and probability < 0.5 <= rest_probability)
        read = (tuple(sorted(words)), probability, rest_probability, loses)
        found.append(CutRow(rows.places[row], rows.parts[row], rows.text(row), cut.tokens, capacity, label, *read))
    return sorted(found, key=lambda item: (not item.loses_answer, -item.tokens))
