"""`write_huggingface_encoder`: an encoder alone, or with its masked-word head, as `transformers` reads it."""

import json
import pathlib

from safetensors.numpy import save

from bert_keras.encoders.huggingface.native_arguments import CONFIG
from bert_keras.encoders.huggingface.to_huggingface import huggingface_config, huggingface_weights
from bert_keras.encoders.plain_bert import PlainBert
from bert_keras.running.exporting.hf_tokenizer import write_hf_tokenizer
from bert_keras.running.exporting.huggingface import WEIGHTS, head_weights
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.tuned.portable_head import PortableHead


def write_huggingface_encoder(
    plain: PlainBert, tokenizer: Tokenizer, folder: pathlib.Path, head: PortableHead | None = None
) -> None:
    """Writes `config.json`, `model.safetensors` and the tokenizer's files into a folder that exists.

    It is a `BertModel`, or with a head a `BertForMaskedLM`, whose file keeps the pooler for whoever loads a `BertModel`
    of it.
    """
    weights = huggingface_weights(plain.weights)
    if head is not None:
        weights = {f"bert.{name}": values for name, values in weights.items()} | head_weights(head)
    (folder / WEIGHTS).write_bytes(save(weights, metadata={"format": "pt"}))
    config = {
        "architectures": ["BertModel" if head is None else head.architecture],
        **huggingface_config(plain),
        "pad_token_id": tokenizer.pad_id,
        "dtype": "float32",
    }
    (folder / CONFIG).write_text(json.dumps(config, indent=2) + "\n", encoding="utf-8")
    write_hf_tokenizer(tokenizer, folder, plain.config.max_positions, with_masks=head is not None)
