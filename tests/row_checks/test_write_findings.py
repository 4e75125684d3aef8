"""A file of findings: one a line, whole or not at all."""

import csv
import json

import pytest

from bert_keras.row_checks.write_findings import write_findings

FOUND = [
    {"finding": "wrong_labels", "text": 'A "good", old café\nand more', "probability": 0.5},
    {"finding": "cut", "text": "x", "words": ("red", "blue")},
]


def test_json_lines(tmp_path):
    path = write_findings(iter(FOUND), tmp_path / "found.jsonl")
    lines = path.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [FOUND[0], {**FOUND[1], "words": ["red", "blue"]}]
    assert [item.name for item in tmp_path.iterdir()] == ["found.jsonl"]


def test_csv_has_one_header_for_all_kinds(tmp_path):
    with open(write_findings(FOUND, tmp_path / "found.csv"), encoding="utf-8", newline="") as file:
        first, second = csv.DictReader(file)
    assert first == {**FOUND[0], "probability": "0.5", "words": ""}
    assert second == {"finding": "cut", "text": "x", "probability": "", "words": "red blue"}


def test_what_is_refused(tmp_path):
    there = tmp_path / "there.csv"
    there.write_text("mine")
    with pytest.raises(FileExistsError, match="`out` must be a new file"):
        write_findings(FOUND, there)
    assert there.read_text() == "mine"
    with pytest.raises(ValueError, match=r"`out` must end in \.jsonl or \.csv"):
        write_findings(FOUND, tmp_path / "found.txt")
    with pytest.raises(FileNotFoundError, match="`out` must lie in a folder that there is"):
        write_findings(FOUND, tmp_path / "nowhere" / "found.csv")
