"""`TaskData`: parts of a task, what is checked at the door, and encoders or tokenizers to make ids with."""

import dataclasses

import keras
import numpy as np
import pytest
import tiny

from bert_keras.data.examples import Examples
from bert_keras.data.task_data import checked_parts
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_data import make_task_data


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def made(encoder, splits, **options):
    options = {"problem_type": SINGLE_LABEL, "label_names": ("poor", "good"), "metrics": ("accuracy",), **options}
    return make_task_data("tests/small", splits, encoder, text_columns=("text",), **options)


def test_parts(tokenizer):
    rows = tiny.examples(10)
    unlabelled = dataclasses.replace(rows, labels=None)
    data = made(
        tokenizer,
        {"train": rows, "validation_matched": rows.head(3), "validation_mismatched": rows.head(4), "test": unlabelled},
        batch_size=4,
    )
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
    data = made(tokenizer, {"test": tiny.examples(3)})
    assert data.train is None and data.validation is None and data.order is None
    assert made(tokenizer, {"train": tiny.examples(3)}).test is None


def test_outputs_of_a_model(tokenizer):
    for problem_type, outputs in ((SINGLE_LABEL, 2), (MULTI_LABEL, 3), (REGRESSION, 1)):
        assert tiny.task_data(tokenizer, problem_type).num_classes == outputs


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


def test_ids_of_an_encoder_and_of_its_tokenizer_are_equal(dict_encoder, tokenizer):
    encoder = load_encoder(dict_encoder)
    for one, two in zip(tiny.task_data(encoder).train, tiny.task_data(tokenizer).train, strict=True):
        for name, value in one[0].items():
            np.testing.assert_array_equal(value.numpy(), two[0][name].numpy())
    with pytest.raises(ValueError, match="`seq_length` must be between 3 and 64, the encoder's position table"):
        tiny.task_data(encoder, seq_length=65)


def test_what_is_no_encoder(tokenizer):
    import tf_keras

    for wrong in ("bert_en_uncased_L-12_H-768_A-12", None, keras.layers.Dense(2)):
        with pytest.raises(TypeError, match=r"`encoder` must be an encoder or a Tokenizer.*Pass bk.load_encoder"):
            tiny.task_data(wrong)
    with pytest.raises(TypeError, match="`encoder` must be an object of Keras 3"):
        tiny.task_data(tf_keras.layers.Dense(2))
    with pytest.raises(ValueError, match="`encoder` must have a tokenizer to make features from text"):
        tiny.task_data(tiny.native_encoder())


def test_sizes_are_checked(tokenizer):
    with pytest.raises(ValueError, match=r"`batch_size` must be at least 1. Received: batch_size=0"):
        made(tokenizer, {"test": tiny.examples(3)}, batch_size=0)
    with pytest.raises(ValueError, match="`seq_length` must be at least 3, room for"):
        tiny.task_data(tokenizer, seq_length=2)
    pair = Examples((["a"], ["b"]), np.zeros(1, "int32"), np.arange(1))
    with pytest.raises(ValueError, match=r"`seq_length` must be at least 5, room for \[CLS\] a \[SEP\] b \[SEP\]"):
        made(tokenizer, {"train": pair}, seq_length=4)


def test_labels_are_checked_in_every_part(tokenizer):
    rows = tiny.examples(4, source="dev.tsv")
    wrong = dataclasses.replace(rows, labels=np.array([0, 1, 5, 0], "int32"))
    for part in ("train", "validation", "test"):
        with pytest.raises(ValueError, match=r"between 0 and 1, the classes. Received: labels=5. Row 2 of dev.tsv"):
            made(tokenizer, {part: wrong})
    missing = dataclasses.replace(rows, labels=None)
    for part in ("train", "validation"):
        with pytest.raises(ValueError, match=r"`labels` must be there to train on dev.tsv"):
            made(tokenizer, {part: missing})
    made(tokenizer, {"test": missing})


def test_parts_asked_for():
    known = ("train", "validation", "test")
    assert checked_parts(None, known) == known
    assert checked_parts(["test"], known) == ("test",)
    with pytest.raises(
        ValueError, match=r"`parts` must be one of 'train', .*Received: parts='tets'. Did you mean 'test'"
    ):
        checked_parts(("tets",), known)
    for wrong in ("train", ()):
        with pytest.raises(TypeError, match=r"`parts` must be a tuple of names out of \('train'.*E.g. \(\"train\",\)"):
            checked_parts(wrong, known)
