"""The mean over tokens: padding counts nothing, and an encoder without tokens is refused."""

import keras
import numpy as np
import pytest

from bert_keras.models.token_mean import levelled_mean, mean_output, token_mean


def test_padding_counts_nothing():
    tokens = np.array([[[1.0, 2.0], [3.0, 6.0], [9.0, 9.0]], [[5.0, 5.0], [7.0, 7.0], [8.0, 8.0]]], "float32")
    mask = np.array([[1, 1, 0], [0, 0, 0]], "int32")
    np.testing.assert_allclose(token_mean(tokens, mask), [[2.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(levelled_mean(tokens, mask), [[2 * 0.1**0.5, 4 * 0.1**0.5], [0.0, 0.0]], rtol=1e-6)


def test_an_encoder_without_tokens():
    class Whole(keras.layers.Layer):
        def call(self, inputs, training=None):
            return {"pooled_output": inputs["input_mask"]}

    with pytest.raises(ValueError, match=r"`encoder` must have the output 'sequence_output' for pooling='mean'.*whole"):
        mean_output(Whole(name="whole"), {"input_mask": np.ones((1, 2), "int32")})
