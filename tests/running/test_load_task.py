"""Tasks by name, and the review set that comes with the library."""

import glue_files
import numpy as np
import pytest

from bert_keras.running.load_task import find_task, load_task, task_names
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.reviews import REVIEWS, load_reviews


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def test_names():
    names = task_names()
    assert {"samples/reviews", "samples/questions", "imdb_reviews", "glue/mrpc", "squad/v1.1", "swag"} < set(names)
    assert len(names) == 19 and all(find_task(name).name == name for name in names)
    for name in ("glue/sst2", "sst2", "SST-2", "GLUE/SST-2", "glue/sst_2"):
        assert find_task(name).name == "glue/sst2"
    assert find_task(REVIEWS).name == REVIEWS


def test_unknown_names():
    with pytest.raises(
        ValueError, match=r"`task` must be one of glue/cola.*'sample/reviews'. Did you mean 'samples/reviews'"
    ):
        load_task("sample/reviews", None)
    with pytest.raises(ValueError, match="Did you mean 'mrpc'"):
        load_task("glue/mrcp", None)
    with pytest.raises(ValueError, match=r"Received: task='rtee'. Did you mean 'rte'"):
        load_task("rtee", None)
    with pytest.raises(
        TypeError, match=r"`task` must be the name of a task, a file, or what bk.load_files gives. Received: task=7"
    ):
        load_task(7, None)


def test_a_glue_task_by_its_name(tokenizer, tmp_path):
    folder = glue_files.write_all(tmp_path)
    data = load_task("glue/mrpc", tokenizer, data_dir=folder, batch_size=1, limit=1, seed=4)
    assert data.task == "glue/mrpc" and len(data.train) == 1 and data.order.seed == 4


def test_the_review_set(tokenizer):
    data = load_task(REVIEWS, tokenizer, seq_length=24, batch_size=16)
    assert data.label_names == ("negative", "positive") and data.metrics == ("accuracy", "f1")
    parts = {name: split.examples for name, split in data.splits.items()}
    assert len(parts["train"]) >= 400 and len(parts["test"]) >= 200 and len(parts["validation"]) >= 50
    for part in parts.values():
        assert abs(np.mean(part.labels) - 0.5) < 0.06
    texts = [text for part in parts.values() for text in part.texts[0]]
    assert len(set(texts)) == len(texts)  # none stands in two parts
    assert len(data.train) == -(-len(parts["train"]) // 16)


def test_options_of_the_review_set(tokenizer):
    data = load_reviews(tokenizer, limit=10, parts=("train",))
    assert len(data.split("train")) == 10 and data.validation is None
    for limit in (0, -5):
        with pytest.raises(ValueError, match=f"`limit` must be at least 1. Received: limit={limit}"):
            load_reviews(tokenizer, limit=limit)
    with pytest.raises(ValueError, match=r"`data_dir` must be None for samples/reviews.*Received: data_dir='here'"):
        load_reviews(tokenizer, data_dir="here")
    with pytest.raises(
        ValueError, match=r"`parts` must be one of 'train', 'validation', 'test'. Received: parts='dev'"
    ):
        load_reviews(tokenizer, parts=("dev",))
