"""A classifier on a split, in the task's official metrics, each example counted once; leaderboard files."""

import dataclasses
import os
import pathlib
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.splitting import strata_of
from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.metrics.class_scores import class_scores, confusion_matrix
from bert_keras.metrics.classification import score
from bert_keras.metrics.ranking import average_precision, roc_auc
from bert_keras.text_classification.glue.glue_predictions import write_glue_predictions
from bert_keras.text_classification.glue.glue_tasks import glue_task
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_data import TextData
from bert_keras.text_classification.text_vectors import TextVectors
from bert_keras.tuned.class_evidence import ClassEvidence
from bert_keras.tuned.evaluator import Evaluator, logits_of, mean_loss
from bert_keras.tuned.given_answers import GivenAnswers


@dataclasses.dataclass(frozen=True)
class SplitOutput:
    """A model's outputs for a split, in the order of its rows.

    Args:
        logits: float32 [rows, num_classes].
        predictions: int [rows] classes, 0/1 int [rows, num_classes] labels, or float [rows] numbers.
        probabilities: float32 [rows, num_classes]; the numbers themselves for regression.
    """

    logits: np.ndarray
    predictions: np.ndarray
    probabilities: np.ndarray


class TextEvaluator(Evaluator):
    """A `bk.TextClassifier` on each split of a part."""

    model_class = TextClassifier
    sizes = ("problem_type", "num_classes")
    tells_loss = True
    _last: tuple[Any, np.ndarray] | None = None  # of the first split, what the last call gave, and the labels

    def __call__(self) -> dict[str, float]:
        scores = {}
        for place, name in enumerate(self.data.names_of(self.part)):
            labels = self.data.split(name).examples.labels
            if labels is None:
                advice = "Its labels are kept by the leaderboard: `predict` writes the file to send there."
                raise ValueError(checks.message("part", "have labels", name, advice))
            output = outputs_of(self.model, self.data, name)
            if place == 0:
                self._last = output, np.asarray(labels)
                self.loss = mean_loss(self.model, np.asarray(labels), output.logits)
            ending = "" if place == 0 else name.removeprefix(self.part)
            for metric, value in score(self.data.metrics, output.predictions, labels).items():
                scores[metric + ending] = value
        return scores

    def details(self) -> dict[str, Any]:
        """Of the part's first split: the scores of each class, the confusion matrix, and how it knows its mistakes."""
        names = self.data.label_names
        if names is None:
            return {}
        output, labels = self._last
        is_single = self.data.problem_type == SINGLE_LABEL
        labels = labels.reshape(-1) if is_single else labels
        found = class_scores(output.predictions, labels, len(names))
        true = (labels[:, None] == np.arange(len(names))).astype("int64") if is_single else labels
        classes = {}
        for number, name in enumerate(names):
            pair = output.probabilities[:, number], true[:, number]
            own = {field: float(getattr(found, field)[number]) for field in ("precision", "recall", "f1")}
            own |= {"support": int(found.support[number])}
            classes[name] = own | {"roc_auc": roc_auc(*pair), "average_precision": average_precision(*pair)}
        confusion = confusion_matrix(output.predictions, labels, len(names)) if is_single else None
        return {"classes": classes, "confusion": confusion, **self._evidence(output.logits, labels).figures()}

    def given_answers(self) -> GivenAnswers:
        name = self.data.names_of(self.part)[0]
        return self._given(outputs_of(self.model, self.data, name), np.asarray(self.data.split(name).examples.labels))

    def last_answers(self) -> GivenAnswers | None:
        return None if self._last is None else self._given(*self._last)

    def _given(self, output: Any, labels: np.ndarray) -> GivenAnswers:
        metric = self.data.metrics[0]

        def statistic(own: np.ndarray, true: np.ndarray) -> float:
            return score([metric], own, true)[metric]

        return GivenAnswers(output.predictions, labels, statistic, are_rows=True)

    def evidence(self) -> ClassEvidence:
        name = self.data.names_of(self.part)[0]
        labels = self.data.split(name).examples.labels
        if self.data.problem_type == REGRESSION or labels is None:
            raise ValueError(checks.message("data", "have labels that are classes", self.data.task))
        labels = np.asarray(labels)
        labels = labels.reshape(-1) if self.data.problem_type == SINGLE_LABEL else labels
        return self._evidence(outputs_of(self.model, self.data, name).logits, labels)

    def vectors(self) -> np.ndarray:
        split = self.data.split(self.data.names_of(self.part)[0])
        return logits_of(TextVectors(self.model), split, self.data.batch_size)

    def _evidence(self, logits: np.ndarray, labels: np.ndarray) -> ClassEvidence:
        examples = self.data.split(self.data.names_of(self.part)[0]).examples
        rows = list(zip(*examples.texts, strict=True))
        return ClassEvidence(rows, np.arange(len(rows)), strata_of(labels), logits, labels, abstains=True)

    def write_predictions(self, folder: str | os.PathLike) -> list[str]:
        """Writes a GLUE task's predictions in the leaderboard's format, a file for each split, under its file names."""
        data = self.data
        if not data.task.startswith("glue/"):
            raise ValueError(checks.message("data", "be a GLUE task, which has a file format", data.task))
        task, names = glue_task(data.task), data.names_of(self.part)
        if any(task.split(name).prediction_file is None for name in names):
            must = f"be a part of {data.task} that the leaderboard takes, test"
            raise ValueError(checks.message("part", must, self.part, f"There are: {list(data.splits)}."))
        return super().write_predictions(folder)

    def _write_predictions(self, folder: pathlib.Path) -> list[str]:
        written = []
        for name in self.data.names_of(self.part):
            predictions, ids = outputs_of(self.model, self.data, name).predictions, self.data.split(name).examples.ids
            written.append(str(write_glue_predictions(self.data.task, name, ids, predictions, folder)))
        return written


def outputs_of(model: Any, data: TextData, split_name: str) -> SplitOutput:
    """Runs `model` over a split; its outputs in the order of the rows."""
    TextEvaluator.check(model, data)
    logits = logits_of(model, data.split(split_name), data.batch_size)
    return SplitOutput(logits, *decide(model, logits))


def decide(model: Any, logits: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Predictions and probabilities from logits [rows, num_classes], by the model's `problem_type`."""
    probabilities = np.asarray(model.probabilities(logits))
    if model.problem_type == REGRESSION:
        return logits[:, 0], probabilities
    if model.problem_type == MULTI_LABEL:
        return (probabilities >= 0.5).astype("int32"), probabilities
    return logits.argmax(axis=-1), probabilities
