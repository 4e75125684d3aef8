"""`QuestionEvaluator`: a `SpanLabeler` on a part of a task."""

import os
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.disk import clear_errors
from bert_keras.question_answering.answer_files import save_answers
from bert_keras.question_answering.answers import Answers, scores_of
from bert_keras.question_answering.question_data import QuestionData
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.question_answering.span_reader import SpanReader
from bert_keras.tuned.evaluator import Evaluator


class QuestionEvaluator(Evaluator):
    """Reads a part's questions with the model as it is at each call.

    Args:
        model: a `bk.SpanLabeler`.
        data: the task.
        part: the name of the split.
        null_threshold: None tunes it at each call.
    """

    submitted = "validation"

    def __init__(self, model: Any, data: QuestionData, part: str, null_threshold: float | None = None) -> None:
        super().__init__(model, data, part)
        if not isinstance(model, SpanLabeler):
            raise TypeError(checks.message("model", "be a bk.SpanLabeler", model))
        self.null_threshold = None if null_threshold is None else checks.number("null_threshold", null_threshold)
        self.questions = data.split(part).questions
        self.has_impossible = data.has_impossible
        static = {"ladder": data.ladder, "batch_size": data.batch_size} if data.ladder else {}
        self._reader = SpanReader(model, data.preprocessor, data.max_answer_length, **static)

    def __call__(self) -> dict[str, float]:
        return scores_of(self.answers(), self.has_impossible, self.null_threshold)

    def answers(self) -> Answers:
        """What the model answers."""
        return Answers(self.questions, self._reader(self.questions.questions, self.questions.contexts)[0])

    def write_predictions(self, folder: str | os.PathLike) -> list[str]:
        answers, folder = self.answers(), pathlib.Path(folder).expanduser()
        with clear_errors("folder", folder, "Predictions were not written."):
            folder.mkdir(parents=True, exist_ok=True)
            return save_answers(answers, folder, self.has_impossible, self.null_threshold)

    def settings(self, metrics: dict[str, float]) -> dict[str, Any]:
        return {"null_threshold": metrics.get("null_threshold")}

    def write(self, folder: pathlib.Path, metrics: dict[str, float]) -> None:
        save_answers(self.answers(), folder, self.has_impossible, metrics.get("null_threshold"))
