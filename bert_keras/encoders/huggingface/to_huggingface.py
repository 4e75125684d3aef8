"""Ours by Hugging Face's names: `huggingface_config` and `huggingface_weights`."""

from typing import Any

import numpy as np

from bert_keras.encoders.huggingface.families import FAMILIES
from bert_keras.encoders.huggingface.family import torch_shape
from bert_keras.encoders.plain_bert import PlainBert

_GELU_NAMES = {"erf": "gelu", "tanh": "gelu_new"}  # what every release of transformers knows


def huggingface_config(plain: PlainBert) -> dict[str, Any]:
    """What a `config.json` of Hugging Face says of an encoder."""
    family = FAMILIES["bert"]
    others = {
        "layer_norm_epsilon": plain.epsilon,
        "dropout": plain.dropout,
        "attention_dropout": plain.attention_dropout,
    }
    return {
        "model_type": "bert",
        **family.kind,
        **{theirs: getattr(plain.config, ours) for ours, theirs in family.sizes.items()},
        **{theirs: others.get(ours, default) for ours, (theirs, default) in family.others.items()},
        "hidden_act": _GELU_NAMES[plain.gelu],
    }


def huggingface_weights(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """An encoder's arrays by TF-Hub's names under those of Hugging Face's `BertModel`, in its shapes."""
    found = {}
    for name, values in weights.items():
        shape = torch_shape(name, values.shape)
        values = values.reshape(shape[::-1]).T if name.endswith("kernel") else values.reshape(shape)
        found[FAMILIES["bert"].names_of(name)[0]] = np.ascontiguousarray(values)
    return found
