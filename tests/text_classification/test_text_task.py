"""`TextTask`: what is checked at the door, and what its data keep of it."""

import dataclasses

import numpy as np
import pytest
import tiny

from bert_keras.data.examples import Examples
from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def test_what_its_data_keep(tokenizer):
    reading = {"text": "review", "label": "stars"}
    task = tiny.text_task(
        {"train": tiny.examples(4)}, reading=reading, notes=("read",), long_text="windows", max_windows=3
    )
    data = task.load(tokenizer, seq_length=9)
    assert (data.task, data.kind, data.notes) == ("tests/small", "text_classification", ("read",))
    settings = {"seq_length": 9, "long_text": "windows", "max_windows": 3}
    kept = {"labels": ["poor", "good"], "text_columns": ["text"], **settings, "reading": reading}
    assert data.settings == settings and data.config() == kept
    for problem_type in (SINGLE_LABEL, MULTI_LABEL, REGRESSION):
        task = tiny.task(problem_type)
        data = task.load(tokenizer)
        for name in ("label_names", "problem_type", "metrics", "text_columns"):
            assert getattr(data, name) == getattr(task, name)
        assert "reading" not in data.config()


def test_room_for_the_special_tokens(tokenizer):
    with pytest.raises(ValueError, match="`seq_length` must be at least 3"):
        tiny.task_data(tokenizer, seq_length=2)
    pair = Examples((["a"], ["b"]), np.zeros(1, "int32"), np.arange(1))
    with pytest.raises(ValueError, match=r"`seq_length` must be at least 5, room for \[CLS\] a \[SEP\] b \[SEP\]"):
        tiny.text_task({"train": pair}, text_columns=("a", "b")).load(tokenizer, seq_length=4)


def test_labels_are_checked_in_every_part(tokenizer):
    rows = tiny.examples(4, source="dev.tsv")
    wrong = dataclasses.replace(rows, labels=np.array([0, 1, 5, 0], "int32"))
    for part in ("train", "validation", "test"):
        with pytest.raises(ValueError, match=r"between 0 and 1, the classes. Received: labels=5. Row 2 of dev.tsv"):
            tiny.text_task({part: wrong}).load(tokenizer)
    missing = dataclasses.replace(rows, labels=None)
    for part in ("train", "validation"):
        with pytest.raises(ValueError, match=r"`labels` must be there to train on dev.tsv"):
            tiny.text_task({part: missing}).load(tokenizer)
    tiny.text_task({"test": missing}).load(tokenizer)


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        (
            {"long_text": "window"},
            ValueError,
            "`long_text` must be one of 'truncate', 'windows'.*Did you mean 'windows'",
        ),
        ({"long_text": "windows", "max_windows": 0}, ValueError, "`max_windows` must be at least 1"),
        ({"long_text": "windows", "max_windows": 2.5}, TypeError, "`max_windows` must be an integer"),
        ({"max_windows": 4}, ValueError, "`max_windows` must be left at 8 with long_text='truncate'"),
        ({"long_text": "windows", "text_columns": ("a", "b")}, ValueError, "`long_text` must be 'truncate' for pairs"),
    ],
)
def test_windows_that_cannot_be(tokenizer, options, error, words):
    with pytest.raises(error, match=words):
        tiny.text_task({"train": tiny.examples(4)}, **options)
    if "text_columns" not in options:
        with pytest.raises(error, match=words):
            tiny.task_data(tokenizer, **options)
