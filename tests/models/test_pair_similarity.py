"""The cosine of two texts, and that training draws the vectors of one class together."""

import keras
import numpy as np
import pytest
import tiny
from encoders import write_vocabulary

from bert_keras.models.pair_similarity import PairSimilarity
from bert_keras.text.tokenizer import Tokenizer

TEXTS = ["good film", "great film", "the bad food", "poor food is bad"]


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    encoder = tiny.native_encoder()
    encoder.tokenizer = Tokenizer(write_vocabulary(tmp_path_factory.mktemp("words")))
    return PairSimilarity(encoder)


def features(model, places):
    made = model.encoder.preprocessor(16)([TEXTS[place] for place in places])
    return {name: column.numpy() for name, column in made.items()}


def test_pairs_give_the_cosines_of_the_texts_vectors(model):
    places = [0, 1, 2, 3, 1, 1]
    rows = features(model, places)
    vectors = model(rows).numpy()
    tokens = model.encoder(rows)["sequence_output"].numpy()
    counted = rows["input_mask"][:, :, None]
    mean = (tokens * counted).sum(axis=1) / counted.sum(axis=1)
    wanted = mean / np.linalg.norm(mean, axis=1, keepdims=True) * np.sqrt(mean.shape[1])
    np.testing.assert_allclose(vectors, wanted, atol=1e-5)
    pairs = {name: column.reshape(3, 2, -1) for name, column in rows.items()}
    unit = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    found = model(pairs).numpy()
    np.testing.assert_allclose(found, (unit[::2] * unit[1::2]).sum(axis=1), atol=1e-5)
    assert found[2] == pytest.approx(1.0, abs=1e-5)


def test_training_draws_what_is_alike_together_and_leaves_the_pooler(model):
    pooler = {name: w.numpy() for name, w in model.encoder.named_weights().items() if "pooler" in name}
    rows = features(model, [0, 1, 2, 3, 0, 2, 1, 3])
    pairs = {name: column.reshape(4, 2, -1) for name, column in rows.items()}
    alike = np.array([1, 1, 0, 0], "float32")
    model.compile(keras.optimizers.Adam(1e-2))
    losses = model.fit(pairs, alike, batch_size=4, epochs=8, verbose=0).history["loss"]
    assert losses[-1] < 0.5 * losses[0]
    assert pooler
    for name, before in pooler.items():
        np.testing.assert_array_equal(model.encoder.named_weights()[name].numpy(), before)
