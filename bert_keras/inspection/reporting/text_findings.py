"""`text_findings`: a `bk.TextClassifier` on a split of texts: classes, several labels or numbers."""

from typing import Any

import numpy as np

from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.inspection.reporting import drawings, parts
from bert_keras.inspection.reporting.class_sections import calibration_section, confusion_section, curves_section
from bert_keras.inspection.reporting.class_table import class_table
from bert_keras.inspection.reporting.findings import Findings
from bert_keras.inspection.reporting.measured import measured
from bert_keras.inspection.reporting.section import Section
from bert_keras.inspection.reporting.selective_section import selective_section
from bert_keras.inspection.top_losses import TopLoss, top_losses
from bert_keras.metrics.classification import score
from bert_keras.metrics.regression import mean_absolute_error, r2, root_mean_squared_error
from bert_keras.text_classification.text_data import TextData
from bert_keras.text_classification.text_evaluator import outputs_of

_ERRORS = 12  # that are looked for; those that are right are left out


def text_findings(predictor: Any, data: TextData, name: str) -> Findings:
    """What there is to say of one split.

    Args:
        predictor: of the model folder.
        data: with the split.
        name: of the split, which has labels.
    """
    model = predictor.model
    output, labels = outputs_of(model, data, name), np.asarray(data.split(name).examples.labels)
    if data.problem_type == REGRESSION:
        return _of_numbers(model, data, name, output.predictions, labels.reshape(-1))
    if data.problem_type == SINGLE_LABEL:
        labels = labels.reshape(-1)
    names, predictions = data.label_names, output.predictions

    def official(rows: np.ndarray) -> list[float]:
        return list(score(data.metrics, predictions[rows], labels[rows]).values())

    scores = measured(data.metrics, official, len(labels))
    table, told = class_table(names, predictions, labels, output.probabilities, "Label")
    text = "Below each score is its 95 % interval. Precision is of the rows that were given the label, recall of those "
    text += "that have it; support is how many these are. The areas are of the label against all others."
    sections = [Section("Scores by label", parts.joined([parts.paragraph(text), table]))]
    if data.problem_type == SINGLE_LABEL:
        sections.append(confusion_section(names, predictions, labels))
        true = (labels[:, None] == np.arange(len(names))).astype("int64")
        confidences, is_right = output.probabilities.max(axis=1), predictions == labels
        calibrated = calibration_section(confidences, is_right, "the label that the model chose", "it is right")
        selective = selective_section(confidences, is_right, "the label that the model chose")
    else:
        true, confidences = labels, output.probabilities.reshape(-1)
        calibrated = calibration_section(confidences, labels.reshape(-1), "each label", "a row has it")
        is_given = predictions.reshape(-1) == 1
        selective = selective_section(confidences[is_given], labels.reshape(-1)[is_given], "each label that is given")
    curves = curves_section(names, true, output.probabilities)
    sections += [*([curves] if curves else []), calibrated, *([selective] if selective else [])]
    sections += _errors(model, data, name)
    return Findings(tuple(scores), len(labels), tuple(sections), told)


def _of_numbers(model: Any, data: TextData, name: str, predictions: np.ndarray, labels: np.ndarray) -> Findings:
    def official(rows: np.ndarray) -> list[float]:
        return list(score(data.metrics, predictions[rows], labels[rows]).values())

    def distances(rows: np.ndarray) -> list[float]:
        pair = predictions[rows], labels[rows]
        return [mean_absolute_error(*pair), root_mean_squared_error(*pair)]

    scores = measured(data.metrics, official, len(labels))
    scores += measured(("r2",), lambda rows: [r2(predictions[rows], labels[rows])], len(labels))
    scores += measured(("mean_absolute_error", "root_mean_squared_error"), distances, len(labels), top=None)
    picture = parts.picture(
        drawings.cloud(labels.tolist(), predictions.tolist(), "label", "predicted"),
        "Each point is a row; on the thin line the model is right.",
    )
    section = Section("Predicted numbers", parts.pictures([picture]))
    return Findings(tuple(scores), len(labels), (section, *_errors(model, data, name)))


def _errors(model: Any, data: TextData, name: str) -> list[Section]:
    """The rows with the largest loss that are wrong; none where all are right."""
    found = top_losses(model, data, name, _ERRORS)
    wrong = [item for item in found if data.problem_type == REGRESSION or item.label != item.predicted]
    if not wrong:
        return []
    text = "The largest loss first: the model is sure, and the label says otherwise. Wrong labels stand here, too."
    if data.problem_type == REGRESSION:
        text = "The rows that lie farthest from their label."
    cards = [_card(item, data.problem_type) for item in wrong]
    return [Section("Worst errors", parts.joined([parts.paragraph(text), parts.error_list(cards)]))]


def _card(item: TopLoss, problem_type: str) -> str:
    texts = [("", item.text)] if isinstance(item.text, str) else [(f"{n}", text) for n, text in enumerate(item.text, 1)]
    facts = {"label": _shown(item.label), "predicted": _shown(item.predicted)}
    if item.probability is not None:
        what = "least probability of a right decision" if problem_type == MULTI_LABEL else "probability of the label"
        facts[what] = f"{item.probability:.3f}"
    return parts.error_card(texts, {**facts, "loss": f"{item.loss:.3f}", "row": item.row})


def _shown(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(value) or "none"
    return value if isinstance(value, str) else f"{value:.3f}"
