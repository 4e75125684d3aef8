"""What a fresh BERT has in the place of weights."""

import numpy as np
import pytest
import tiny

from bert_keras.encoders.draw_again import draw_again


def test_what_is_drawn_is_a_fresh_berts():
    weights = tiny.native_encoder().named_weights()
    before = {name: weight.numpy() for name, weight in weights.items()}
    for weight in weights.values():
        weight.assign(np.full(weight.shape, 7.0))
    draw_again(weights, 0.3, seed=5)
    numbers = {name: weight.numpy() for name, weight in weights.items()}
    for name, values in numbers.items():
        if name.endswith(("bias", "beta")):
            assert not values.any()
        elif name.endswith("gamma"):
            assert (values == 1.0).all()
        else:  # cut off at two deviations, which leaves 0.88 of one
            assert np.abs(values).max() <= 0.6 and len(np.unique(values)) > 0.9 * values.size
            assert values.size < 256 or values.std() == pytest.approx(0.88 * 0.3, rel=0.15)
            assert not np.array_equal(values, before[name])
    kernels = [values for name, values in numbers.items() if name.endswith("kernel") and values.shape == (16, 2, 8)]
    assert len(kernels) == 3 and len({kernel.tobytes() for kernel in kernels}) == 3
    draw_again(weights, 0.3, seed=5)
    assert all(np.array_equal(weights[name].numpy(), numbers[name]) for name in weights)
    draw_again(weights, 0.3, seed=6)
    table = "word_embeddings/embeddings"
    assert not np.array_equal(weights[table].numpy(), numbers[table])
