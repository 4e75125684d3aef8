"""`top_losses`: the rows of a part that a model does worst on."""

import dataclasses
from typing import Any

import numpy as np
from scipy import special

from bert_keras import checks
from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.foreign_names import foreign_names
from bert_keras.markup import table
from bert_keras.text_classification.text_data import TextData
from bert_keras.text_classification.text_evaluator import SplitOutput, outputs_of


@dataclasses.dataclass(frozen=True)
class TopLoss:
    """A row with its label and what the model says.

    Args:
        row: its number in the split, from 0.
        text: the text, or a tuple of both texts of a pair.
        label: the right class's name; a tuple of names for several labels; the number for regression.
        predicted: the same of the model.
        loss: what the row adds to the training loss.
        probability: that the model gives `label`; of several labels the least that it gives a right decision; None for
            regression.
    """

    row: int
    text: str | tuple[str, ...]
    label: str | tuple[str, ...] | float
    predicted: str | tuple[str, ...] | float
    loss: float
    probability: float | None


class TopLosses(list[TopLoss]):
    """A list of `TopLoss`, the largest loss first. In a notebook it is a table."""

    def _repr_html_(self) -> str:
        """A row for each, all texts escaped."""
        rows = [
            (
                item.row,
                item.text if isinstance(item.text, str) else " ‖ ".join(item.text),
                _cell(item.label),
                _cell(item.predicted),
                f"{item.loss:.3f}",
                "" if item.probability is None else f"{item.probability:.3f}",
            )
            for item in self
        ]
        return table(("row", "text", "label", "predicted", "loss", "probability"), rows)


@checks.answers(**foreign_names("top_losses"))
def top_losses(model: Any, data: TextData, part: str = "validation", k: int = 10) -> TopLosses:
    """The `k` rows of a part with the largest loss, the largest first.

    The model is sure of these and the label says otherwise: look here for wrong labels first, and then for what the
    model does not understand.

    >>> worst = bk.top_losses(model, data, "validation", k=5)
    >>> worst[0].text, worst[0].label, worst[0].predicted

    Args:
        model: a `bk.TextClassifier`; `predictor.model` of a predictor.
        data: of `bk.load_glue` and its sisters.
        part: "validation", "test" or "train", with labels; a split's own name where a part has several.
        k: how many; all if there are fewer.

    Raises:
        TypeError: for the data of another kind of task.
        ValueError: if the part is not there or has no labels, or the model is for other labels.
    """
    if not isinstance(data, TextData):
        raise TypeError(checks.message("data", "be a bk.TextData, of texts with labels", type(data).__name__))
    names = [part] if part in data.splits else data.names_of(part)
    if len(names) != 1:
        advice = f"There are: {list(data.splits)}."
        raise ValueError(checks.message("part", "name one split of this task", part, advice))
    k = checks.integer("k", k, 1)
    examples = data.split(names[0]).examples
    if examples.labels is None:
        raise ValueError(checks.message("part", "have labels", part))
    output = outputs_of(model, data, names[0])
    losses, shares = _losses(data.problem_type, output, np.asarray(examples.labels))
    worst = TopLosses()
    for row in np.argsort(-losses, kind="stable")[:k].tolist():
        texts = tuple(column[row] for column in examples.texts)
        text = texts[0] if len(texts) == 1 else texts
        label, predicted = (_label(data, values[row]) for values in (examples.labels, output.predictions))
        worst.append(
            TopLoss(row, text, label, predicted, float(losses[row]), None if shares is None else float(shares[row]))
        )
    return worst


def _losses(problem_type: str, output: SplitOutput, labels: np.ndarray) -> tuple[np.ndarray, np.ndarray | None]:
    """float64 [rows] twice: the loss of each row, and the probability of its label."""
    logits = output.logits.astype("float64")
    if problem_type == SINGLE_LABEL:
        losses = -special.log_softmax(logits, axis=-1)[np.arange(len(labels)), labels.reshape(-1)]
        return losses, np.exp(-losses)
    if problem_type == MULTI_LABEL:
        each = -special.log_expit(np.where(labels == 1, logits, -logits))
        return each.mean(axis=-1), np.exp(-each.max(axis=-1))
    return (logits[:, 0] - labels.reshape(-1)) ** 2, None


def _label(data: TextData, value: Any) -> str | tuple[str, ...] | float:
    if data.problem_type == REGRESSION:
        return float(np.asarray(value).reshape(()))
    if data.problem_type == MULTI_LABEL:
        return tuple(name for name, chosen in zip(data.label_names, value, strict=True) if chosen)
    return data.label_names[int(np.asarray(value).reshape(()))]


def _cell(value: str | tuple[str, ...] | float) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return value if isinstance(value, str) else f"{value:.3f}"
