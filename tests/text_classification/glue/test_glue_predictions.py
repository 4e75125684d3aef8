"""The leaderboard's files: format of every task, order, and what is refused before anything is written."""

import dataclasses

import numpy as np
import pytest

from bert_keras.text_classification.glue import glue_predictions
from bert_keras.text_classification.glue.glue_predictions import write_glue_predictions
from bert_keras.text_classification.glue.glue_tasks import GLUE_TASKS


def small(name: str, rows: int):
    """The task as declared, with test splits of so many rows."""
    task = GLUE_TASKS[name]
    splits = tuple(dataclasses.replace(s, rows=rows) if s.prediction_file else s for s in task.splits)
    return dataclasses.replace(task, splits=splits)


@pytest.mark.parametrize(
    ("name", "split", "predictions", "file", "words"),
    [
        ("cola", "test", [0, 1, 1], "CoLA.tsv", ["0", "1", "1"]),
        ("sst2", "test", [0, 1, 1], "SST-2.tsv", ["0", "1", "1"]),
        ("mrpc", "test", [0, 1, 1], "MRPC.tsv", ["0", "1", "1"]),
        ("qqp", "test", [0, 1, 1], "QQP.tsv", ["0", "1", "1"]),
        ("wnli", "test", [0, 1, 1], "WNLI.tsv", ["0", "1", "1"]),
        ("mnli", "test_matched", [2, 0, 1], "MNLI-m.tsv", ["contradiction", "entailment", "neutral"]),
        ("mnli", "test_mismatched", [2, 0, 1], "MNLI-mm.tsv", ["contradiction", "entailment", "neutral"]),
        ("ax", "test", [2, 0, 1], "AX.tsv", ["contradiction", "entailment", "neutral"]),
        ("qnli", "test", [1, 0, 0], "QNLI.tsv", ["not_entailment", "entailment", "entailment"]),
        ("rte", "test", [1, 0, 0], "RTE.tsv", ["not_entailment", "entailment", "entailment"]),
        ("stsb", "test", [-0.4, 5.2, 3.14159], "STS-B.tsv", ["0.000", "5.000", "3.142"]),
    ],
)
def test_format(tmp_path, name, split, predictions, file, words):
    path = write_glue_predictions(small(name, 3), split, [0, 1, 2], np.array(predictions), tmp_path / "new" / "folder")
    assert path == tmp_path / "new" / "folder" / file
    expected = "index\tprediction\n" + "".join(f"{row}\t{word}\n" for row, word in enumerate(words))
    assert path.read_bytes().decode("utf-8") == expected
    assert [entry.name for entry in path.parent.iterdir()] == [file]


def test_rows_are_in_order_of_index(tmp_path):
    path = write_glue_predictions(small("rte", 3), "test", np.array([2, 0, 1]), [1, 0, 1], tmp_path)
    assert path.read_text().split("\n")[1:4] == ["0\tentailment", "1\tnot_entailment", "2\tnot_entailment"]


def test_a_real_size(tmp_path):
    path = write_glue_predictions("glue/wnli", "test", range(146), np.zeros(146, np.int64), tmp_path)
    lines = path.read_text().splitlines()
    assert len(lines) == 147 and lines[-1] == "145\t0"


def test_minus_zero(tmp_path):
    path = write_glue_predictions(small("stsb", 1), "test", [0], np.float32([-0.0]), tmp_path)
    assert path.read_text() == "index\tprediction\n0\t0.000\n"


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ([0, 1, 1, 3], "`ids` must name each row once. Received: ids=1.*has 4 rows"),
        ([0, 3], "`ids` must name every row. Row 1 is missing, the first of 2"),
        ([], "`ids` must name every row. Row 0 is missing, the first of 4"),
        ([0, 1, 2, 4], "`ids` must be between 0 and 3. Received: ids=4"),
        ([0, 1, 2, -1], "`ids` must be between 0 and 3. Received: ids=-1"),
        ([[0, 1, 2, 3]], r"`ids` must have the shape \[rows\]"),
    ],
)
def test_every_row_once(tmp_path, ids, expected):
    with pytest.raises(ValueError, match=expected):
        write_glue_predictions(small("rte", 4), "test", np.array(ids, np.int64), [0] * 4, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("name", "predictions", "expected"),
    [
        ("rte", [0, 2], "be class numbers between 0 and 1. Received: predictions=2. It is number 1"),
        ("rte", [-1, 0], "be class numbers between 0 and 1. Received: predictions=-1. It is number 0"),
        ("rte", [0], "have one row an id, 2. Received: predictions=1"),
        ("rte", [[0.1, 0.9], [0.8, 0.2]], r"have the shape \[rows\]"),
        ("stsb", [1.0, np.nan], "be finite numbers. Received: predictions=nan. It is number 1"),
        ("stsb", [1.0, np.inf], "be finite numbers"),
        ("stsb", [[1.0], [2.0]], r"be numbers \[rows\]"),
        ("stsb", ["1.0", "2.0"], r"be numbers \[rows\]"),
    ],
)
def test_predictions_are_checked(tmp_path, name, predictions, expected):
    with pytest.raises(ValueError, match=f"`predictions` must {expected}"):
        write_glue_predictions(small(name, 2), "test", [0, 1], predictions, tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("ids", "predictions"), [([0.0, 1.0], [0, 1]), ([0, 1], [0.0, 1.0])])
def test_integers_are_due(tmp_path, ids, predictions):
    with pytest.raises(TypeError, match=r"must be integers. Received: .*float64"):
        write_glue_predictions(small("rte", 2), "test", ids, predictions, tmp_path)


def test_only_test_splits_have_a_file(tmp_path):
    with pytest.raises(ValueError, match="must be a test split of mnli: 'test_matched', 'test_mismatched'"):
        write_glue_predictions("mnli", "train", [0], [0], tmp_path)
    with pytest.raises(ValueError, match="`split` must be one of 'train', 'validation_matched'"):
        write_glue_predictions("mnli", "test", [0], [0], tmp_path)


def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch):
    task = small("rte", 1)
    path = write_glue_predictions(task, "test", [0], [1], tmp_path)
    before = path.read_bytes()

    def full(descriptor):
        raise OSError("no space left")

    monkeypatch.setattr(glue_predictions.os, "fsync", full)
    with pytest.raises(OSError, match="no space left"):
        write_glue_predictions(task, "test", [0], [0], tmp_path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]
