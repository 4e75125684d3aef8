"""`Task`: rows that are read when they are wanted, options that are its fields, and what makes ids of them."""

import dataclasses

import keras
import numpy as np
import pytest
import tiny

from bert_keras.data.task import loaded, parts_in, preprocessor_of, reader_of
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text.tokenizer import Tokenizer


@pytest.fixture(scope="module")
def tokenizer(vocab_file):
    return Tokenizer(vocab_file)


def splits():
    rows = tiny.examples(40)
    return {
        "train": rows,
        "validation_matched": rows.head(3),
        "validation_mismatched": rows.head(4),
        "test": rows.head(2),
    }


def counts(rows):
    return {name: len(some) for name, some in rows.items()}


# Rows


def test_rows_are_read_when_they_are_wanted_and_only_those():
    read = []

    def reader(parts):
        read.append(parts)
        return reader_of(splits())(parts)

    task = dataclasses.replace(tiny.text_task(splits()), read=reader)
    assert task.parts == ("train", "validation", "test") and not read
    assert counts(task.rows(("validation",))) == {"validation_matched": 3, "validation_mismatched": 4}
    assert counts(task.rows()) == {"train": 40, "validation_matched": 3, "validation_mismatched": 4, "test": 2}
    assert read == [("validation",), ("train", "validation", "test")]
    with pytest.raises(
        ValueError, match=r"`parts` must be one of 'train', 'validation', 'test'. Received: parts='dev'"
    ):
        task.rows(("dev",))


def test_a_limit_draws_training_rows_by_the_split_seed_alone(tokenizer):
    task = tiny.text_task(splits(), limit=5)
    assert counts(task.rows()) == {"train": 5, "validation_matched": 3, "validation_mismatched": 4, "test": 2}

    def ids(**options):
        return task.load(tokenizer, parts=("train",), **options).split("train").examples.ids.tolist()

    assert ids() == ids(seed=9) == ids(batch_size=3) == task.rows()["train"].ids.tolist() == sorted(ids())
    assert tiny.text_task(splits(), limit=5, split_seed=1).rows()["train"].ids.tolist() != ids() != [0, 1, 2, 3, 4]
    assert len(ids(limit=None)) == len(ids(limit=1000)) == 40


def test_a_task_says_what_it_is_and_not_how_it_is_read():
    said = repr(tiny.text_task(splits()))
    assert "name='tests/small'" in said and "parts=('train', 'validation', 'test')" in said and "read=" not in said


# Options


def test_options_are_fields(tokenizer):
    task = tiny.text_task(splits())
    assert task.changed() is task
    other = task.changed(seq_length=9, limit=2)
    assert (other.seq_length, other.limit, other.read, task.seq_length) == (9, 2, task.read, 128)
    assert other.settings() == {"seq_length": 9, "long_text": "truncate", "max_windows": 8}
    data = task.load(tokenizer, seq_length=9, batch_size=3, seed=4, static_shapes=True)
    assert data.settings == {**other.settings()} and data.seq_length == 9
    assert (data.batch_size, data.order.seed, data.order.full) == (3, 4, True)
    assert task.load(tokenizer).batch_size == task.default_batch_size == 32


@pytest.mark.parametrize("name", ["read", "name", "parts", "doc_stride", "notes"])
def test_what_is_no_option(tokenizer, name):
    task = tiny.text_task(splits())
    words = f"`{name}` must be left out for tests/small, of text_classification, which takes limit, "
    calls = [task.changed]
    if name != "parts":  # which say with an encoder what is made
        calls += [lambda **options: loaded(task, None, options), lambda **options: task.load(tokenizer, **options)]
    for call in calls:
        with pytest.raises(TypeError, match=words):
            call(**{name: "x"})
    with pytest.raises(TypeError, match=r"`seqlength` must be left out .*Did you mean 'seq_length'"):
        task.changed(seqlength=9)


def test_options_of_a_loader(tokenizer):
    task = tiny.text_task(splits())
    assert loaded(task, None, {"seq_length": 20}).seq_length == 20
    data = loaded(task, tokenizer, {"seq_length": 20, "batch_size": 3, "parts": ("train",)})
    assert (data.seq_length, data.batch_size, list(data.splits)) == (20, 3, ["train"])
    for name in ("parts", "batch_size", "seed", "static_shapes"):
        with pytest.raises(TypeError, match=rf"`{name}` must be passed with an encoder only\. .*bk\.finetune takes it"):
            loaded(task, None, {name: 3})


@pytest.mark.parametrize(
    ("fields", "error", "words"),
    [
        ({"limit": 0}, ValueError, "`limit` must be at least 1. Received: limit=0"),
        ({"limit": 0.5}, TypeError, "`limit` must be an integer. Received: limit=0.5"),
        ({"split_seed": -1}, ValueError, "`split_seed` must be at least 0"),
        ({"seq_length": 2}, ValueError, "`seq_length` must be at least 3"),
        ({"seq_length": "128"}, TypeError, "`seq_length` must be an integer"),
    ],
)
def test_bad_fields(fields, error, words):
    with pytest.raises(error, match=words):
        tiny.text_task(splits(), **fields)


def test_sizes_are_checked(tokenizer):
    task = tiny.text_task(splits())
    with pytest.raises(ValueError, match=r"`batch_size` must be at least 1. Received: batch_size=0"):
        task.load(tokenizer, batch_size=0)
    with pytest.raises(TypeError, match="`static_shapes` must be True or False"):
        task.load(tokenizer, static_shapes="yes")


# Encoders


def test_ids_of_an_encoder_and_of_its_tokenizer_are_equal(dict_encoder, tokenizer):
    encoder = load_encoder(dict_encoder)
    for one, two in zip(tiny.task_data(encoder).train, tiny.task_data(tokenizer).train, strict=True):
        for name, value in one[0].items():
            np.testing.assert_array_equal(value.numpy(), two[0][name].numpy())
    with pytest.raises(ValueError, match="`seq_length` must be between 3 and 64, the encoder's position table"):
        tiny.task_data(encoder, seq_length=65)


def test_what_is_no_encoder():
    import tf_keras

    for wrong in ("bert_en_uncased_L-12_H-768_A-12", None, keras.layers.Dense(2)):
        with pytest.raises(TypeError, match=r"`encoder` must be an encoder or a Tokenizer.*Pass bk.load_encoder"):
            tiny.task_data(wrong)
    with pytest.raises(TypeError, match="`encoder` must be an object of Keras 3"):
        tiny.task_data(tf_keras.layers.Dense(2))
    with pytest.raises(ValueError, match="`encoder` must have a tokenizer to make features from text"):
        tiny.task_data(tiny.native_encoder())


def test_the_preprocessor_of_a_tokenizer(tokenizer):
    found = preprocessor_of(tokenizer, Preprocessor, "preprocessor", 9, long_text="windows", max_windows=2)
    assert (type(found), found.seq_length, found.window_tokens) == (Preprocessor, 9, 9)


def test_parts_in_their_order():
    assert parts_in(splits()) == ("train", "validation", "test")
    assert parts_in(["test_matched", "train", "test_mismatched"]) == ("test", "train")
