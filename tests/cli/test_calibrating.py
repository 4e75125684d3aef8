"""`bert-keras calibrate`, and `predict` and `evaluate` with what it made: what they print."""

import json
import shutil

import pytest
import tuned
from commands import failed


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A model folder, and beside it rows of which it knows most, as `rows.csv`."""
    place = tmp_path_factory.mktemp("calibrated")
    folder = tuned.write_model(place / "model", tuned.shared_encoder())
    tuned.write_rows_it_knows(folder, place / "rows.csv")
    return folder


def test_it_calibrates_the_folder_and_the_commands_abstain(command, folder):
    rows = folder.parent / "rows.csv"
    status, out, _ = command("calibrate", folder, "--task", rows, "--precision", "0.8")
    lines = out.splitlines()
    assert status == 0 and [line.partition(":")[0] for line in lines] == [
        "temperature",
        "measured on",
        "expected calibration error",
        "log loss",
        "abstains",
    ]
    threshold = json.loads((folder / "config.json").read_text())["abstain_below"]
    assert f"below {threshold:.4f}, promised 0.8" in lines[-1]

    status, out, _ = command("predict", folder, "A good film.", "--abstain-below", "1")
    answer = json.loads(out)
    assert (
        status == 0
        and answer["label"] is None
        and answer["unsure"] == [max(answer["probabilities"], key=answer["probabilities"].get)]
    )
    status, out, _ = command("predict", folder, "A good film.", "--abstain-below", "0")
    assert json.loads(out)["label"] == answer["unsure"][0] and json.loads(out)["unsure"] == []

    table = folder.parent / "answered.jsonl"
    assert command("predict", folder, rows, "--out", table, "--prefix", "my_", "--abstain-below", "0.99999")[0] == 0
    answered = [json.loads(line) for line in table.read_text(encoding="utf-8").splitlines()]
    assert all(set(line) >= {"my_label", "my_score", "my_unsure"} for line in answered)
    assert any(line["my_label"] is None and line["my_unsure"] for line in answered)

    status, out, _ = command("evaluate", folder, "--task", rows, "--part", "test", "--confidence")
    assert status == 0 and "expected_calibration_error" in out and "coverage_at_0.95" in out


def test_it_tells_what_is_unlike(command, folder, tmp_path):
    own = shutil.copytree(folder, tmp_path / "model")
    rows = folder.parent / "rows.csv"
    status, out, error = command("calibrate", own, "--task", rows, "--false-alarms", "0.1")
    assert status == 0, error
    threshold = json.loads((own / "config.json").read_text())["unlike_above"]
    assert out.splitlines()[-1].startswith(f"unlike: above a distance of {threshold:.4g}, promised 0.1 false alarms")
    assert (own / "ordinary.safetensors").is_file()
    status, out, _ = command("predict", own, "dog dog dog dog dog dog dog", "A good film.")
    answers = [json.loads(line) for line in out.splitlines()]
    for answer in answers:
        assert answer["unlike"] == (answer["distance"] > threshold) == (answer["label"] is None)
    assert any(answer["unlike"] for answer in answers)
    status, out, _ = command("calibrate", own, "--task", rows, "--false-alarms", "0.1", "--json")
    assert status == 0 and json.loads(out)["unlike"]["promised"] == 0.1
    assert command("evaluate", own, "--task", rows, "--part", "test")[0] == 0


def test_mistakes(command, folder):
    failed(
        command("calibrate", folder, "--task", folder.parent / "rows.csv", "--false-alarms", "0.001"),
        "`false_alarms` must be a share that the",
    )
    failed(command("calibrate", folder, "--part", "dev"), "`part` must be one of")
    failed(command("calibrate", folder.parent / "nowhere"), "be a model folder of bert_keras")
    failed(
        command("predict", folder, "a", "--abstain-below", "2"),
        "`abstain_below` must be a finite number between 0.0 and 1.0",
    )
