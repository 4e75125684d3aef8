"""The review set that comes with the library."""

import numpy as np
import pytest

from bert_keras.running.choosing.load_task import load_task
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.reviews import REVIEWS, load_reviews


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


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
    with pytest.raises(TypeError, match=r"`data_dir` must be left out for samples/reviews.*Received: data_dir='here'"):
        load_reviews(tokenizer, data_dir="here")
    with pytest.raises(
        ValueError, match=r"`parts` must be one of 'train', 'validation', 'test'. Received: parts='dev'"
    ):
        load_reviews(tokenizer, parts=("dev",))
