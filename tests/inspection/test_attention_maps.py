"""Attention maps: those of the NumPy reference, and of a hub encoder what its weights give."""

import bert_reference
import numpy as np
import pytest
import tiny
import tuned
from scipy import special

from bert_keras.encoders.huggingface.from_huggingface import from_huggingface
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.inspection.attention_maps import attention_maps
from bert_keras.text.tokenizer import Tokenizer


def reference_maps(weights, features, heads=3):
    """[layers, heads, tokens, tokens] from the inputs of each layer, which the reference gives."""
    _, layers = bert_reference.forward(weights, features, heads)
    inputs = [_embeddings(weights, features), *layers[:-1]]
    found = []
    for number, hidden in enumerate(inputs):
        query, key = (
            hidden @ weights[f"encoder.layer.{number}.attention.self.{name}.weight"].T
            + weights[f"encoder.layer.{number}.attention.self.{name}.bias"]
            for name in ("query", "key")
        )
        query, key = (rows.reshape(*rows.shape[:2], heads, -1).swapaxes(1, 2) for rows in (query, key))
        found.append(special.softmax(query @ key.swapaxes(2, 3) / np.sqrt(query.shape[-1]), axis=-1)[0])
    return np.stack(found)


def _embeddings(weights, features):
    ids, types = features["input_word_ids"], features["input_type_ids"]
    summed = weights["embeddings.word_embeddings.weight"][ids]
    summed = summed + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
    summed = summed + weights["embeddings.token_type_embeddings.weight"][types]
    return bert_reference._norm(summed.astype("float64"), weights, "embeddings", 1e-12)


@pytest.fixture
def small(tmp_path):
    """A native encoder of the reference's random weights, with a vocabulary of its 50 rows, and these weights."""
    weights = bert_reference.random_weights()
    native = from_huggingface(bert_reference.write_checkpoint(tmp_path / "checkpoint", weights))
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "dog", "##s", "run", "cat", "##ning"]
    (tmp_path / "vocab.txt").write_text("\n".join(pieces) + "\n", encoding="utf-8")
    native.tokenizer = Tokenizer(tmp_path / "vocab.txt")
    return native, weights


def test_maps_are_the_references(small):
    native, weights = small
    tokens, maps = attention_maps(native, "A dog", "cats running")
    assert tokens == ("[CLS]", "a", "dog", "[SEP]", "cat", "##s", "run", "##ning", "[SEP]")
    features = {
        "input_word_ids": np.array([[2, 5, 6, 3, 9, 7, 8, 10, 3]]),
        "input_mask": np.ones((1, 9), int),
        "input_type_ids": np.array([[0, 0, 0, 0, 1, 1, 1, 1, 1]]),
    }
    assert maps.shape == (2, 3, 9, 9) and maps.dtype == np.float32
    np.testing.assert_allclose(maps, reference_maps(weights, features), atol=1e-5)
    np.testing.assert_allclose(maps.sum(axis=-1), 1.0, atol=1e-6)


def test_a_hub_encoder_gives_the_maps_of_its_weights(tmp_path):
    folder = tuned.write_encoder(tmp_path / "encoder")
    hub = attention_maps(load_encoder(folder), "the dog was good")
    native = attention_maps(load_encoder(folder, native=True), "the dog was good")
    np.testing.assert_array_equal(hub.weights, native.weights)
    assert hub.tokens == native.tokens == attention_maps(str(folder), "the dog was good").tokens


def test_rows_are_cut_and_mistakes_are_named(small):
    native, _ = small
    assert len(attention_maps(native, "a dog " * 40).tokens) == 16  # the reference's positions
    assert len(attention_maps(native, "a dog " * 40, seq_length=5).tokens) == 5
    with pytest.raises(TypeError, match="`text` must be a str"):
        attention_maps(native, ["a", "b"])
    with pytest.raises(TypeError, match="`encoder` must be an encoder or the handle of one"):
        attention_maps(tiny.SumEncoder(), "a")
    with pytest.raises(ValueError, match="`encoder` must have a tokenizer"):
        attention_maps(tiny.native_encoder(), "a")
