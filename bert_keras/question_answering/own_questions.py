"""`read_own_questions`: a user's own questions, checked, with their answers in their places, and all faults at once."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras.checks import beyond_utf8, message, one_of, warn
from bert_keras.question_answering.placed_answer import NOWHERE, placed_answer
from bert_keras.question_answering.question_examples import UNPLACED, QuestionExamples, is_blank
from bert_keras.question_answering.raw_questions import RawQuestion, raw_questions
from bert_keras.text.placing import fitting_units

IMPOSSIBLE, LEAVE_OUT = UNANSWERED = ("impossible", "leave_out")
_SHOWN = 10  # faults, of a file that has more
_TRUTHS = {"true": True, "false": False, "1": True, "0": False}


class _Fault(ValueError):
    """What is wrong about one question."""


def read_own_questions(
    source: Any, name: str = "questions", repair: bool = False, unanswered: str | None = None
) -> QuestionExamples:
    """The questions of a file or an object, in its order.

    An answer belongs at its `answer_start`, in Python's characters from 0. Where the context does not hold it there it
    is looked for, see `placed`; in which unit a file counts is found from all its answers. An answer that is found has
    the context's own characters; one that is not, or may be at several places, is `UNPLACED`, and is not trained on.
    Both are in `misplaced`, and a warning counts them.

    Args:
        source: see `raw_questions`.
        name: of the source, for messages.
        repair: whether questions at fault are left out and counted; they are an error else.
        unanswered: what questions without an answer are that do not say `is_impossible`, or say that it is false:
            "impossible", they have none in their context; "leave_out", nobody has answered them yet. None: the former
            where they do not say it, an error where they say that it is false.

    Raises:
        ValueError: for questions at fault: how many there are, and the first ten with their path or line.
    """
    if unanswered is not None:
        one_of("unanswered", unanswered, UNANSWERED)
    try:
        raw = raw_questions(source)
    except ValueError as error:
        raise ValueError(str(error) if str(error).startswith(name) else f"{name}: {error}") from error
    counts: Counter[str] = Counter()
    names = _names(raw, counts)
    faults, rows = [], []
    for question, own in zip(raw, names, strict=True):
        try:
            row = _checked(question, own, unanswered, counts)
        except _Fault as fault:
            faults.append(str(fault))
            continue
        if row is not None:
            rows.append(row)
    if faults and not repair:
        more = "" if len(faults) <= _SHOWN else f"\n… and {len(faults) - _SHOWN:,} more"
        head = f"{name}: " + ("" if len(faults) == 1 else f"{len(faults):,} of {len(raw):,} questions are at fault:\n")
        advice = "" if len(faults) == 1 else "\nrepair=True (--repair) leaves such questions out."
        raise ValueError(head + "\n".join(faults[:_SHOWN]) + more + advice)
    if faults:
        counts["questions at fault were left out"] = len(faults)
    if not rows:
        raise ValueError(f"{name}: " + message("data", "hold at least one question that can be used", len(raw)))
    return _examples(rows, name, counts)


def _names(raw: Sequence[RawQuestion], counts: Counter[str]) -> list[str | None]:
    """An id for each question, each once; None for one that stands there already, word for word."""
    given = [None if question.id is None or question.id == "" else str(question.id) for question in raw]
    counts["ids are no texts, and were written as such"] += sum(
        question.id is not None and not isinstance(question.id, str) for question in raw
    )
    counts["questions have no id and were numbered"] += sum(own is None for own in given)
    taken, seen, names = {own for own in given if own is not None}, {}, []
    for place, (question, own) in enumerate(zip(raw, given, strict=True)):
        if own is None:
            own = _free(f"question-{place}", taken)
        elif own in seen:
            same = (question.context, question.question, question.answers)
            if same == seen[own]:
                counts["questions stand there twice, and count once"] += 1
                names.append(None)
                continue
            counts["ids were given to two questions, and have a number behind"] += 1
            own = _free(f"{own}-2", taken)
        seen.setdefault(own, (question.context, question.question, question.answers))
        names.append(own)
    return names


def _free(name: str, taken: set[str]) -> str:
    stem, number = (name[:-2], 2) if name.endswith("-2") else (name, 1)
    while name in taken:
        number += 1
        name = f"{stem}-{number}"
    taken.add(name)
    return name


def _checked(
    question: RawQuestion, name: str | None, unanswered: str | None, counts: Counter[str]
) -> tuple[str, str, str, str, list[tuple[str, int | None]]] | None:
    """(id, title, context, question, answers) of a question; None for one that is left out.

    Raises:
        _Fault: what is wrong about it.
    """
    if question.fault:
        raise _Fault(question.fault)
    if name is None:
        return None
    texts = {}
    for field in ("context", "question"):
        value = getattr(question, field)
        if not isinstance(value, str):
            _refuse(question, name, field, "be a string", value)
        if is_blank(value):
            _refuse(question, name, field, "have a visible character", value)
        texts[field] = value
    for field, value in {**texts, "id": name}.items():
        if must := beyond_utf8(value):
            _refuse(question, ascii(name)[1:-1], field, must, value)
    title = "" if question.title is None else str(question.title)
    answers = [_answer(question, name, number, *own) for number, own in enumerate(question.answers or ())]
    answers = [own for own in answers if own is not None]
    says = _truth(question, name)
    if says and answers:
        advice = "Put them under 'plausible_answers', or let 'is_impossible' be false."
        _refuse(question, name, "answers", "be empty, as 'is_impossible' is true", answers, advice)
    if not says and not answers:
        if unanswered == LEAVE_OUT:
            counts["questions are not answered yet and were left out (unanswered='leave_out')"] += 1
            return None
        if says is False and unanswered is None:
            advice = (
                "unanswered='leave_out' (--unanswered) leaves out what nobody has answered yet, 'impossible' says no."
            )
            _refuse(question, name, "answers", "hold at least one answer, as 'is_impossible' is false", [], advice)
        if not question.is_row:
            what = "questions without an answer do not say is_impossible, and count as having none in their context"
            counts[f"{what} (unanswered='leave_out' leaves them out)"] += 1
    return name, title, texts["context"], texts["question"], answers


def _answer(question: RawQuestion, name: str, number: int, text: Any, start: Any) -> tuple[str, int | None] | None:
    """An answer and where it is said to begin; None for an empty one."""
    if text is None or text == "":
        return None
    field = f"answers[{number}]"
    if not isinstance(text, str):
        _refuse(question, name, f"{field}.text", "be a string", text)
    if isinstance(start, str) and re.fullmatch(r"[+-]?[0-9]{1,18}", start.strip()):
        start = int(start)
    if isinstance(start, float) and start.is_integer():
        start = int(start)
    if start is None or start == "":
        return text, None
    if isinstance(start, bool) or not isinstance(start, (int, np.integer)):
        _refuse(question, name, f"{field}.answer_start", "be an integer", start)
    return text, int(start)


def _truth(question: RawQuestion, name: str) -> bool | None:
    """Whether a question says that its context has no answer; None where it does not say."""
    value = question.is_impossible
    if value is None or value == "":
        return None
    found = _TRUTHS.get(str(int(value)) if isinstance(value, (bool, float)) else str(value).strip().lower())
    if found is None:
        _refuse(question, name, "is_impossible", "be true or false", value)
    return found


def _refuse(question: RawQuestion, name: str, field: str, must: str, received: Any, advice: str = "") -> None:
    path = f"{question.where}, {field}" if question.is_row else f"{question.where}.{field}"
    raise _Fault(message(path, must, received, f"The question's id is '{name}'. {advice}".strip()))


def _examples(rows: list[tuple[str, str, str, str, list]], source: str, counts: Counter[str]) -> QuestionExamples:
    """The rows as columns, their answers at their places."""
    stated = [(text, row[2], start) for row in rows for text, start in row[4] if start is not None]
    moved = [own for own in stated if own[2] < 0 or not own[1].startswith(own[0], own[2])]
    units = fitting_units(moved) or None
    answers, misplaced = [], []
    for name, _, context, _, own in rows:
        found = [(*placed_answer(text, start, context, units), start) for text, start in own]
        for _, how, start in found:
            if how:
                counts[_told(how, start)] += 1
        if any(how == NOWHERE or (how and start is not None) for _, how, start in found):
            misplaced.append(name)
        # What has a place comes first: a model is trained on the first answer.
        answers.append(tuple(sorted((own for own, _, _ in found), key=lambda own: own[1] == UNPLACED)))
    same: dict[str, str] = {}  # one str a context
    contexts = [same.setdefault(row[2], row[2]) for row in rows]
    notes = tuple(f"{os.path.basename(source)}: {count:,} {what}" for what, count in counts.items() if count)
    examples = QuestionExamples(
        [row[0] for row in rows],
        [row[3] for row in rows],
        contexts,
        [row[1] for row in rows],
        answers,
        np.array([not own for own in answers], bool),
        tuple(misplaced),
        source,
        notes,
    )
    if misplaced:
        warn(
            f"{source}: {len(misplaced)} of {len(rows)} questions have an answer that is not at its answer_start, the "
            f"first '{misplaced[0]}'. Answers that could be found were put in their place; {len(examples.unplaced)} "
            "questions keep one without a place, and are not trained on. `misplaced` and `unplaced` list the ids."
        )
    return examples


def _told(how: str, start: int | None) -> str:
    """What to say of answers that were looked for."""
    if how == NOWHERE:
        return "answers have no place in their context, or several"
    if start is None:
        return "answers say no answer_start and stand at one place"
    return f"answers do not stand at their answer_start and were {how}"
