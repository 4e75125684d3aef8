"""`choice_findings`: a `bk.MultipleChoice` on the prompts of a split."""

from typing import Any

import numpy as np
from scipy import special

from bert_keras.inspection.reporting import parts
from bert_keras.inspection.reporting.class_sections import calibration_section
from bert_keras.inspection.reporting.class_table import class_table
from bert_keras.inspection.reporting.findings import Findings
from bert_keras.inspection.reporting.measured import measured
from bert_keras.inspection.reporting.section import Section
from bert_keras.multiple_choice.choice_data import ChoiceData
from bert_keras.tuned.evaluator import logits_of

_ERRORS = 12


def choice_findings(predictor: Any, data: ChoiceData, name: str) -> Findings:
    """What there is to say of one split; arguments as for `text_findings`."""
    split = data.split(name)
    labels = np.asarray(split.examples.labels).reshape(-1)
    shares = special.softmax(logits_of(predictor.model, split, data.batch_size).astype("float64"), axis=1)
    chosen = shares.argmax(axis=1)
    is_right = chosen == labels
    scores = measured(("accuracy",), lambda rows: [is_right[rows].mean()], len(labels))
    places = [f"number {place + 1}" for place in range(shares.shape[1])]
    table, told = class_table(places, chosen, labels, None, "Choice")
    text = "By the place of a choice: where these lie far apart, the model looks at the order. Below each score is its "
    text += "95 % interval; support is how often the choice of that place is right."
    sections = [
        Section("Scores by place", parts.joined([parts.paragraph(text), table])),
        calibration_section(shares.max(axis=1), is_right, "the choice of the model", "it is right"),
    ]
    return Findings(tuple(scores), len(labels), (*sections, *_errors(split.examples.texts, labels, shares)), told)


def _errors(texts: Any, labels: np.ndarray, shares: np.ndarray) -> list[Section]:
    """The prompts whose right choice got the least."""
    of_label = shares[np.arange(len(labels)), labels]
    wrong = shares.argmax(axis=1) != labels
    rows = [row for row in np.argsort(of_label, kind="stable").tolist() if wrong[row]][:_ERRORS]
    if not rows:
        return []
    cards = []
    for row in rows:
        prompt, *choices = (column[row] for column in texts)
        given, right = int(shares[row].argmax()), int(labels[row])
        facts = {"probability of the right choice": f"{of_label[row]:.3f}", "row": row}
        cards.append(parts.error_card([("", prompt), ("right", choices[right]), ("model", choices[given])], facts))
    text = "The prompts whose right choice got the least."
    return [Section("Worst errors", parts.joined([parts.paragraph(text), parts.error_list(cards)]))]
