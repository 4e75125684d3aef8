"""`cut_questions`: questions whose answer a model cannot read or give, at the lengths that are set."""

import dataclasses
from typing import Any

import numpy as np

from bert_keras.question_answering.question_examples import UNPLACED, QuestionExamples

_CHUNK = 128
NO_PLACE, NO_WINDOW, TOO_LONG, CUT = (
    "its place in the context is not known",
    "no window holds all of it",
    "it is longer than max_answer_length",
    "the question is cut at max_query_length",
)


@dataclasses.dataclass(frozen=True)
class CutQuestion:
    """A question that loses its answer, or its own end.

    Args:
        place, part, text: of the question.
        answer: the first that it has.
        tokens: of the answer, or of a question that is cut; None where the answer has no place.
        why: what is wrong.
        loses_answer: False where the question alone is cut.
    """

    place: str
    part: str
    text: str
    answer: str
    tokens: int | None
    why: str
    loses_answer: bool


def cut_questions(
    questions: QuestionExamples, part: str, preprocessor: Any, max_answer_length: int
) -> list[CutQuestion]:
    """The questions of a part that are at fault, in their order; those without an answer have none to lose.

    Args:
        questions: of the part.
        part: its name.
        preprocessor: a `QuestionPreprocessor`, which makes the windows.
        max_answer_length: tokens of an answer, at most.
    """
    found = []
    for start in range(0, len(questions), _CHUNK):
        rows = range(start, min(start + _CHUNK, len(questions)))
        windows = preprocessor([questions.questions[row] for row in rows], [questions.contexts[row] for row in rows])
        of_question, firsts, counts = (column.numpy() for column in (windows.rows, windows.firsts, windows.counts))
        lengths = windows.question_lengths.numpy()
        for number, row in enumerate(rows):
            place = f"{questions.source}, question '{questions.ids[row]}'"
            answers = questions.answers[row]
            text, character = answers[0] if answers else ("", 0)

            def told(why: str, tokens: int | None, loses: bool = True, own: tuple = (place, row, text)) -> None:
                found.append(CutQuestion(own[0], part, questions.questions[own[1]], own[2], tokens, why, loses))

            if lengths[number] > preprocessor.max_query_length:
                told(CUT, int(lengths[number]), False)
            if not answers:
                continue
            inside = _tokens(windows.starts[number].numpy(), windows.limits[number].numpy(), character, len(text))
            if character == UNPLACED or not len(inside):
                told(NO_PLACE, None)
                continue
            own = of_question == number
            first, last = inside[0], inside[-1]
            if not ((firsts[own] <= first) & (last < firsts[own] + counts[own])).any():
                told(NO_WINDOW, len(inside))
            elif len(inside) > max_answer_length:
                told(TOO_LONG, len(inside))
    return found


def _tokens(starts: np.ndarray, limits: np.ndarray, character: int, length: int) -> np.ndarray:
    """The numbers of the tokens of a piece of text."""
    return np.flatnonzero((starts < character + length) & (limits > character))
