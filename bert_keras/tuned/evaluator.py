"""`Evaluator`: what measuring a model on a part of its task has in common, whatever kind of task that is."""

import os
import pathlib
from typing import Any, ClassVar

import keras
import numpy as np

from bert_keras import checks
from bert_keras.bar import bar
from bert_keras.data.split import Split
from bert_keras.data.task_data import TaskData
from bert_keras.disk import clear_errors
from bert_keras.tuned.evidence import Evidence
from bert_keras.tuned.given_answers import GivenAnswers


class Evaluator:
    """A model on a part of its task, measured again at each call as the model learns: what it traces, it traces once.

    Args:
        model: of the data's kind.
        data: the task.
        part: "train", "validation" or "test".

    Attributes:
        model_class: of the models that it measures.
        sizes: names of attributes that model and data must have alike, as "num_classes".
        submitted: the part whose predictions an official scorer or leaderboard wants.
        options: names of further arguments, as `bk.evaluate` takes them.
        tells_loss: whether a call works out the loss, too.
        top: the best that a score can be: questions have percent.
        loss: of the part's first split at the last call, a mean over its rows; None where that does not tell it.
    """

    model_class: ClassVar[type] = object
    sizes: ClassVar[tuple[str, ...]] = ()
    submitted: ClassVar[str] = "test"
    options: ClassVar[tuple[str, ...]] = ()
    tells_loss: ClassVar[bool] = False
    top: ClassVar[float] = 1.0
    loss: float | None = None

    def __init__(self, model: Any, data: TaskData, part: str) -> None:
        if not data.names_of(part):
            raise ValueError(checks.message("part", "be a part of this task", part, f"There are: {list(data.splits)}."))
        self.check(model, data)
        self.model = model
        self.data = data
        self.part = part

    @classmethod
    def check(cls, model: Any, data: TaskData) -> None:
        """Raises TypeError or ValueError unless a model is of the class and has the sizes that the data want."""
        check_model(model, cls.model_class, data, *cls.sizes)

    @property
    def rows(self) -> int:
        """Of the part: texts, questions, sentences, prompts."""
        return sum(len(self.data.splits[name]) for name in self.data.names_of(self.part))

    @property
    def scored_rows(self) -> int:
        """Of `rows`, those that the first metric is of."""
        return self.rows

    def __call__(self) -> dict[str, float]:
        """The official scores of the model as it is."""
        raise NotImplementedError

    def details(self) -> dict[str, Any]:
        """What the last call tells beside the scores: `classes` and `confusion` of `Scores`, where there are such."""
        return {}

    def given_answers(self) -> GivenAnswers | None:
        """What the model as it is says of the rows of the first split; None for a kind that says nothing of rows."""
        return None

    def last_answers(self) -> GivenAnswers | None:
        """Those of the last call, without a pass over the rows; None before one, and for kinds that keep none."""
        return None

    def evidence(self) -> Evidence:
        """What the confidence of the model as it is is calibrated by: its answers to the rows of the first split.

        Raises:
            ValueError: for a kind whose confidence is not calibrated, and for rows without labels.
        """
        raise ValueError(checks.message("model", "be of a kind whose confidence can be calibrated", self.data.kind))

    def vectors(self) -> np.ndarray:
        """float32 [rows, size], what the head of the model as it is reads of the rows of the first split.

        Raises:
            ValueError: for a kind whose head does not read one vector for each text.
        """
        raise ValueError(checks.message("false_alarms", "be None but for classifiers of texts", self.data.kind))

    def write_predictions(self, folder: str | os.PathLike) -> list[str]:
        """Writes the files that the task's official scorer takes, into a folder that is made if it is not there.

        Raises:
            ValueError: where the task has no such format.
        """
        folder = pathlib.Path(folder).expanduser()
        with clear_errors("folder", folder, "Predictions were not written."):
            folder.mkdir(parents=True, exist_ok=True)
            return self._write_predictions(folder)

    def settings(self, metrics: dict[str, float]) -> dict[str, Any]:
        """What the metrics say that a model folder's config keeps."""
        return {}

    def write(self, folder: pathlib.Path, metrics: dict[str, float]) -> None:
        """Writes what stands in a model folder beside the model; `folder` exists."""

    def _write_predictions(self, folder: pathlib.Path) -> list[str]:
        raise ValueError(checks.message("data", "be a task with a file format for predictions", self.data.task))


def mean_loss(model: Any, labels: np.ndarray, logits: np.ndarray) -> float:
    """The task's loss, a mean over rows, of labels and logits [rows, ...]."""
    return float(model.default_loss()(labels, logits))


def check_model(model: Any, wanted: type, data: TaskData, *sizes: str) -> None:
    """Raises unless a model is of the class that the data want, and has the sizes that they have.

    Args:
        model: what the user passed.
        wanted: the class.
        data: the task.
        *sizes: names of attributes that must be equal in both, as "num_classes".
    """
    if not isinstance(checks.no_tf_keras("model", model), wanted):
        raise TypeError(checks.message("model", f"be a bk.{wanted.__name__}", model))
    has, needs = ({name: getattr(found, name) for name in sizes} for found in (model, data))
    if has != needs:
        told = ", ".join(f"{name}={value!r}" for name, value in needs.items())
        raise ValueError(checks.message("model", f"be for {data.task}, with {told}", has))


def logits_of(model: Any, split: Split, batch_size: int) -> np.ndarray:
    """[rows, ...] in the rows' order: what `model` gives for a split, run in batches sorted by length."""
    order = split.order(batch_size)
    with bar("evaluating", len(order)) as shown:
        told = keras.callbacks.LambdaCallback(on_predict_batch_end=lambda batch, logs: shown(batch + 1))
        sorted_logits = model.predict(split.dataset(order, labels=False), verbose=0, callbacks=[told])
    rows = np.concatenate(order.batches(0))
    logits = np.empty_like(sorted_logits[: len(rows)])
    logits[rows] = sorted_logits[: len(rows)]  # behind them are the rows that fill up the last batch of static shapes
    return logits
