"""What an export costs in scores: of the same rows, before and after, as is told and kept."""

import numpy as np
import pytest
import tiny

from bert_keras.running.evaluate import evaluate
from bert_keras.running.exporting.export_source import ExportSource
from bert_keras.running.exporting.measured_loss import check_scorable, measured_loss
from bert_keras.running.loading.predictor import predictor


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    return tiny.trained_classifier(tmp_path_factory.mktemp("loss"), epochs=3)


def test_scores_of_both_are_told(trained):
    model, data = trained
    source = ExportSource(model, "onnx", data)
    scores, lines = measured_loss(
        source, check_scorable(source, data), "twisted", lambda features: {"logits": -np.asarray(model(features))}
    )
    before = evaluate(model, data)
    assert scores["keras"] == pytest.approx(dict(before)) and set(scores) == {"keras", "twisted"}
    accuracy = before["accuracy"]
    assert scores["twisted"]["accuracy"] == pytest.approx(1 - accuracy) and accuracy != 0.5
    told = f"accuracy {accuracy:.4f} before, {1 - accuracy:.4f} as twisted ({1 - 2 * accuracy:+.4f})"
    assert lines[0].startswith("validation, 13 rows: ") and told in lines[0] and "; f1 " in lines[0]


def test_without_data_nothing_is_scored(trained):
    source = ExportSource(predictor(trained[0]), "onnx")
    assert check_scorable(source, None) is None
    assert measured_loss(source, None, "onnx", lambda features: pytest.fail("it ran")) == ({}, [])


def test_data_with_other_classes_are_refused(trained):
    source = ExportSource(predictor(trained[0]), "onnx")
    data = tiny.task_data(trained[0].encoder, "multi_label_classification")
    with pytest.raises(ValueError, match=r"`model` must be for tests/small, with problem_type='multi_label"):
        check_scorable(source, data)
