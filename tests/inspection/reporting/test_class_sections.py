"""Sections about classes: numbers of the matrix, which curves are drawn, and what is said of calibration."""

import re

import numpy as np
from sklearn import metrics
from tags import HOSTILE, Tags

from bert_keras.inspection.reporting.class_sections import calibration_section, confusion_section, curves_section


def test_a_matrix_of_few_classes():
    section = confusion_section(("bad", HOSTILE), np.array([0, 1, 1, 1]), np.array([0, 0, 1, 1]))
    found = Tags(section.body)
    assert (
        found.text.replace("\n", "").endswith(f"bad{HOSTILE}bad150%150%{HOSTILE}00%2100%")
        and "script" not in found.names
    )
    shares = [re.search(r"--share: ([\d.]+)", own["style"])[1] for name, own in found.tags if name == "td"]
    assert shares == ["0.500", "0.500", "0.000", "1.000"]


def test_of_many_classes_the_most_frequent_mistakes():
    names = [f"c{number}" for number in range(20)]
    labels = np.repeat(np.arange(20), 5)
    predictions = labels.copy()
    predictions[:4] = 7  # of c0
    predictions[5:7] = 3  # of c1
    found = Tags(confusion_section(names, predictions, labels).body)
    assert found.text.endswith("LabelTaken forRowsc0c74c1c32") and found.names.count("tr") == 3


def test_curves_are_those_of_the_second_of_two_classes_or_of_the_most_frequent():
    random = np.random.default_rng(1)
    positive = random.integers(2, size=50)
    labels, scores = np.stack([1 - positive, positive], axis=1), random.random((50, 2))
    section = curves_section(("no", "yes"), labels, scores)
    auc = metrics.roc_auc_score(positive, scores[:, 1])
    precision = metrics.average_precision_score(positive, scores[:, 1])
    assert f"yes, {auc:.3f}" in section.body and f"yes, {precision:.3f}" in section.body and "no, " not in section.body
    several = np.zeros((50, 9), int)
    for place in range(9):
        several[: 5 * place, place] = 1
    body = curves_section([f"c{n}" for n in range(9)], several, random.random((50, 9))).body
    assert all(f"c{n}, " in body for n in range(3, 9)) and "c2, " not in body and "Of 9 labels" in body
    assert curves_section(("a", "b"), np.array([[1, 0], [1, 0]]), np.ones((2, 2))) is None


def test_the_steps_have_the_area_of_the_average_precision():
    from bert_keras.inspection.reporting.class_sections import _steps
    from bert_keras.metrics.ranking import precision_recall_curve

    random = np.random.default_rng(2)
    labels, scores = random.integers(2, size=60), random.random(60)
    xs, ys = _steps(*precision_recall_curve(scores, labels))
    area = sum((right - left) * height for left, right, height in zip(xs[::2], xs[1::2], ys[::2], strict=True))
    assert xs[0] == 0.0 and xs[-1] == 1.0 and abs(area - metrics.average_precision_score(labels, scores)) < 1e-12


def test_calibration_says_which_side():
    def said(confidences, is_right):
        return Tags(
            calibration_section(np.array(confidences), np.array(is_right), "the answer", "it is right").body
        ).text

    sure = said([0.9, 0.9, 0.9, 0.9], [1, 0, 0, 1])
    assert "error is 0.400" in sure and "the probability is 0.900 and the share 0.500" in sure
    assert "the model is too sure of itself" in sure and "0.8 – 0.940.9000.500" in sure
    assert "less sure than it could be" in said([0.5, 0.6], [1, 1])
    assert "as sure as it is right" in said([0.5, 0.5], [1, 0])
