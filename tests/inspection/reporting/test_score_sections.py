"""The table of scores and the cards at the top."""

import math

from tags import HOSTILE, Tags

from bert_keras.inspection.reporting.measured import Measured
from bert_keras.inspection.reporting.score_sections import in_words, score_cards, score_section

SCORES = [
    Measured("accuracy", 0.5, 0.25, 0.75),
    Measured("f1", 50.0, 40.0, 60.0, 100.0),
    Measured("x_y", 2.0, top=None),
]


def test_the_table():
    found = Tags(score_section(SCORES, "the 4 rows", HOSTILE).body)
    assert "Of the 4 rows." in found.text and HOSTILE in found.text and "script" not in found.names
    assert found.text.endswith("Accuracy0.5000.250 – 0.750F1, percent50.040.0 – 60.0x y2.000")
    assert found.names.count("svg") == 2  # one that has no best value has no place on a line


def test_the_cards():
    assert score_cards([*SCORES, *SCORES]) == [
        ("Accuracy", "0.500", "0.250 – 0.750"),
        ("F1, percent", "50.0", "40.0 – 60.0"),
        ("x y", "2.000", "in training"),
    ]
    assert in_words(Measured("exact_match", 1.0, math.nan, math.nan, 100.0)) == "Exact match, percent"
