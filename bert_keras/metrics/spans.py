"""Decoding spans: from start and end logits of windows to the n best answers of each question.

Plain NumPy over all windows at once; the rules are those of BERT's SQuAD script (Devlin et al., 2018): both ends inside
the context, start not after end, at most `max_answer_length` tokens, the start in the window that shows most of its
surroundings, answers with the same text counted once.
"""

import dataclasses
import functools
from collections.abc import Sequence

import numpy as np


@dataclasses.dataclass(frozen=True, eq=False)
class WindowLogits:
    """What a model says about windows; `W` of them, of `Q` questions.

    Args:
        start_logits, end_logits: float32, the rows of all windows one after the other.
        splits: int [W + 1], window w is `start_logits[splits[w] : splits[w + 1]]`; its first entry is [CLS].
        rows: int [W], the question of each window, ascending.
        firsts: int [W], the number of the window's first context token in its context.
        counts: int [W], context tokens in the window.
        places: int [W], where in the window its context begins.
        num_questions: Q.
    """

    start_logits: np.ndarray
    end_logits: np.ndarray
    splits: np.ndarray
    rows: np.ndarray
    firsts: np.ndarray
    counts: np.ndarray
    places: np.ndarray
    num_questions: int

    @functools.cached_property
    def first_tokens(self) -> np.ndarray:
        """int [W]: context tokens in the windows before each."""
        return np.cumsum(self.counts) - self.counts


@dataclasses.dataclass(frozen=True)
class Span:
    """An answer: characters `context[start:end]`, and the sum of its two logits."""

    text: str
    start: int
    end: int
    logit: float


def null_scores(logits: WindowLogits) -> np.ndarray:
    """float32 [Q]: the least, over a question's windows, of the start and end logit of [CLS] together."""
    at_cls = logits.start_logits[logits.splits[:-1]] + logits.end_logits[logits.splits[:-1]]
    scores = np.full(logits.num_questions, np.inf, "float32")
    np.minimum.at(scores, logits.rows, at_cls)
    return scores


def best_spans(
    logits: WindowLogits,
    contexts: Sequence[str],
    starts: Sequence[np.ndarray],
    limits: Sequence[np.ndarray],
    n_best: int = 20,
    max_answer_length: int = 30,
) -> list[list[Span]]:
    """The `n_best` spans of each question, best first; an empty list where the context has no token.

    Every admissible pair is looked at. (BERT's script pairs the 20 best starts with the 20 best ends alone.)

    Args:
        contexts: str [Q].
        starts, limits: for each question int [context tokens], the characters of each token.
        n_best: spans of a question, with different texts.
        max_answer_length: in tokens.
    """
    shown = _is_max_context(logits)
    bounds = np.searchsorted(logits.rows, np.arange(logits.num_questions + 1))
    found = []
    for question in range(logits.num_questions):
        windows = range(bounds[question], bounds[question + 1])
        begin, stop, score = _candidates(logits, windows, shown, max_answer_length, 4 * n_best)
        spans = _distinct(contexts[question], starts[question], limits[question], begin, stop, score, n_best)
        if len(spans) < n_best and len(score) == 4 * n_best:  # many had the same text: look at all
            begin, stop, score = _candidates(logits, windows, shown, max_answer_length, None)
            spans = _distinct(contexts[question], starts[question], limits[question], begin, stop, score, n_best)
        found.append(spans)
    return found


def _candidates(
    logits: WindowLogits, windows: range, shown: np.ndarray, max_answer_length: int, count: int | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """First and last token (numbers in the context) and score of a question's `count` best pairs, best first."""
    columns = [(np.zeros((0, max_answer_length), "float32"), 0)]
    for window in windows:
        length = int(logits.counts[window])
        if length == 0:
            continue
        base = int(logits.splits[window] + logits.places[window])
        place = int(logits.first_tokens[window])
        start = np.where(shown[place : place + length], logits.start_logits[base : base + length], -np.inf)
        end = np.concatenate([logits.end_logits[base : base + length], np.full(max_answer_length - 1, -np.inf)])
        pairs = start[:, None] + np.lib.stride_tricks.sliding_window_view(end, max_answer_length)
        columns.append((pairs.astype("float32"), int(logits.firsts[window])))
    scores = np.concatenate([pairs.ravel() for pairs, _ in columns])
    begins = np.concatenate([np.repeat(first + np.arange(len(p)), max_answer_length) for p, first in columns])
    chosen = np.flatnonzero(np.isfinite(scores))
    if count is not None and len(chosen) > count:
        chosen = chosen[np.argpartition(-scores[chosen], count - 1)[:count]]
    chosen = chosen[np.lexsort((chosen, -scores[chosen]))]
    return begins[chosen], begins[chosen] + chosen % max_answer_length, scores[chosen]


def _distinct(
    context: str,
    starts: np.ndarray,
    limits: np.ndarray,
    begin: np.ndarray,
    stop: np.ndarray,
    score: np.ndarray,
    n_best: int,
) -> list[Span]:
    """The spans with different texts that can be seen, in the order given, at most `n_best`."""
    seen, spans = set(), []
    for first, last, value in zip(begin, stop, score, strict=True):
        left, right = int(starts[first]), int(limits[last])
        text = context[left:right]
        if text in seen or not text.strip():
            continue
        seen.add(text)
        spans.append(Span(text, left, right, float(value)))
        if len(spans) == n_best:
            break
    return spans


def _is_max_context(logits: WindowLogits) -> np.ndarray:
    """bool [context tokens of all windows]: no other window of the question shows more of the token's surroundings.

    That is what stands on its poorer side; ties go to the longer window by a hundredth of its length, then to the
    first.
    """
    window = np.repeat(np.arange(len(logits.counts)), logits.counts)
    place = np.arange(len(window)) - np.repeat(logits.first_tokens, logits.counts)
    token = logits.firsts[window] + place
    score = _surroundings(place, logits.counts[window])
    best = np.ones(len(window), bool)
    first = np.searchsorted(logits.rows, logits.rows)[window]
    last = np.searchsorted(logits.rows, logits.rows, side="right")[window]
    for step in range(int((last - first).max(initial=0))):  # the windows of a question are few
        other = np.minimum(first + step, last - 1)
        there = token - logits.firsts[other]
        inside = (there >= 0) & (there < logits.counts[other]) & (other != window)
        theirs = _surroundings(there, logits.counts[other])
        best &= ~(inside & ((theirs > score) | ((theirs == score) & (other < window))))
    return best


def _surroundings(place: np.ndarray, count: np.ndarray) -> np.ndarray:
    return np.minimum(place, count - 1 - place) + 0.01 * count
