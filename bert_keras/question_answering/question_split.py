"""`QuestionSplit`: questions about contexts as windows of ids in memory, with the places of their answers."""

import dataclasses
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.bar import bar
from bert_keras.data.labelled_rows import LabelledRows
from bert_keras.data.split import Split
from bert_keras.features import END_LOGITS, START_LOGITS
from bert_keras.question_answering.question_examples import UNPLACED, QuestionExamples
from bert_keras.text.windows import QuestionPreprocessor, Windows

_CHUNK_QUESTIONS = 512  # turned into windows in one call
_CHUNK_CHARACTERS = 1_000_000  # of distinct contexts in one call, or one context


@dataclasses.dataclass(frozen=True, eq=False)
class QuestionSplit(Split):
    """One part of a question answering task: a row is a window. The labels are the answer's first and last token.

    A window that does not hold the whole answer, and one of a question without an answer, has the label 0, [CLS]. A
    question whose answer has no place among the tokens, or is whole in none of its windows, has no windows here: it
    would be trained on as unanswerable.

    Args:
        examples: the labels of the windows, under `start_logits` and `end_logits`; `ids` are the numbers of their
            questions.
        word_ids, type_ids: ragged int32 [windows, (tokens)].
        truncated: questions that lost tokens to max_query_length.
        questions: all questions of the part.
        preprocessor: that made the windows.
        unaligned: ids of the questions without windows: the place of the answer in the context is not known, no token
            stands there, or no window holds all of it.
        widened: ids of questions whose answer begins or ends inside a token: the label is the tokens that hold it.
    """

    examples: LabelledRows
    questions: QuestionExamples = dataclasses.field(kw_only=True)
    preprocessor: QuestionPreprocessor = dataclasses.field(kw_only=True)
    unaligned: tuple[str, ...] = ()
    widened: tuple[str, ...] = ()

    def place(self, row: int) -> str:
        return f"{self.examples.source}, question '{self.questions.ids[int(self.examples.ids[row])]}'"


def make_question_split(questions: QuestionExamples, preprocessor: QuestionPreprocessor) -> QuestionSplit:
    """Cuts the contexts of a part into windows, once, and finds the answers' tokens."""
    if not len(questions):
        raise ValueError(checks.message("questions", "hold at least one", questions.source or "none"))
    chunks = _chunks(questions)
    windows = []
    with bar("tokenizing", len(questions)) as shown:
        for rows in chunks:
            windows.append(_windows_of(questions, rows, preprocessor))
            shown(sum(map(len, chunks[: len(windows)])))
    rows, starts, ends, spans, cut = (np.concatenate([part[place] for part in windows]) for place in range(2, 7))
    words, types = (tf.concat([part[place] for part in windows], axis=0) for place in range(2))
    # Chunks follow the contexts; the split follows the questions. Windows of a question stay in their order.
    order = np.argsort(rows, kind="stable")
    unaligned, widened = spans == _UNALIGNED, spans == _WIDENED
    question_rows = np.concatenate(chunks)
    left_out = np.zeros(len(questions), bool)
    left_out[question_rows[unaligned]] = True
    order = order[~left_out[rows[order]]]
    if not len(order):
        advice = f"`answer_start` counts characters from 0; the first question is '{questions.ids[0]}'."
        must = f"hold a question whose answer is at its place, in {questions.source or 'this part'}"
        raise ValueError(checks.message("questions", must, f"{len(questions)} without one", advice))

    def names(flags: np.ndarray) -> tuple[str, ...]:
        return tuple(questions.ids[row] for row in np.sort(question_rows[flags]))

    labels = {START_LOGITS: starts[order], END_LOGITS: ends[order]}
    return QuestionSplit(
        LabelledRows(labels, rows[order], questions.source),
        tf.gather(words, order),
        tf.gather(types, order),
        int(cut.sum()),
        questions=questions,
        preprocessor=preprocessor,
        unaligned=names(unaligned),
        widened=names(widened),
    )


_EXACT, _WIDENED, _UNALIGNED = range(3)


def _chunks(questions: QuestionExamples) -> list[np.ndarray]:
    """Row numbers in the order of their contexts, so that each context is tokenized once."""
    places: dict[str, int] = {}
    which = np.array([places.setdefault(context, len(places)) for context in questions.contexts])
    chunks: list[list[int]] = [[]]
    characters, last = 0, -1
    for row in np.argsort(which, kind="stable"):
        own = len(questions.contexts[row])
        more = own if which[row] != last else 0
        full = len(chunks[-1]) == _CHUNK_QUESTIONS or (more and characters + more > _CHUNK_CHARACTERS)
        if chunks[-1] and full:
            chunks.append([])
            characters, more = 0, own
        chunks[-1].append(int(row))
        characters, last = characters + more, which[row]
    return [np.array(chunk) for chunk in chunks]


def _windows_of(questions: QuestionExamples, chunk: np.ndarray, preprocessor: QuestionPreprocessor) -> tuple[Any, ...]:
    """Word ids, type ids, question numbers, starts and ends of windows; kinds of spans and cut flags of questions."""
    windows = preprocessor([questions.questions[row] for row in chunk], [questions.contexts[row] for row in chunk])
    firsts, lasts, kinds = _token_spans(questions, chunk, windows)
    rows, first, count, place = (
        column.numpy() for column in (windows.rows, windows.firsts, windows.counts, windows.places)
    )
    begin, stop = firsts[rows], lasts[rows]
    inside = (begin >= first) & (stop < first + count) & (begin >= 0)
    kinds[(firsts >= 0) & ~np.isin(np.arange(len(chunk)), rows[inside])] = _UNALIGNED
    starts, ends = (np.where(inside, place + token - first, 0).astype("int32") for token in (begin, stop))
    cut = windows.question_lengths.numpy() > preprocessor.max_query_length
    return windows.word_ids, windows.type_ids, chunk[rows], starts, ends, kinds, cut


def _token_spans(
    questions: QuestionExamples, chunk: np.ndarray, windows: Windows
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The first and last token of each question's first answer, counted in its context; -1 without one."""
    firsts, lasts, kinds = (np.full(len(chunk), value, "int32") for value in (-1, -1, _EXACT))
    splits = windows.starts.row_splits.numpy()
    starts, limits = windows.starts.flat_values.numpy(), windows.limits.flat_values.numpy()
    for place, row in enumerate(chunk):
        if not questions.answers[row]:
            continue
        text, begin = questions.answers[row][0]
        begin, stop = begin + len(text) - len(text.lstrip()), begin + len(text.rstrip())
        own_starts, own_limits = (column[splits[place] : splits[place + 1]] for column in (starts, limits))
        first = int(np.searchsorted(own_limits, begin, side="right"))
        last = int(np.searchsorted(own_starts, stop, side="left")) - 1
        if begin < 0 or questions.answers[row][0][1] == UNPLACED or first > last:
            kinds[place] = _UNALIGNED
            continue
        firsts[place], lasts[place] = first, last
        if own_starts[first] < begin or own_limits[last] > stop:
            kinds[place] = _WIDENED
    return firsts, lasts, kinds
