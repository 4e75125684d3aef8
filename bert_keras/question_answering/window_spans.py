"""`window_spans`: the answers that each window holds by itself, with probabilities over the window's own tokens.

That is how the question-answering pipeline of transformers 4 decoded. `span_decoder` decodes as BERT's script: all
windows of a context together, with logits.
"""

from typing import NamedTuple

import numpy as np

_SPARE = 10  # spans that are looked at beyond two for each answer: with whole words several become one


class WindowSpan(NamedTuple):
    """An answer in a context: `context[start:end]`.

    Args:
        score: the probability that the answer begins where it does times the probability that it ends there, each over
            [CLS] and the window's tokens of context, summed over spans with the same text in one window; in [0, 1].
        start, end: characters.
    """

    score: float
    start: int
    end: int


class WindowTokens(NamedTuple):
    """The tokens of context in a window, and what the model says of them.

    Args:
        starts, limits: int [tokens], characters of the context: where an answer begins whose first token it is, and
            ends whose last it is.
        start_logits, end_logits: float32 [1 + tokens], of [CLS] and then of the tokens.
    """

    starts: np.ndarray
    limits: np.ndarray
    start_logits: np.ndarray
    end_logits: np.ndarray


def window_spans(
    context: str, windows: list[WindowTokens], top_k: int, max_answer_length: int, whole_words: bool
) -> tuple[list[WindowSpan], float]:
    """The answers in all windows of one context, the most probable first, and the probability that there is none.

    Texts that differ in upper and lower case alone are one answer. Within a window their probabilities are added, for
    the spans exclude each other; of several windows, which see the same place twice, the highest counts.

    Args:
        context: the text.
        windows: of the context.
        top_k: as many answers are looked for; there may be more or fewer.
        max_answer_length: in tokens.
        whole_words: whether `starts` and `limits` are those of words, so that several spans may be one answer: more of
            them are looked at then.

    Returns:
        The second is the least over the windows of the probability that both start and end are [CLS].
    """
    found: dict[str, WindowSpan] = {}
    null = 1.0
    number = 2 * top_k + _SPARE if whole_words else top_k
    for window in windows:
        begins, ends = _softmax(window.start_logits), _softmax(window.end_logits)
        null = min(null, float(begins[0] * ends[0]))
        own: dict[str, WindowSpan] = {}
        for score, first, last in _best_pairs(begins[1:], ends[1:], number, max_answer_length):
            start, end = int(window.starts[first]), int(window.limits[last])
            text = context[start:end].lower()
            before = own.get(text)
            own[text] = WindowSpan(score, start, end) if before is None else before._replace(score=before.score + score)
        for text, span in own.items():
            if text not in found or span.score > found[text].score:
                found[text] = span
    return sorted(found.values(), key=lambda span: -span.score), null


def word_bounds(starts: np.ndarray, limits: np.ndarray, is_continued: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each piece of a text where its word begins and ends, in characters: int [pieces] twice.

    Args:
        starts, limits: int [pieces], of the pieces.
        is_continued: bool [pieces], whether a piece goes on with the word of the one before.
    """
    if not len(starts):
        return starts, limits
    word = np.cumsum(~is_continued | (np.arange(len(starts)) == 0)) - 1
    firsts = np.flatnonzero(np.diff(word, prepend=-1))
    lasts = np.append(firsts[1:], len(word)) - 1
    return starts[firsts][word], limits[lasts][word]


def _softmax(logits: np.ndarray) -> np.ndarray:
    weights = np.exp(logits - logits.max())
    return weights / weights.sum()


def _best_pairs(
    begins: np.ndarray, ends: np.ndarray, number: int, max_answer_length: int
) -> list[tuple[float, int, int]]:
    """(score, first token, last token) of the most probable spans of a window, best first."""
    longest = min(max_answer_length, len(begins))
    if not longest:
        return []
    padded = np.concatenate([ends, np.zeros(longest - 1, ends.dtype)])
    scores = begins[:, None] * np.lib.stride_tricks.sliding_window_view(padded, longest)
    inside = np.arange(len(begins))[:, None] + np.arange(longest) < len(begins)
    flat = np.where(inside, scores, -1.0).ravel()
    number = min(number, int(inside.sum()))
    best = np.argpartition(-flat, number - 1)[:number]
    best = best[np.argsort(-flat[best], kind="stable")]
    return [(float(flat[place]), int(place // longest), int(place // longest + place % longest)) for place in best]
