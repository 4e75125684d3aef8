"""`choice_findings`: accuracy, by place, and prompts that are answered wrongly."""

import types

import choices
import pytest
from tags import Tags

from bert_keras.inspection.reporting.choice_findings import choice_findings
from bert_keras.multiple_choice.load_choices import load_choices
from bert_keras.running.evaluate import evaluate


def test_scores_and_sections(tmp_path):
    made = enumerate(choices.rows(30, seed=2))
    rows = [{"prompt": prompt, "choices": own, "label": number % 3} for number, (prompt, own, _) in made]
    encoder = choices.encoder(tmp_path)
    data = load_choices({"train": rows, "validation": rows}, encoder, seq_length=24)
    model = choices.with_random_head(encoder)
    found = choice_findings(types.SimpleNamespace(model=model), data, "validation")
    [score] = found.scores
    assert score.value == pytest.approx(evaluate(model, data)["accuracy"]) and score.low < score.value < score.high
    assert [section.title for section in found.sections] == ["Scores by place", "Calibration", "Worst errors"]
    assert [row[0] for row in found.table[1]] == ["number 1", "number 2", "number 3"] and found.rows == 30
    errors = Tags(found.sections[-1].body)
    wrong = round(30 * (1 - score.value))
    assert errors.names.count("li") == min(wrong, 12) and errors.text.count("right the ") == min(wrong, 12)
