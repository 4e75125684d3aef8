"""Networks over texts: each text as if it were alone, in the order they came; what is no text is named."""

import keras
import numpy as np
import pytest
import tensorflow as tf
import tiny

from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.tuned import text_batches
from bert_keras.tuned.check_text import check_text, text_list
from bert_keras.tuned.text_batches import TextBatches


@pytest.fixture(scope="module")
def model(vocab_file):
    encoder = tiny.native_encoder()
    encoder.tokenizer = Tokenizer(vocab_file)
    return TextClassifier(encoder, 3, seed=1)


def alone(model, *columns):
    make = model.encoder.preprocessor(16, padding="longest")
    return np.concatenate([model(make(*([text] for text in row))).numpy() for row in zip(*columns, strict=True)])


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_each_row_is_as_if_it_were_alone(model, monkeypatch, backend):
    """On another backend the model's own `predict_on_batch` runs, which here is TensorFlow's too."""
    monkeypatch.setattr(text_batches, "_SORTED_ROWS", 8)  # two stretches and a part of one
    texts = ["", *tiny.sentences(18, seed=3, longest=20)]
    wanted = alone(model, texts)
    pairs = alone(model, texts, texts[::-1])
    monkeypatch.setattr(keras.backend, "backend", lambda: backend)
    batches = TextBatches(model, model.encoder.preprocessor(16), 3)
    for batch_size in (1, 4, 50):
        found = batches((texts,), batch_size)
        assert found.dtype == np.float32
        np.testing.assert_allclose(found, wanted, atol=1e-5)
    np.testing.assert_allclose(batches((texts, texts[::-1]), 4), pairs, atol=1e-5)
    assert batches(([],), 4).shape == (0, 3)


def test_the_graph_is_traced_once(model):
    batches = TextBatches(model, model.encoder.preprocessor(16), 3)
    for size in (1, 3, 7):
        batches((tiny.sentences(size),), 2)
    assert batches.run.experimental_get_tracing_count() == 1


def test_weights_that_change_change_the_answers(model):
    batches, texts = TextBatches(model, model.encoder.preprocessor(16), 3), tiny.sentences(5)
    before, kernel = batches((texts,), 2), model.classifier.kernel.numpy()
    model.classifier.kernel.assign(2 * kernel)
    np.testing.assert_allclose(batches((texts,), 2), 2 * before, atol=1e-6)  # the bias of a new head is zero
    model.classifier.kernel.assign(kernel)


def test_inside_another_graph(model):
    batches, texts = TextBatches(model, model.encoder.preprocessor(16), 3), tiny.sentences(7)
    graph = tf.function(lambda size, *columns: batches.read(size, *columns))
    for size in (1, 3, 50):
        found = graph(tf.constant(size), tf.constant(texts), tf.constant(texts[::-1]))
        np.testing.assert_allclose(found, batches((texts, texts[::-1]), 4), atol=1e-6)
    assert graph(tf.constant(3), tf.constant([], tf.string)).shape == (0, 3)


def test_lists_of_texts():
    assert text_list("texts", ("a", "")) == ["a", ""] and text_list("texts", iter("ab")) == ["a", "b"]
    for wrong in ("one text", b"bytes", {"a": 1}, 3, None):
        with pytest.raises(TypeError, match="`prompt` must be a list of str"):
            text_list("prompt", wrong)
    with pytest.raises(TypeError, match=r"`texts` must be str\. Received: texts=7\. It is number 1\."):
        text_list("texts", ["a", 7])


def test_half_a_surrogate_pair_is_named():
    assert check_text("🐈", 0) is None
    with pytest.raises(
        ValueError, match=r"`choices` must be text that UTF-8 can express.*Number 4 has half.*character 2"
    ):
        check_text("ab\ud83d", 4, "choices")
