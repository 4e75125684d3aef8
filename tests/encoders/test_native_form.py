"""Which network weights by TF-Hub's names are, and what its weights are called here."""

import numpy as np
import pytest

from bert_keras.encoders.native_form import native_form


def weights(*names, shape=(3, 5)):
    return dict.fromkeys(names, np.zeros(shape, "float32"))


def test_narrow_tables_and_shared_layers_are_told_by_names():
    bert = weights("word_embeddings/embeddings", "transformer/layer_0/self_attention/query/kernel")
    assert native_form(bert) == ({}, bert)
    narrow = {**bert, **weights("embedding_projection/kernel")}
    assert native_form(narrow) == ({"embedding_size": 3}, narrow)
    shared = weights("embedding_projection/kernel", "transformer/self_attention/query/kernel")
    assert native_form(shared) == ({"embedding_size": 3, "share_layers": True}, shared)


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("mobile_bert_embedding/word_embedding/embeddings", "word_embeddings/embeddings"),
        ("mobile_bert_embedding/position_embedding/embeddings", "position_embedding/embeddings"),
        ("mobile_bert_embedding_1/embedding_norm/beta", "embeddings/layer_norm/beta"),
        ("mobile_bert_encoder/mobile_bert_embedding/type_embedding/embeddings", "type_embeddings/embeddings"),
        ("transformer_layer_11/attention/query/bias", "transformer/layer_11/self_attention/query/bias"),
        ("transformer_layer_0/attention/norm/gamma", "transformer/layer_0/self_attention_layer_norm/gamma"),
        ("transformer_layer_0/bottleneck_output/dense/kernel", "transformer/layer_0/bottleneck_output/kernel"),
        ("transformer_layer_0/bottleneck_input/norm/beta", "transformer/layer_0/bottleneck_input_layer_norm/beta"),
        ("transformer_layer_0/ffn_layer_0/norm/beta", "transformer/layer_0/ffn_0/output_layer_norm/beta"),
        ("transformer_layer_0/ffn_layer_2/output_dense/bias", "transformer/layer_0/output/bias"),
        ("pooler/kernel", "pooler_transform/kernel"),
    ],
)
def test_mobilebert_has_names_of_its_own(theirs, ours):
    last = "transformer_layer_0/ffn_layer_2/intermediate_dense/kernel"
    form, named = native_form(weights(theirs, last, "transformer_layer_0/kq_shared_bottleneck/dense/kernel"))
    assert ours in named and "transformer/layer_0/intermediate/kernel" in named
    assert "transformer/layer_0/bottleneck_shared/kernel" in named
    assert form["activation"] == "relu" and form["pooler"] is (theirs == "pooler/kernel")


def test_mobilebert_that_is_not_whole_has_no_sizes():
    """Weights are then missing, which whoever assigns them says."""
    form, _ = native_form(weights("transformer_layer_0/kq_shared_bottleneck/dense/kernel"))
    assert form == {"activation": "relu", "pooler": False}
