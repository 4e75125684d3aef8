"""`check_same_run`: the first setting that differs is named, what is trained on before what is made of it."""

import pathlib

import pytest

from bert_keras.training.check_same_run import CONTENT, check_same_run

BEGAN = {"task": "a", "limit": 8, f"{CONTENT}train": "1", f"{CONTENT}labels": "2", f"{CONTENT}vocabulary": "3"}


def test_the_same_goes_on():
    check_same_run(BEGAN, dict(reversed(BEGAN.items())), pathlib.Path("out"))
    check_same_run(BEGAN | {"rows": None}, BEGAN, pathlib.Path("out"))  # what is None was not said


@pytest.mark.parametrize(
    ("other", "words"),
    [
        ({"limit": 9}, r"`limit` must .*limit=9\. The run in 'out' began with limit=8\. Pass that, or start anew"),
        ({"task": "b", "limit": 9}, r"`limit` must stay the same"),
        ({f"{CONTENT}train": "x"}, "The rows or the labels of 'train' are others than then. Restore what it began"),
        ({f"{CONTENT}train": "x", f"{CONTENT}labels": "x"}, "The classes have other names, or another order, than"),
        ({f"{CONTENT}train": "x", f"{CONTENT}vocabulary": "x"}, "The encoder's vocabulary or its casing is another"),
        ({"new": 1}, r"`new` must .*new=1\. The run in 'out' began with new=None"),
    ],
)
def test_what_differs_is_named(other, words):
    with pytest.raises(ValueError, match=words):
        check_same_run(BEGAN, BEGAN | other, pathlib.Path("out"))
