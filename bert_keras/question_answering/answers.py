"""`Answers`: what a model answers to a split's questions: the official scores, the threshold for "no answer", files."""

import dataclasses
import functools
import hashlib
import json
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras.metrics.squad import squad_by_question, squad_v1, squad_v2
from bert_keras.question_answering.question_examples import QuestionExamples
from bert_keras.question_answering.span_decoder import Spans
from bert_keras.question_answering.span_reader import span_probabilities

_ENTRY = ("text", "probability", "start", "end", "logit")  # of one span in `nbest_predictions.json`


@dataclasses.dataclass(frozen=True, eq=False)
class Answers:
    """What a model answers to the questions of a split.

    Args:
        questions: the questions, `Q` of them.
        spans: the best spans of each, as NumPy arrays.
    """

    questions: QuestionExamples
    spans: Spans

    @functools.cached_property
    def null_odds(self) -> dict[str, float]:
        """The null score of each question, by id: how much more speaks for no answer than for the best span."""
        return dict(zip(self.questions.ids, np.asarray(self.spans.null_scores).tolist(), strict=True))

    def texts(self, null_threshold: float | None) -> dict[str, str]:
        """The text of each question's answer, by id: "" where its null score is above a threshold."""
        texts = {}
        columns = (self.questions.contexts, self.spans.starts[:, 0], self.spans.ends[:, 0])
        for name, context, start, end in zip(self.questions.ids, *columns, strict=True):
            is_null = null_threshold is not None and self.null_odds[name] > null_threshold
            texts[name] = "" if is_null else context[start:end]
        return texts


def scores_of(answers: Answers, has_impossible: bool, null_threshold: float | None = None) -> dict[str, float]:
    """The official scores, in percent. See `bk.evaluate` for the threshold."""
    if not has_impossible:
        scores = squad_v1(answers.texts(null_threshold), answers.questions.to_references())
        return {"f1": scores["f1"], "exact_match": scores["exact_match"]}
    threshold, scored = tuned_threshold(answers) if null_threshold is None else (null_threshold, answers)
    references = scored.questions.to_references()
    scores = squad_v2(scored.texts(threshold), references)
    at_zero = squad_v2(scored.texts(0.0), references)
    first = {name: scores[name] for name in ("f1", "exact_match")}
    others = {name: value for name, value in scores.items() if not name.endswith("total")}
    zero = {f"{name}_at_zero": at_zero[name] for name in first}
    return first | others | zero | {"null_threshold": threshold}


def tuned_threshold(answers: Answers) -> tuple[float, Answers]:
    """The threshold with the best F1 on one half of the questions, and the answers of the other half to score it on.

    The halves go by a hash of the id: the same in every run, and another question does not move one across. Where a
    half is empty the threshold is 0 and all questions are scored.
    """
    tuning, scoring = halves(answers.questions.ids)
    if not len(tuning):
        return 0.0, answers
    return best_threshold(_rows(answers, tuning)), _rows(answers, scoring)


def halves(ids: Sequence[str]) -> tuple[np.ndarray, np.ndarray]:
    """Places int [questions] of those that the threshold is tuned on, none or some, and of those that are scored."""
    is_tuning = np.array([hashlib.sha256(name.encode()).digest()[0] % 2 == 0 for name in ids], bool)
    if is_tuning.all():
        is_tuning[:] = False
    return np.flatnonzero(is_tuning), np.flatnonzero(~is_tuning)


def best_threshold(answers: Answers) -> float:
    """The threshold that gives these very questions the best F1; of several the nearest to 0.

    It lies midway between two null scores that differ, so that no question stands on it.
    """
    references = answers.questions.to_references()
    spoken = squad_by_question(answers.texts(None), references)
    silent = squad_by_question(dict.fromkeys(answers.questions.ids, ""), references)
    odds = np.array([answers.null_odds[name] for name in answers.questions.ids], "float64")
    gains = np.array([spoken[name]["f1"] - silent[name]["f1"] for name in answers.questions.ids])
    order = np.argsort(odds, kind="stable")
    # With the threshold after the k lowest odds, those k questions are answered.
    totals = np.concatenate([[0.0], np.cumsum(gains[order])])
    sorted_odds = odds[order]
    possible = np.concatenate([[True], np.diff(sorted_odds) > 0, [True]])
    edges = np.concatenate([[sorted_odds[0] - 1.0], sorted_odds, [sorted_odds[-1] + 1.0]])
    candidates = (edges[:-1] + edges[1:]) / 2
    best = totals[possible].max()
    chosen = candidates[possible & (totals >= best - 1e-9)]
    return float(chosen[np.argmin(np.abs(chosen))])


def save_answers(
    answers: Answers, folder: pathlib.Path, has_impossible: bool, null_threshold: float | None = None
) -> list[str]:
    """Writes what SQuAD's scripts read into `folder`, which exists; a threshold of None is tuned as `bk.evaluate` does.

    `predictions.json` holds the text of each question's answer, by id. `null_odds.json` holds the null scores: no
    answer is given where they are above the threshold. `nbest_predictions.json` holds lists of objects with `text`,
    `probability`, `start`, `end` and `logit`, best first; "" among them is "no answer", where the task has that.
    """
    if has_impossible and null_threshold is None:
        null_threshold = tuned_threshold(answers)[0]
    contents = {
        "predictions.json": answers.texts(null_threshold),
        "null_odds.json": answers.null_odds,
        "nbest_predictions.json": n_best(answers, has_impossible),
    }
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [str(folder / name) for name in contents]


def n_best(answers: Answers, with_null: bool) -> dict[str, list[dict[str, Any]]]:
    """The best spans of each question, by id, as `nbest_predictions.json` has them."""
    shares, null_shares = (column.numpy() for column in span_probabilities(answers.spans, with_null))
    best = {}
    for row, (name, context) in enumerate(zip(answers.questions.ids, answers.questions.contexts, strict=True)):
        columns = zip(*(column[row] for column in (*answers.spans[:3], shares)), strict=True)
        entries = [
            (context[start:end], float(share), int(start), int(end), float(logit))
            for start, end, logit, share in columns
            if np.isfinite(logit)
        ]
        if with_null:
            entries.append(("", float(null_shares[row]), 0, 0, float(answers.spans.null_logits[row])))
            entries.sort(key=lambda entry: -entry[-1])
        best[name] = [dict(zip(_ENTRY, entry, strict=True)) for entry in entries]
    return best


def _rows(answers: Answers, rows: np.ndarray) -> Answers:
    return Answers(answers.questions.take(rows), Spans(*(np.asarray(column)[rows] for column in answers.spans)))
