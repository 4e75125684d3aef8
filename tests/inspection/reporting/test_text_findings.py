"""`text_findings`: the official scores of every problem type, and the rows that are wrong."""

import types

import numpy as np
import pytest
import tiny
from tags import Tags

from bert_keras.features import MULTI_LABEL, PROBLEM_TYPES, REGRESSION, SINGLE_LABEL
from bert_keras.inspection.reporting.text_findings import text_findings
from bert_keras.inspection.top_losses import top_losses
from bert_keras.running.evaluate import evaluate
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier

TITLES = {
    SINGLE_LABEL: [
        "Scores by label",
        "What is taken for what",
        "Thresholds",
        "Calibration",
        "Risk and coverage",
        "Worst errors",
    ],
    MULTI_LABEL: ["Scores by label", "Thresholds", "Calibration", "Risk and coverage", "Worst errors"],
    REGRESSION: ["Predicted numbers", "Worst errors"],
}


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
def test_scores_and_sections(problem_type, vocab_file):
    data = tiny.task_data(Tokenizer(vocab_file), problem_type)
    model = TextClassifier(tiny.native_encoder(), len(tiny.LABELS[problem_type] or [0]), problem_type, seed=3)
    model.classifier.kernel.assign(np.random.default_rng(4).normal(size=model.classifier.kernel.shape))
    found = text_findings(types.SimpleNamespace(model=model), data, "validation")
    official = evaluate(model, data)
    own = {score.name: score.value for score in found.scores}
    assert {name: own[name] for name in official} == pytest.approx(dict(official))
    assert found.rows == 13 and all(score.low <= score.value <= score.high for score in found.scores)
    assert [section.title for section in found.sections] == TITLES[problem_type]
    wrong = [item for item in top_losses(model, data, k=12) if item.label != item.predicted]
    errors = Tags(found.sections[-1].body)
    assert errors.names.count("li") == len(wrong) and all(item.text in errors.text for item in wrong)
    if problem_type == REGRESSION:
        assert set(own) == {*official, "r2", "mean_absolute_error", "root_mean_squared_error"}
        assert found.table is None and [score.top for score in found.scores[-2:]] == [None, None]
    else:
        assert [row[0] for row in found.table[1]] == list(tiny.LABELS[problem_type])


def test_nothing_is_said_of_errors_where_there_are_none(vocab_file):
    data = tiny.task_data(Tokenizer(vocab_file))
    model = TextClassifier(tiny.native_encoder(), 2, SINGLE_LABEL, seed=3)
    split = data.split("validation")
    first = np.asarray(split.examples.labels) * 0
    object.__setattr__(split.examples, "labels", first)
    model.classifier.bias.assign([50.0, -50.0])
    found = text_findings(types.SimpleNamespace(model=model), data, "validation")
    assert [section.title for section in found.sections] == [
        *TITLES[SINGLE_LABEL][:2],
        "Calibration",
        "Risk and coverage",
    ]
    assert found.scores[0].value == 1.0
