"""`tag_findings`: seqeval's figures by type, plain tags, and sentences that are read wrongly."""

import types

import choices
import numpy as np
import pytest
from tags import HOSTILE, Tags

from bert_keras.inspection.reporting.tag_findings import _fate, _marked, tag_findings
from bert_keras.running.evaluate import evaluate
from bert_keras.token_classification.load_tagging import load_tagging
from bert_keras.token_classification.token_classifier import TokenClassifier

ENTITIES = ["O", "B-PER", "I-PER", "O", "B-LOC"]
PLAIN = ["DET", "NOUN", "VERB", "DET", "NOUN"]


def made(tmp_path, tags):
    words = "the dog was a tree cat film red".split()
    rows = [
        (
            [words[(row + place) % 8] for place in range(3 + row % 3)],
            [tags[(row * place) % 5] for place in range(3 + row % 3)],
        )
        for row in range(24)
    ]
    encoder = choices.encoder(tmp_path)
    data = load_tagging({"train": rows, "validation": rows}, encoder, seq_length=24, batch_size=8, repair=True)
    model = TokenClassifier(encoder, data.num_classes, seed=3)
    model.classifier.kernel.assign(np.random.default_rng(4).normal(size=model.classifier.kernel.shape))
    return model, data


@pytest.mark.parametrize("tags", [ENTITIES, PLAIN])
def test_scores_and_sections(tags, tmp_path):
    model, data = made(tmp_path, tags)
    found = tag_findings(types.SimpleNamespace(model=model), data, "validation")
    official = evaluate(model, data)
    for score in found.scores:
        assert score.value == pytest.approx(official[score.name]) and score.low <= score.value <= score.high
    titles = [section.title for section in found.sections]
    errors = Tags(found.sections[-1].body)
    assert found.rows == 24 and errors.names.count("li") == 12 and errors.names.count("mark") > 3
    rows = {row[0]: row for row in found.table[1]}
    if tags is ENTITIES:
        assert titles == ["Scores by type", "How entities go wrong", "Calibration", "Risk and coverage", "Worst errors"]
        assert set(rows) == {"LOC", "PER"}
        for kind in rows:
            assert rows[kind][3].split()[0] in (f"{official[f'f1_{kind}']:.3f}", "–")
    else:
        assert titles == ["Scores by tag", "What is taken for what", "Calibration", "Risk and coverage", "Worst errors"]
        assert set(rows) == set(PLAIN)


@pytest.mark.parametrize(
    "given, wanted",
    [
        ([("PER", 0, 2)], "found"),
        ([("LOC", 0, 2)], "of another type"),
        ([("PER", 1, 3)], "with other words"),
        ([("PER", 2, 3)], "missed"),
        ([], "missed"),
    ],
)
def test_what_becomes_of_an_entity(given, wanted):
    assert _fate(("PER", 0, 2), given) == wanted


def test_words_stay_text():
    found = Tags(_marked([HOSTILE, "a", "b"], ["B-PER", "I-PER", "O"], []))
    assert found.names == ["mark", "small"] and found.text == f"{HOSTILE} a PER b"
