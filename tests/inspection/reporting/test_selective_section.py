"""`selective_section`: its table, by hand."""

import re

import numpy as np

from bert_keras.inspection.reporting.selective_section import selective_section


def test_the_table_by_hand():
    confidences = np.array([0.99] * 10 + [0.8] * 10 + [0.6] * 20)
    is_right = np.array([1] * 10 + [1] * 8 + [0] * 2 + [0] * 20)
    section = selective_section(confidences, is_right, "the label")
    assert section.title == "Risk and coverage" and "the probability of the label tells" in section.body
    cells = re.findall(r"<t[dh][^>]*>(?:<[^>]*>)*([^<]+)", section.body.partition("<tbody>")[2])
    assert cells == ["99%", "25.0%", "0.990", "95%", "25.0%", "0.990", "90%", "50.0%", "0.800", "80%", "50.0%", "0.800"]
    assert "<svg" in section.body


def test_where_nothing_is_right_enough():
    section = selective_section(np.array([0.9, 0.8]), np.array([0, 0]), "the label")
    assert section.body.count("–") >= 4 and "0.0%" in section.body
    assert selective_section(np.zeros(0), np.zeros(0), "the label") is None
