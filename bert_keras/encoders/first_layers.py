"""`first_layers`: an encoder that ends after some of its layers."""

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.from_hub_encoder import assign_weights


def first_layers(encoder: BertEncoder, num_layers: int) -> BertEncoder:
    """A native encoder of the first layers of another, with its weights, tables, pooler and masked-word head.

    What LoRA adds is in its kernels, and nothing of it is frozen.

    Its output is what the whole one has after that layer (`encoder_outputs`). The pooler was trained on the last one's.

    Raises:
        ValueError: for more layers than there are.
    """
    there = encoder.config.num_layers
    num_layers = checks.integer("num_layers", num_layers, 1, there, "the layers that the weights have")
    if num_layers == there:
        return encoder
    changes = {"num_layers": num_layers, "initializer_range": 0.0, "lora": None, "frozen": ()}
    shortened = type(encoder).from_config({**encoder.get_config(), **changes})
    shortened.initializer_range = encoder.initializer_range
    arrays = encoder.merged_weights()
    assign_weights(shortened, {name: arrays[name] for name in shortened.named_weights()})
    shortened.tokenizer, shortened.source = encoder.tokenizer, encoder.source
    shortened.mlm_weights, shortened.layers_before = encoder.mlm_weights, there
    return shortened
