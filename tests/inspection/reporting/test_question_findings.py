"""`question_findings`: the official scores, with and without answers, and answers that are wrong."""

import types

import pytest
import questions
from tags import Tags

from bert_keras.inspection.reporting.question_findings import question_findings
from bert_keras.running.evaluate import evaluate


@pytest.mark.parametrize("impossible", [0.4, 0.0])
def test_scores_and_sections(impossible, tmp_path):
    encoder = questions.encoder(tmp_path)
    data = questions.question_data(encoder, rows=40, impossible=impossible)
    model = questions.with_random_head(encoder)
    found = question_findings(types.SimpleNamespace(model=model), data, "validation")
    official = evaluate(model, data)
    assert [score.name for score in found.scores] == ["f1", "exact_match"]
    for score in found.scores:
        assert score.value == pytest.approx(official[score.name]) and score.low <= score.value <= score.high
        assert score.top == 100.0
    titles = [section.title for section in found.sections]
    whole = len(data.split("validation").questions)
    if impossible:
        assert titles == ["With and without an answer", "Calibration", "Risk and coverage", "Worst errors"]
        assert f"{found.rows:,} of {whole:,}" in found.note and 0 < found.rows < whole
        rows = {row[0]: row for row in found.table[1]}
        for kind in ("has", "no"):
            told = rows["with an answer" if kind == "has" else "without an answer"]
            assert float(told[1].split()[0]) == pytest.approx(official[f"{kind}_answer_f1"], abs=0.05)
        assert sum(int(row[-1]) for row in rows.values()) == found.rows
    else:
        assert titles == ["Calibration", "Risk and coverage", "Worst errors"] and found.table is None
        assert not found.note and found.rows == whole
    errors = Tags(found.sections[-1].body)
    assert errors.names.count("li") > 3 and "mark" in errors.names and "what is the" in errors.text
