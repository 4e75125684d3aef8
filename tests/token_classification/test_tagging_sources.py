"""Words and tags from memory: data sets of Hugging Face, frames, columns; what holds tags, and what does not."""

import datasets
import numpy as np
import pandas
import polars
import pytest

from bert_keras.token_classification.holds_tags import holds_tags
from bert_keras.token_classification.load_tagging import load_tagging

NAMES = ["O", "B-PER", "I-PER", "B-LOC", "I-LOC"]
WORDS = [["Ann", "sings"], ["Oslo"]]
NUMBERS = [[1, 0], [3]]
TAGS = [["B-PER", "O"], ["B-LOC"]]
FLAT = ["B-PER", "O", "B-LOC"]


def rows(source, **options):
    found = load_tagging(source, validation_share=0, **options).rows()["train"]
    return found.words, found.tags


def numbered(values=NUMBERS, names=NAMES):
    label = datasets.Sequence(datasets.ClassLabel(names=names))
    features = datasets.Features({"tokens": datasets.Sequence(datasets.Value("string")), "ner_tags": label})
    return datasets.Dataset.from_dict({"tokens": WORDS, "ner_tags": values}, features=features)


def test_data_sets_of_hugging_face_have_the_names_of_their_numbers():
    assert holds_tags(numbered())
    assert rows(numbered()) == (WORDS, TAGS)
    assert rows(datasets.DatasetDict({"train": numbered()})) == (WORDS, TAGS)
    assert rows(numbered().to_iterable_dataset()) == (WORDS, TAGS)
    assert rows(numbered(), label_names=NAMES) == (WORDS, TAGS)


@pytest.mark.parametrize(
    "source",
    [
        pandas.DataFrame({"tokens": WORDS, "ner_tags": TAGS}),
        polars.DataFrame({"tokens": WORDS, "ner_tags": TAGS}),
        {"tokens": WORDS, "ner_tags": TAGS},
        {"tokens": [np.array(own) for own in WORDS], "ner_tags": [np.array(own) for own in TAGS]},
        [{"tokens": own, "ner_tags": their} for own, their in zip(WORDS, TAGS, strict=True)],
        pandas.DataFrame({"Sentence #": ["1", None, "2"], "Word": ["Ann", "sings", "Oslo"], "Tag": FLAT}),
        polars.DataFrame({"sentence_id": [0, 0, 1], "word": ["Ann", "sings", "Oslo"], "tag": FLAT}),
    ],
    ids=["pandas", "polars", "columns", "arrays", "dicts", "a word a row, pandas", "a word a row, polars"],
)
def test_frames_and_columns(source):
    assert holds_tags(source)
    assert rows(source) == (WORDS, TAGS)
    assert rows({"train": source}) == (WORDS, TAGS)


@pytest.mark.parametrize(
    "source",
    [
        {"tokens": WORDS, "ner_tags": NUMBERS},
        pandas.DataFrame({"tokens": WORDS, "ner_tags": NUMBERS}),
        list(zip(WORDS, NUMBERS, strict=True)),
        {"tokens": WORDS, "ner_tags": [np.array(own) for own in NUMBERS]},
    ],
)
def test_numbers_have_the_names_that_the_user_says(source):
    assert rows(source, label_names=NAMES) == (WORDS, TAGS)
    with pytest.raises(ValueError, match=r"`label_names` must say what numbers as tags stand for"):
        rows(source)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"columns": ["a", "b"]}, "`columns` must be left out for tables, whose columns have names"),
        ({"tag_column": "ner"}, r"`tag_column` must be a column of files.*'tokens', 'ner_tags'"),
        ({"word_column": "ner_tags"}, "another column than that of the words, 'ner_tags'"),
    ],
)
def test_options_that_do_not_fit_are_refused(options, words):
    with pytest.raises(ValueError, match=words):
        rows({"tokens": WORDS, "ner_tags": TAGS}, **options)
