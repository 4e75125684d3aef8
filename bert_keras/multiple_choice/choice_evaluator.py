"""`ChoiceEvaluator`: a model of choices on a part of its task."""

from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.metrics.classification import accuracy, score
from bert_keras.multiple_choice.multiple_choice import MultipleChoice
from bert_keras.tuned.class_evidence import ClassEvidence
from bert_keras.tuned.evaluator import Evaluator, logits_of, mean_loss
from bert_keras.tuned.given_answers import GivenAnswers


class ChoiceEvaluator(Evaluator):
    """A `bk.MultipleChoice` on a part: the share of prompts whose right choice got the most."""

    model_class = MultipleChoice
    sizes = ("num_choices",)
    tells_loss = True
    _last: tuple[np.ndarray, Any] | None = None  # the logits that the last call gave, and the labels

    def __call__(self) -> dict[str, float]:
        self._last = logits, labels = self._answers()
        self.loss = mean_loss(self.model, labels, logits)
        return score(self.data.metrics, logits.argmax(axis=-1), labels)

    def given_answers(self) -> GivenAnswers:
        return _given(*self._answers())

    def last_answers(self) -> GivenAnswers | None:
        return None if self._last is None else _given(*self._last)

    def evidence(self) -> ClassEvidence:
        logits, labels = self._answers()
        rows = list(zip(*self.data.split(self.part).examples.texts, strict=True))
        return ClassEvidence(rows, np.arange(len(rows)), np.zeros(len(rows), int), logits, np.asarray(labels))

    def _answers(self) -> tuple[np.ndarray, Any]:
        """Logits [prompts, choices], and the right choices."""
        split = self.data.split(self.part)
        if split.examples.labels is None:
            raise ValueError(checks.message("part", "have labels", self.part))
        return logits_of(self.model, split, self.data.batch_size), split.examples.labels


def _given(logits: np.ndarray, labels: Any) -> GivenAnswers:
    return GivenAnswers(logits.argmax(axis=-1), np.asarray(labels), accuracy, are_rows=True)
