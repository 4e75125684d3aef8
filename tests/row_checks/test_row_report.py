"""What a report says in sentences, and gives as dicts."""

import json

from bert_keras.row_checks.confused_classes import ConfusedClasses
from bert_keras.row_checks.cut_questions import TOO_LONG, CutQuestion
from bert_keras.row_checks.cut_rows import CutRow
from bert_keras.row_checks.likely_errors import LikelyError
from bert_keras.row_checks.near_doubles import SAME, Double
from bert_keras.row_checks.row_report import RowReport
from bert_keras.row_checks.telling_words import TellingWord

REPORT = RowReport(
    "mine.csv",
    {"train": 8, "validation": 2},
    "the_encoder, fine-tuned, 2 folds",
    0.875,
    wrong_labels=tuple(LikelyError(f"mine.csv, line {n}", "train", "A " * 80, "no", "yes", 0.9, 0.1) for n in range(7)),
    doubles=(Double("dev.csv, line 2", "validation", "a", "mine.csv, line 9", "train", "A", SAME, 1.0, True),),
    telling_words=(TellingWord("ref", "yes", 40, 0.975, 0.9, 0.5, "mine.csv, line 1"),),
    confused=(ConfusedClasses("no", "yes", 3, 1, 0.4),),
    cut=(CutRow("mine.csv, line 3", "train", "a b", 200, 128, "yes", ("ref",), 0.2, 0.9, True),),
    notes=("something",),
)


def test_sentences():
    text = str(REPORT)
    for line in (
        "mine.csv: 8 train, 2 validation",
        "  of the labels 87.5% are as models expect that did not see the row",
        "likely wrong labels: 7 rows",
        "  … and 2 more",
        "doubles: 1 rows stand in an earlier part, too; 1 pairs have two labels",
        "  dev.csv, line 2 (validation) has the same text as mine.csv, line 9 (train), 1.00, with another label: a",
        "  'ref': 97.5% of 40 rows are 'yes' (of all rows 50.0%)",
        "  3 of 'no' are taken for 'yes', 1 of 'yes' for 'no'",
        "longer than what is read: 1 rows, of which 1 lose their answer",
        "  mine.csv, line 3: 128 of 200 tokens are read, and the label can be told by what is cut off alone: a b",
        "note: something",
    ):
        assert line in text.splitlines()
    assert "  mine.csv, line 0: labelled 'no', expected 'yes' (0.900): A A" in text
    assert max(map(len, text.splitlines())) < 180


def test_of_questions_nothing_is_said_that_was_not_looked_at():
    cut = CutQuestion("q.json, question 'a'", "train", "who?", "we all", 31, TOO_LONG, True)
    text = str(RowReport("q.json", {"train": 1}, "no model", None, cut=(cut,)))
    assert "  q.json, question 'a': it is longer than max_answer_length (31 tokens): who?" in text.splitlines()
    assert "wrong labels" not in text and "words that" not in text and "classes" not in text


def test_dicts(tmp_path):
    assert [item["finding"] for item in REPORT.findings()] == [
        *["wrong_labels"] * 7,
        *["doubles", "telling_words", "confused", "cut"],
    ]
    assert json.loads(json.dumps(REPORT.to_dict()))["wrong_labels"][6]["place"] == "mine.csv, line 6"
    assert len(REPORT.write(tmp_path / "found.jsonl").read_text().splitlines()) == 11
