"""The shapes told by sizes are those that an encoder and a head have."""

import pytest

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.checkpoints.bert_shapes import HEAD, bert_shapes
from bert_keras.masked_lm.masked_lm import MaskedLM

SIZES = {
    "vocab_size": 7,
    "num_layers": 2,
    "hidden_size": 6,
    "num_heads": 3,
    "intermediate_size": 5,
    "max_positions": 4,
    "type_vocab_size": 2,
}


@pytest.mark.parametrize("with_head", [False, True])
@pytest.mark.parametrize(
    "form", [{}, {"embedding_size": 4, "share_layers": True}, {"embedding_size": 4, "pooler": False}, {"pooler": False}]
)
def test_names_and_shapes_are_those_of_the_layers(with_head, form):
    encoder = BertEncoder(**SIZES, **form)
    wanted = {name: tuple(weight.shape) for name, weight in encoder.named_weights().items()}
    if with_head:
        head = MaskedLM(encoder).head.named_weights()
        wanted |= {HEAD + name: tuple(weight.shape) for name, weight in head.items()}
    assert bert_shapes({**SIZES, **form}, with_head) == wanted
