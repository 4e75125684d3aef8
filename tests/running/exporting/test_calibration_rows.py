"""Rows that calibrate: as the exported model takes them, of texts, of texts in windows and of choices."""

import choices
import numpy as np
import pytest
import tiny

from bert_keras.data.examples import Examples
from bert_keras.features import FEATURE_NAMES
from bert_keras.multiple_choice.load_choices import load_choices
from bert_keras.running.exporting.calibration_rows import calibration_rows


@pytest.fixture
def encoder(tmp_path):
    return choices.encoder(tmp_path)


def lengths_of(rows, shape):
    """The most tokens of each row; all have the shape, and nothing but padding behind their tokens."""
    for row in rows:
        assert {name: column.shape for name, column in row.items()} == dict.fromkeys(FEATURE_NAMES, shape)
        mask = row["input_mask"]
        assert (np.diff(mask, axis=-1) <= 0).all() and (row["input_word_ids"][mask == 0] == 0).all()
    return sorted(int(row["input_mask"].sum(axis=-1).max()) for row in rows)


def test_texts_of_the_training_part_padded_to_the_length(encoder):
    data = tiny.task_data(encoder)
    rows, part = calibration_rows(data, 20)
    assert part == "train" and lengths_of(rows, (1, 20)) == sorted(data.split("train").lengths)
    again, _ = calibration_rows(data, 20)
    assert all((one["input_word_ids"] == other["input_word_ids"]).all() for one, other in zip(rows, again, strict=True))
    assert len(calibration_rows(data, 20, most=3)[0]) == 3
    assert data.order.epoch == 0  # that of the training batches does not move


def test_without_a_training_part_those_of_validation(encoder):
    data = tiny.task_data(encoder)
    del data.splits["train"]
    rows, part = calibration_rows(data, 16)
    assert part == "validation" and lengths_of(rows, (1, 16)) == sorted(data.split("validation").lengths)


def test_each_window_of_a_text_is_a_row(encoder):
    examples = Examples((["good " * 30, "it", "a big film " * 6],), np.array([1, 0, 1]), np.arange(3))
    data = tiny.text_task({"train": examples}, long_text="windows", seq_length=12).load(encoder)
    rows, _ = calibration_rows(data, 12)
    lengths = lengths_of(rows, (1, 12))
    assert sum(lengths) == data.split("train").lengths.sum() and len(rows) > 3 and max(lengths) == 12


def test_choices_stay_together(encoder):
    data = load_choices({"train": choices.rows(6)}, encoder, seq_length=30)
    rows, _ = calibration_rows(data, 30)
    assert lengths_of(rows, (1, 3, 30)) == sorted(data.split("train").lengths)
