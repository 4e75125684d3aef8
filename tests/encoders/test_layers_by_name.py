"""How deep a weight lies, by its TF-Hub name, and what a fresh BERT has in its place."""

import keras
import numpy as np
import pytest
import tiny

from bert_keras.encoders.layers_by_name import draw_again, layer_depths


def test_depths_count_from_the_ids():
    found = layer_depths(
        [
            "word_embeddings/embeddings",
            "embeddings/layer_norm/gamma",
            "embedding_projection/kernel",
            "transformer/layer_0/output/kernel",
            "transformer/layer_1/output/lora_a",
            "final_norm/gamma",
            "pooler_transform/bias",
        ],
        2,
    )
    assert list(found.values()) == [0, 0, 0, 1, 2, 3, 3]


@pytest.mark.parametrize(
    ("names", "num_layers"),
    [
        (["transformer/layer_0/output/kernel"], 12),  # ALBERT's form: one layer's weights for all
        (["transformer/layer_1/output/kernel"], 1),
        (["word_embeddings/embeddings"], None),
        ([], None),
    ],
)
def test_layers_that_names_do_not_tell_apart_are_refused(names, num_layers):
    with pytest.raises(ValueError, match=r"`encoder` must have weights of its own for each layer.*Leave layer_decay"):
        layer_depths(names, num_layers)


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
    assert not np.array_equal(keras.ops.convert_to_numpy(weights["word_embeddings/embeddings"]), before)
