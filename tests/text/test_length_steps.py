"""Batches of few lengths: nothing on TensorFlow, steps of 32 tokens elsewhere; the same answers either way."""

import keras
import numpy as np
import pytest
import questions
import tensorflow as tf
import tiny
import tuned

import bert_keras as bk
from bert_keras.data.split import BatchOrder
from bert_keras.question_answering.span_reader import SpanReader
from bert_keras.text.length_steps import in_steps, length_in_steps


@pytest.fixture
def elsewhere(monkeypatch):
    """Keras says that it runs on JAX. What is made before stays as it is."""

    def leave():
        monkeypatch.setattr(keras.backend, "backend", lambda: "jax")

    return leave


def batch(length):
    ids = tf.reshape(tf.range(1, 2 * length + 1), [2, length])
    return {"input_word_ids": ids, "input_mask": tf.ones_like(ids), "input_type_ids": tf.ones_like(ids)}


def test_tensorflow_takes_any_length():
    features = batch(9)
    assert in_steps(features, 128) is features
    assert length_in_steps(9, 128) == 9


@pytest.mark.parametrize(
    ("length", "most", "wanted"),
    [(1, 128, 32), (32, 128, 32), (33, 128, 64), (97, 100, 100), (5, 20, 20), (40, 40, 40), (40, 30, 40)],
)
def test_lengths_elsewhere(elsewhere, length, most, wanted):
    elsewhere()
    assert length_in_steps(length, most) == wanted
    features, found = batch(length), in_steps(batch(length), most, pad_id=7)
    fill = {"input_word_ids": 7, "input_mask": 0, "input_type_ids": 0}
    for name, rows in found.items():
        assert rows.shape == (2, wanted) and rows.dtype == tf.int32
        assert (rows[:, :length].numpy() == features[name].numpy()).all() and (
            rows[:, length:].numpy() == fill[name]
        ).all()


def test_batches_elsewhere_are_the_same_rows_with_more_padding(elsewhere):
    encoder = tiny.native_encoder()
    encoder.tokenizer = None
    lengths = np.array([5, 40, 33, 31, 70])
    # Sorted, in batches of two: 5 and 31, 33 and 40, 70. 179 tokens in 2 * 31 + 2 * 40 + 70 places.
    order = BatchOrder(lengths, 2, shuffle=False)
    assert order.padding_share() == pytest.approx(1 - 179 / 212)
    elsewhere()  # 2 * 32 + 2 * 64 + 70
    assert order.padding_share() == pytest.approx(1 - 179 / 262)


def test_a_split_elsewhere(elsewhere, tmp_path):
    encoder = questions.encoder(tmp_path)
    data = tiny.task_data(encoder, rows=24, seq_length=40)
    split = data.split("validation")
    before = [features for features, _ in split.dataset(split.order(4))]
    elsewhere()
    after = [features for features, _ in split.dataset(split.order(4))]
    longest = int(split.lengths.max())
    assert longest < 32
    for plain, stepped in zip(before, after, strict=True):
        length = plain["input_word_ids"].shape[1]
        assert stepped["input_word_ids"].shape[1] == longest
        for name, rows in plain.items():
            assert (stepped[name][:, :length].numpy() == rows.numpy()).all()


def test_answers_of_texts_outside_the_graph_are_those_inside(elsewhere, tmp_path):
    folder = tuned.write_model(tmp_path / "model", tuned.write_encoder(tmp_path / "encoder"))
    model, config = bk.load(folder).model, bk.load(folder).config
    texts = tiny.sentences(37)
    wanted = bk.Predictor(model, config, batch_size=8).logits(texts)
    elsewhere()
    found = bk.Predictor(model, config, batch_size=8).logits(texts)
    np.testing.assert_allclose(found, wanted, atol=1e-5)
    assert wanted.std() > 0.1


def test_spans_outside_the_graph_are_those_inside(elsewhere, tmp_path):
    model = questions.with_random_head(questions.encoder(tmp_path))
    asked = questions.examples(21, seed=3)
    preprocessor = model.encoder.question_preprocessor(**questions.WINDOWS)
    wanted, lengths = SpanReader(model, preprocessor, 8, batch_size=4)(asked.questions, asked.contexts)
    elsewhere()
    found, counted = SpanReader(model, preprocessor, 8, batch_size=4)(asked.questions, asked.contexts)
    assert (found.starts == wanted.starts).all() and (found.ends == wanted.ends).all()
    np.testing.assert_allclose(found.logits, wanted.logits, atol=1e-5)
    np.testing.assert_allclose(found.null_logits, wanted.null_logits, atol=1e-5)
    assert (counted == lengths).all()
