"""How deep a weight lies, by its TF-Hub name."""

import pytest

from bert_keras.encoders.layer_depths import layer_depths


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
