"""`LogitsAndDistance`: the model's logits, and beside them the distances of its vectors."""

import numpy as np
import tiny

from bert_keras.text_classification.logits_and_distance import LogitsAndDistance
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_vectors import TextVectors
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors


def test_it_says_both_of_one_pass():
    model = TextClassifier(tiny.native_encoder(), 3)
    vectors = TextVectors(model).predict(tiny.features(), verbose=0)
    random = np.random.default_rng(0)
    ordinary = OrdinaryVectors.of(
        vectors[random.integers(0, len(vectors), 60)] + random.normal(size=(60, 1)), [0, 1] * 30
    )
    found = LogitsAndDistance(model, ordinary).predict(tiny.features(), verbose=0)
    np.testing.assert_allclose(found[:, :3], model.predict(tiny.features(), verbose=0), rtol=1e-5, atol=1e-6)
    np.testing.assert_allclose(found[:, 3], ordinary.distances(vectors), rtol=1e-4)
    assert found[:, 3].std() > 0.1


def test_what_it_knows_is_not_trained():
    model = TextClassifier(tiny.native_encoder(), 2)
    size = model.encoder.config.hidden_size
    ordinary = OrdinaryVectors(np.zeros((1, size), "float32"), np.eye(size, dtype="float32"))
    network = LogitsAndDistance(model, ordinary)
    own = {id(weight) for weight in model.weights}
    assert [weight.name for weight in network.weights if id(weight) not in own] == ["factor", "centre", "means"]
    assert len(network.trainable_weights) == len(model.trainable_weights)
