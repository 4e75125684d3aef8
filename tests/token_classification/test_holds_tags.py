"""Whether files and objects hold tags of words, told by what lies there or its form, and without TensorFlow."""

import numpy as np
import pandas
import pytest
from lightly import imported_by
from tagging import ROWS

from bert_keras.token_classification.holds_tags import EXTENSIONS, holds_tags


@pytest.fixture
def corpus(tmp_path):
    (tmp_path / "corpus").mkdir()
    for name in ("train.txt", "valid.txt", "test.txt"):
        (tmp_path / "corpus" / name).write_text("Ann B-PER\nsings O\n")
    return tmp_path / "corpus"


def test_what_does(corpus):
    for source in (corpus, str(corpus), "corpus/", ROWS["train"], (*ROWS["train"],)):
        assert holds_tags(source)


@pytest.mark.parametrize(
    ("row", "are_tags"),
    [
        ('{"tokens": ["Ann", "sings"], "ner_tags": ["B-PER", "O"]}', True),
        ('{"text": "Ann sings.", "entities": [[0, 3, "PER"]]}', True),
        ('{"text": "Ann sings.", "entities": []}', False),
        ('{"tokens": "Ann sings", "ner_tags": 3}', False),
        ('{"text": "Ann sings.", "label": "good"}', False),
    ],
)
def test_a_table_is_known_by_its_first_rows(tmp_path, row, are_tags):
    (tmp_path / "mine.jsonl").write_text(row + "\n")
    assert holds_tags(tmp_path / "mine.jsonl") is are_tags


@pytest.mark.parametrize(
    "source",
    [
        *("conll2004", "a.txt", [], ["Good."], [("Good.", "yes")], None, 3),
        [("It rains.", ["She opens an umbrella.", "She opens a bank."])],
        {"text": ["good"], "label": ["yes"]},
        {"text": ["Ann sings", "Oslo"], "label": ["a", "b"]},
        pandas.DataFrame({"text": ["Ann sings"], "labels": [["a", "b"]]}),
        {"sentence": ["Ann sings"], "label": [1]},
        [{"text": "Ann", "label": 0}],
        np.array(["Ann"]),
    ],
    ids=repr,
)
def test_what_does_not(source):
    assert not holds_tags(source)


def test_a_folder_of_folders_of_texts_does_not(tmp_path):
    (tmp_path / "texts" / "train" / "good").mkdir(parents=True)
    assert not holds_tags(tmp_path / "texts")


def test_it_loads_nothing_heavy():
    assert imported_by("bert_keras.token_classification.holds_tags") == []
    assert ".conll" in EXTENSIONS
