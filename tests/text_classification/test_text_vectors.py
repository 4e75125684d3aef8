"""`TextVectors`: what the dense layer reads, by what the layer makes of it."""

import numpy as np
import pytest
import tiny

from bert_keras.features import FEATURE_NAMES
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_vectors import TextVectors


@pytest.mark.parametrize("pooling", ["pooled", "mean"])
@pytest.mark.parametrize("windows", [False, True], ids=["rows", "windows"])
def test_the_dense_layer_makes_the_logits_of_them(pooling, windows):
    model = TextClassifier(tiny.native_encoder(), 3, dropout=0.5, pooling=pooling)
    features = {name: np.asarray(tiny.features()[name]) for name in FEATURE_NAMES}
    if windows:  # two a text, and of the first text the second is none
        features = {name: ids.reshape(-1, 2, ids.shape[-1]).copy() for name, ids in features.items()}
        features["input_mask"][0, 1] = 0
    vectors = TextVectors(model).predict(features, verbose=0)
    logits = np.asarray(model(features))
    assert vectors.shape == (len(logits), model.encoder.config.hidden_size)
    kernel, bias = (weight.numpy() for weight in model.classifier.weights)
    np.testing.assert_allclose(vectors @ kernel + bias, logits, rtol=1e-5, atol=1e-5)
