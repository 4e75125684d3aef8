"""`telling_words`: words and pairs of words that stand with one label nearly always, beyond chance."""

import dataclasses
import itertools
from collections import Counter
from collections.abc import Sequence

import numpy as np
from scipy import stats

from bert_keras.row_checks.words_of import words_of

LEAST_ROWS = 5  # that hold a word which is tried
LEAST_SHARE = 0.95  # of its rows that have one label
_ASSURANCE = 0.95  # that none of all the words that were tried is there by chance


@dataclasses.dataclass(frozen=True)
class TellingWord:
    """A word, or two that follow each other, by which a row's label can be told.

    Args:
        words: as they are compared, without case.
        label: that their rows have.
        rows: that hold them, each counted once.
        share: of these, those with the label.
        bound: the least that this share may be among further such rows, by Clopper and Pearson, with all the words in
            mind that were tried.
        usual: the label's share of all rows.
        place: where the first of these rows stands.
    """

    words: str
    label: str
    rows: int
    share: float
    bound: float
    usual: float
    place: str


def telling_words(
    texts: Sequence[str], labels: np.ndarray, label_names: Sequence[str], places: Sequence[str]
) -> list[TellingWord]:
    """The words that give a label away, those with the most rows first.

    A word is named if 95% of its rows have one label, and the bound on that share lies nearer to 1 than to the label's
    share of all rows. Two words are named where neither of them is named alone.

    Args:
        texts: of the rows, of pairs both texts.
        labels: int [rows].
        label_names: by number.
        places: where each row stands.
    """
    counts: dict[str, Counter[int]] = {}
    firsts: dict[str, int] = {}
    for row, text in enumerate(texts):
        for words in phrases_of(text):
            counts.setdefault(words, Counter())[int(labels[row])] += 1
            firsts.setdefault(words, row)
    tried = {words: own for words, own in counts.items() if own.total() >= LEAST_ROWS}
    usual = np.bincount(labels, minlength=len(label_names)) / max(len(labels), 1)
    found: dict[str, TellingWord] = {}
    for words, own in tried.items():
        (label, times), rows = own.most_common(1)[0], own.total()
        if times < LEAST_SHARE * rows:
            continue
        bound = float(stats.beta.ppf((1 - _ASSURANCE) / len(tried), times, rows - times + 1))
        if bound >= (1 + usual[label]) / 2:
            name, share = label_names[label], times / rows
            found[words] = TellingWord(words, name, rows, share, bound, float(usual[label]), places[firsts[words]])
    alone = [word for word in found.values() if not _parts(word.words) & found.keys()]
    return sorted(alone, key=lambda word: (-word.rows * word.bound, word.words))


def phrases_of(text: str) -> set[str]:
    """The words and marks of a text, and each two that follow each other."""
    words = words_of(text)
    return {*words, *map(" ".join, itertools.pairwise(words))}


def _parts(words: str) -> set[str]:
    """The two words of a pair; of a single word none."""
    return set(words.split(" ")) - {words}
