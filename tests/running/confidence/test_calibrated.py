"""What calibrating found stands in the model card and in the report; a person's card, and a report's, stay."""

import json
import pathlib
import shutil

import numpy as np
import pytest
import tuned
from scipy import special

from bert_keras.inspection.report import report
from bert_keras.running.calibrate import calibrate
from bert_keras.running.cards.facts import confidence_facts
from bert_keras.running.cards.model_card import is_unchanged, write_model_card
from bert_keras.running.confidence.calibrated import Calibrated
from bert_keras.running.folders.verify import verify
from bert_keras.running.loading.load import load
from bert_keras.text_classification.reviews import read_reviews


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    place = tmp_path_factory.mktemp("models")
    folder = tuned.write_model(place / "model", tuned.write_encoder(place / "encoder"), "single")
    write_model_card(folder, folder.name)
    return folder


@pytest.fixture
def folder(made, tmp_path):
    return shutil.copytree(made, tmp_path / "model")


@pytest.fixture(scope="module")
def rows(made):
    """Texts whose labels are surer than the model, and often its own."""
    predictor = load(made)
    texts = list(dict.fromkeys(read_reviews("reviews_train.tsv").texts[0]))
    share = special.softmax(2 * predictor.logits(texts).astype("float64"), axis=1)[:, 1]
    is_second = np.random.default_rng(0).random(len(texts)) < share
    return {"sentence": texts, "label": [predictor.labels[int(place)] for place in is_second]}


def test_the_card_and_the_report_say_it(folder, rows):
    card = folder / "README.md"
    assert "## Confidence" not in card.read_text(encoding="utf-8")
    found = calibrate(folder, rows, precision=0.8, false_alarms=0.05)
    text = card.read_text(encoding="utf-8")
    confidence = text.split("## Confidence\n")[1].split("##")[0]
    assert is_unchanged(text) and verify(folder) == {}
    assert f"| Temperature | {found.temperature:.3f}, fitted on {found.fitted_rows} rows" in confidence
    assert f"| Expected calibration error | {found.error_before:.4f} before, {found.error_after:.4f}" in confidence
    assert f"promised 0.8: {found.promises[0].precision:.4f} of" in confidence
    assert "promised 0.05 false alarms at most" in confidence
    assert Calibrated.from_config(json.loads(json.dumps(found.to_config()))) == found

    page = pathlib.Path(report(folder)).read_text(encoding="utf-8")
    assert "Calibrated confidence" in page and f"{found.unlike.share:.4f} of {found.unlike.rows:,} rows" in page
    assert confidence in card.read_text(encoding="utf-8")
    measured = card.read_bytes()
    calibrate(folder, rows)
    assert card.read_bytes() == measured  # the report's; the next one writes it anew
    report(folder)
    assert "false alarms" not in card.read_text(encoding="utf-8")


def test_a_persons_card_stays(folder, rows):
    card = folder / "README.md"
    card.write_text(card.read_text(encoding="utf-8") + "Ask Mrs Oyelaran.\n", encoding="utf-8")
    before = card.read_bytes()
    calibrate(folder, rows)
    assert card.read_bytes() == before
    card.unlink()
    calibrate(folder, rows)
    assert not card.exists()


def test_what_another_version_may_have_written():
    assert confidence_facts({}) == confidence_facts({"calibration": None}) == {}
    assert confidence_facts({"calibration": {"temperature": 1.5}}) == {"Temperature": "1.500"}
    assert confidence_facts({"calibration": {"scale": 1.5}}) == {}
