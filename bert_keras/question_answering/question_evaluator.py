"""`QuestionEvaluator`: a `SpanLabeler` on a part of a task."""

import pathlib
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.metrics.squad import squad_by_question, squad_v1, squad_v2
from bert_keras.question_answering.answers import Answers, halves, save_answers, scores_of, tuned_threshold
from bert_keras.question_answering.question_data import QuestionData
from bert_keras.question_answering.span_evidence import SpanEvidence
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.question_answering.span_reader import SpanReader
from bert_keras.tuned.evaluator import Evaluator
from bert_keras.tuned.given_answers import GivenAnswers


class QuestionEvaluator(Evaluator):
    """A `bk.SpanLabeler` on a part's questions; a `null_threshold` of None is tuned at each call."""

    model_class = SpanLabeler
    submitted = "validation"
    options = ("null_threshold",)
    top = 100.0

    def __init__(self, model: Any, data: QuestionData, part: str, null_threshold: float | None = None) -> None:
        super().__init__(model, data, part)
        self.null_threshold = None if null_threshold is None else checks.number("null_threshold", null_threshold)
        self.questions = data.split(part).questions
        self.has_impossible = data.has_impossible
        static = {"ladder": data.ladder, "batch_size": data.batch_size} if data.ladder else {}
        self._reader = SpanReader(model, data.preprocessor, data.max_answer_length, **static)

    @property
    def rows(self) -> int:
        return len(self.questions)

    @property
    def scored_rows(self) -> int:
        is_tuned = self.has_impossible and self.null_threshold is None
        return len(halves(self.questions.ids)[1]) if is_tuned else self.rows

    def __call__(self) -> dict[str, float]:
        return scores_of(self.answers(), self.has_impossible, self.null_threshold)

    def answers(self) -> Answers:
        """What the model answers."""
        return Answers(self.questions, self._reader(self.questions.questions, self.questions.contexts)[0])

    def given_answers(self) -> GivenAnswers:
        answers, threshold = self.answers(), None
        if self.has_impossible:
            threshold, answers = tuned_threshold(answers)
        ids, references = answers.questions.ids, answers.questions.to_references()
        texts = answers.texts(threshold)
        squad = squad_v2 if self.has_impossible else squad_v1

        def f1(given: np.ndarray, true: Any) -> float:
            return squad(dict(zip(ids, given.tolist(), strict=True)), true)["f1"]

        return GivenAnswers(np.array([texts[name] for name in ids]), references, f1, is_slow=True)

    def evidence(self) -> SpanEvidence:
        """Of each question, whether the answer that is given is exactly right."""
        answers, questions = self.answers(), self.questions
        threshold = (self.null_threshold or 0.0) if self.has_impossible else None
        by_id = squad_by_question(answers.texts(threshold), questions.to_references())
        spans, null = np.asarray(answers.spans.logits), np.asarray(answers.spans.null_logits)
        null = null if self.has_impossible else np.full_like(null, -np.inf)
        is_null = np.array([threshold is not None and answers.null_odds[name] > threshold for name in questions.ids])
        is_right = np.array([by_id[name]["exact_match"] == 1.0 for name in questions.ids])
        rows = list(zip(questions.questions, questions.contexts, strict=True))
        logits, chosen = np.concatenate([spans, null[:, None]], axis=1), np.where(is_null, spans.shape[1], 0)
        return SpanEvidence(rows, np.arange(len(rows)), is_null.astype(int), logits, chosen, is_right)

    def settings(self, metrics: dict[str, float]) -> dict[str, Any]:
        return {"null_threshold": metrics.get("null_threshold")}

    def write(self, folder: pathlib.Path, metrics: dict[str, float]) -> None:
        save_answers(self.answers(), folder, self.has_impossible, metrics.get("null_threshold"))

    def _write_predictions(self, folder: pathlib.Path) -> list[str]:
        return save_answers(self.answers(), folder, self.has_impossible, self.null_threshold)
