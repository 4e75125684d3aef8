"""`question_findings`: a `bk.SpanLabeler` on the questions of a split."""

from typing import Any

import numpy as np

from bert_keras.inspection.reporting import parts
from bert_keras.inspection.reporting.class_sections import calibration_section
from bert_keras.inspection.reporting.findings import Findings
from bert_keras.inspection.reporting.measured import measured
from bert_keras.inspection.reporting.section import Section
from bert_keras.inspection.reporting.selective_section import selective_section
from bert_keras.markup import Markup, escaped
from bert_keras.metrics.squad import squad_by_question
from bert_keras.question_answering.answers import Answers, tuned_threshold
from bert_keras.question_answering.question_data import QuestionData
from bert_keras.question_answering.question_evaluator import QuestionEvaluator
from bert_keras.question_answering.span_reader import span_probabilities

_ERRORS = 12
_AROUND = 160  # characters of context that are shown on each side
_NAMES = ("f1", "exact_match")


def question_findings(predictor: Any, data: QuestionData, name: str) -> Findings:
    """What there is to say of one split; arguments as for `text_findings`."""
    answers = QuestionEvaluator(predictor.model, data, name).answers()
    threshold, note = None, ""
    if data.has_impossible:
        whole = len(answers.questions)
        threshold, answers = tuned_threshold(answers)
        note = f"A null score above {threshold:.3f} means “no answer”. "
        if len(answers.questions) < whole:
            note += (
                "That threshold is the best one for one half of the questions, and all figures are of the other half: "
            )
            note += f"{len(answers.questions):,} of {whole:,}, by a hash of their ids."
    questions, texts = answers.questions, answers.texts(threshold)
    by_id = squad_by_question(texts, questions.to_references())
    points = 100.0 * np.array([[by_id[name][score] for score in _NAMES] for name in questions.ids])
    is_null = np.array([not text for text in texts.values()])
    shares, null_shares = (column.numpy() for column in span_probabilities(answers.spans, threshold is not None))
    confidences = np.where(is_null, null_shares, shares[:, 0]).astype("float64").clip(0.0, 1.0)

    scores = measured(_NAMES, lambda rows: points[rows].mean(axis=0), len(points), top=100.0)
    sections, told = [], None
    if data.has_impossible:
        table, told = _by_answer(points, np.asarray(questions.is_impossible))
        sections.append(Section("With and without an answer", table))
    is_right = points[:, 1] == 100.0
    sections.append(calibration_section(confidences, is_right, "the answer that is given", "it is exactly right"))
    sections.append(selective_section(confidences, is_right, "the answer that is given"))
    errors = _errors(answers, texts, points[:, 0], confidences)
    return Findings(tuple(scores), len(points), (*sections, *errors), told, note)


def _by_answer(points: np.ndarray, is_impossible: np.ndarray) -> tuple[Markup, tuple]:
    head, rows, told = ("Questions", "F1", "Exact match", "Number"), [], []
    for what, chosen in {"with an answer": ~is_impossible, "without an answer": is_impossible}.items():
        own = points[chosen]
        if not len(own):
            continue
        found = measured(_NAMES, lambda drawn, own=own: own[drawn].mean(axis=0), len(own), top=100.0)
        cells = [parts.interval(score.value, score.low, score.high, 1) for score in found]
        rows.append([what, *cells, f"{len(own):,}"])
        texts = [f"{score.value:.1f} ({score.low:.1f} to {score.high:.1f})" for score in found]
        told.append((what, *texts, f"{len(own):,}"))
    return parts.data_table(head, rows, "Scores with and without an answer", (1, 2, 3)), (head, told)


def _errors(answers: Answers, texts: dict[str, str], f1: np.ndarray, confidences: np.ndarray) -> list[Section]:
    """The answers that share no word with a right one, those first of which the model is surest."""
    questions = answers.questions
    rows = [row for row in np.argsort(-confidences, kind="stable").tolist() if f1[row] == 0.0][:_ERRORS]
    if not rows:
        return []
    starts, ends = (np.asarray(column)[:, 0] for column in answers.spans[:2])
    cards = []
    for row in rows:
        given, true = texts[questions.ids[row]], [text for text, _ in questions.answers[row]]
        context = questions.contexts[row]
        place = (int(starts[row]), int(ends[row])) if given else _place(questions.answers[row])
        shown = _around(context, *place) if place is not None else escaped(_cut(context))
        facts = {
            "answer": " / ".join(dict.fromkeys(true)) or "none in this text",
            "predicted": given or "none in this text",
            "probability": f"{confidences[row]:.3f}",
            "id": questions.ids[row],
        }
        cards.append(
            parts.error_card([("", Markup(f"<b>{escaped(questions.questions[row])}</b>")), ("", shown)], facts)
        )
    text = "Answers that share no word with a right one, those first of which the model is surest. "
    text += "Marked is what the model said, or where it said nothing, what it missed."
    return [Section("Worst errors", parts.joined([parts.paragraph(text), parts.error_list(cards)]))]


def _place(answers: tuple) -> tuple[int, int] | None:
    """The characters of the first answer whose place is known."""
    return next(((start, start + len(text)) for text, start in answers if start >= 0), None)


def _around(context: str, start: int, end: int) -> Markup:
    begin, stop = max(start - _AROUND, 0), end + _AROUND
    before, after = context[begin:start], context[end:stop]
    if begin:  # half a word says nothing
        before = before.partition(" ")[2] or before
    marked = f"<mark>{escaped(context[start:end])}</mark>"
    dots = ("…" if begin else "", "…" if stop < len(context) else "")
    return Markup(f"{dots[0]}{escaped(before)}{marked}{escaped(after)}{dots[1]}")


def _cut(context: str) -> str:
    return context if len(context) <= 2 * _AROUND else context[: 2 * _AROUND] + "…"
