"""`TaskData`: splits by part, their batches, and one ladder of lengths for all of them."""

import dataclasses

import numpy as np
import pytest
import tiny

from bert_keras.data.task_data import with_ladder
from bert_keras.features import REGRESSION
from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def test_parts(tokenizer):
    rows = tiny.examples(10)
    unlabelled = dataclasses.replace(rows, labels=None)
    splits = {"train": rows, "validation_matched": rows.head(3), "validation_mismatched": rows.head(4)}
    data = tiny.text_task({**splits, "test": unlabelled}).load(tokenizer, batch_size=4)
    assert data.names_of("validation") == ["validation_matched", "validation_mismatched"]
    assert data.names_of("validation_mismatched") == ["validation_mismatched"]
    assert data.names_of("train") == ["train"] and data.names_of("dev") == []
    assert (len(data.train), len(data.validation), len(data.test)) == (3, 1, 3)
    assert sum(len(labels) for _, labels in data.validation) == 3  # the first of the two
    assert isinstance(next(iter(data.test)), dict)
    assert len(data.split("validation_mismatched")) == 4
    with pytest.raises(
        ValueError, match=r"`split` must be one of 'train', 'validation_matched'.*Received: split='dev'"
    ):
        data.split("dev")


def test_parts_that_are_not_there_are_none(tokenizer):
    data = tiny.text_task({"test": tiny.examples(3)}).load(tokenizer)
    assert data.train is None and data.validation is None and data.order is None
    assert tiny.text_task({"train": tiny.examples(3)}).load(tokenizer).test is None


def test_train_is_shuffled_by_the_seed_and_validation_is_sorted(tokenizer):
    def first_labels(data):
        return [labels.numpy().tolist() for _, labels in data.train]

    assert first_labels(tiny.task_data(tokenizer, seed=1)) == first_labels(tiny.task_data(tokenizer, seed=1))
    data = tiny.task_data(tokenizer, REGRESSION, rows=60)
    assert data.order.epoch == 0
    epochs = [first_labels(data), first_labels(data)]
    assert epochs[0] != epochs[1] and data.order.epoch == 2
    for _ in range(2):
        lengths = np.concatenate([features["input_mask"].numpy().sum(axis=1) for features, _ in data.validation])
        assert np.all(np.diff(lengths) >= 0)


def test_what_a_task_says_of_itself(tokenizer):
    data = tiny.task_data(tokenizer, rows=6, seq_length=12)
    assert (data.kind, data.task, data.seq_length) == ("text_classification", "tests/small", 12)
    assert data.metrics == data.reported == ("accuracy", "f1") and data.details == () and data.ladder == ()
    data = dataclasses.replace(data, notes=("read by hand",))
    assert data.facts()[0] == "read by hand"


def test_one_ladder_for_all_splits(tokenizer):
    data = tiny.task_data(tokenizer, rows=20, seq_length=40)
    assert with_ladder(data.splits, False, 40) is data.splits
    fixed = with_ladder(data.splits, True, 40)
    ladders = {split.ladder for split in fixed.values()}
    assert len(ladders) == 1 and max(split.lengths.max() for split in fixed.values()) <= ladders.pop()[-1] <= 40
    with pytest.raises(TypeError, match=r"`static_shapes` must be True or False. Received: static_shapes=1"):
        with_ladder(data.splits, 1, 40)
