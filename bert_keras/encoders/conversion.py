"""Weights into the native encoder: from a TF-Hub SavedModel's variables, and from Hugging Face's files."""

import json
import os
import pathlib
import re
import warnings
from typing import Any

import numpy as np
from keras import ops
from safetensors import safe_open

from bert_keras import checks
from bert_keras.encoders.native import BertEncoder
from bert_keras.features import MASK, POOLED_OUTPUT, SEQUENCE_OUTPUT, TYPE_IDS, WORD_IDS

EQUAL = 1e-5  # what imported weights reach
REFUSED = 1e-4  # what is another network

_GELU = {"gelu": "erf", "gelu_python": "erf", "gelu_new": "tanh", "gelu_pytorch_tanh": "tanh", "gelu_fast": "tanh"}

_HUGGING_FACE = {
    "word_embeddings/embeddings": "embeddings.word_embeddings.weight",
    "position_embedding/embeddings": "embeddings.position_embeddings.weight",
    "type_embeddings/embeddings": "embeddings.token_type_embeddings.weight",
    "embeddings/layer_norm": "embeddings.LayerNorm",
    "pooler_transform": "pooler.dense",
    "self_attention/query": "attention.self.query",
    "self_attention/key": "attention.self.key",
    "self_attention/value": "attention.self.value",
    "self_attention/attention_output": "attention.output.dense",
    "self_attention_layer_norm": "attention.output.LayerNorm",
    "intermediate": "intermediate.dense",
    "output": "output.dense",
    "output_layer_norm": "output.LayerNorm",
}


def from_hub_encoder(hub_encoder: Any, trainable: bool = True, **options: Any) -> BertEncoder:
    """A native encoder with the weights of a `HubEncoder`, checked against its outputs.

    The form of GELU is not written in the weights: the one whose outputs agree is taken.

    Raises:
        ValueError: if the SavedModel is no plain BERT, or the outputs differ by more than 1e-4.
    """
    weights = {name: ops.convert_to_numpy(weight) for name, weight in hub_encoder.named_weights().items()}
    sizes = hub_encoder.config
    if sizes.num_layers is None or sizes.num_heads is None or sizes.max_positions is None:
        raise ValueError(_no_bert(hub_encoder.handle, "it has no BERT variables"))
    probe = _probe(sizes.vocab_size, sizes.max_positions, sizes.type_vocab_size)
    wanted = hub_encoder(probe, training=False)
    found = {}
    for gelu in ("tanh", "erf"):
        native = BertEncoder(
            vocab_size=sizes.vocab_size,
            num_layers=sizes.num_layers,
            hidden_size=sizes.hidden_size,
            num_heads=sizes.num_heads,
            intermediate_size=sizes.intermediate_size,
            max_positions=sizes.max_positions,
            type_vocab_size=sizes.type_vocab_size,
            gelu=gelu,
            trainable=trainable,
            **options,
        )
        assign_weights(native, weights, hub_encoder.handle)
        found[gelu] = _difference(wanted, native(probe, training=False))
        if found[gelu] <= EQUAL:
            break
    if min(found.values()) > REFUSED:
        raise ValueError(_no_bert(hub_encoder.handle, f"with its weights, the outputs differ by {found}"))
    if found[gelu] > EQUAL:
        best = min(found, key=found.get)
        warnings.warn(f"native encoder of '{hub_encoder.handle}': outputs differ by {found[best]:.1e}", stacklevel=2)
        if best != gelu:
            native.set_gelu(best)
    native.tokenizer = hub_encoder.tokenizer
    return native


def from_huggingface(folder: str | os.PathLike, **options: Any) -> BertEncoder:
    """A native encoder from Hugging Face's `config.json` and `model.safetensors` of a BERT.

    A checkpoint without a pooler (one saved with its masked-LM head, say) gets a fresh one, with a warning.

    Args:
        folder: holds the two files.
        **options: `trainable`, `dropout`, `seed` and the like, for `BertEncoder`.

    Raises:
        ValueError: if a file is missing, the model is no BERT, or a weight is missing or has another shape.
    """
    folder = pathlib.Path(folder)
    for name in ("config.json", "model.safetensors"):
        if not (folder / name).is_file():
            there = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else "no such folder"
            raise ValueError(checks.message("folder", f"hold {name}", str(folder), f"There is: {there}."))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    native = BertEncoder(**_sizes(config, folder), **options)
    with safe_open(str(folder / "model.safetensors"), framework="numpy") as file:
        tensors = {re.sub(r"^bert\.", "", name): name for name in file.keys()}  # noqa: SIM118
        weights = {}
        for name, weight in native.named_weights().items():
            source = _hugging_face_name(name)
            older = source.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta")
            stored = tensors.get(source) or tensors.get(older)
            if stored is None and name.startswith("pooler"):
                continue
            if stored is None:
                raise ValueError(checks.message("folder", f"hold the weight '{source}'", str(folder)))
            values = file.get_tensor(stored).astype("float32")
            values = values.T if name.endswith("kernel") else values
            weights[name] = values.reshape(weight.shape) if values.size == np.prod(weight.shape) else values
    if "pooler_transform/kernel" not in weights:
        warnings.warn(f"'{folder.name}' has no pooler: a fresh one is made, to be trained", stacklevel=2)
        weights |= {n: ops.convert_to_numpy(w) for n, w in native.named_weights().items() if n.startswith("pooler")}
    assign_weights(native, weights, str(folder))
    return native


def assign_weights(native: BertEncoder, weights: dict[str, np.ndarray], source: str | None) -> None:
    """Sets every weight of `native` from arrays under TF-Hub's names.

    Raises:
        ValueError: if names or shapes differ.
    """
    named = native.named_weights()
    missing, unknown = sorted(set(named) - set(weights)), sorted(set(weights) - set(named))
    if missing or unknown:
        raise ValueError(_no_bert(source, f"missing {missing[:5]}, unknown {unknown[:5]}"))
    for name, weight in named.items():
        if tuple(weight.shape) != weights[name].shape:
            raise ValueError(_no_bert(source, f"'{name}' is {weights[name].shape} in place of {tuple(weight.shape)}"))
        weight.assign(weights[name])


def _sizes(config: dict[str, Any], folder: pathlib.Path) -> dict[str, Any]:
    """`BertEncoder`'s arguments from Hugging Face's config.json."""
    if config.get("model_type", "bert") != "bert" or config.get("position_embedding_type", "absolute") != "absolute":
        kind = {key: config.get(key) for key in ("model_type", "position_embedding_type")}
        raise ValueError(checks.message("folder", "hold a BERT with absolute positions", str(folder), f"It is {kind}."))
    return {
        "vocab_size": config["vocab_size"],
        "num_layers": config["num_hidden_layers"],
        "hidden_size": config["hidden_size"],
        "num_heads": config["num_attention_heads"],
        "intermediate_size": config["intermediate_size"],
        "max_positions": config["max_position_embeddings"],
        "type_vocab_size": config["type_vocab_size"],
        "gelu": _GELU[checks.one_of("hidden_act", config.get("hidden_act", "gelu"), _GELU)],
        "layer_norm_epsilon": config.get("layer_norm_eps", 1e-12),
    }


def _hugging_face_name(name: str) -> str:
    """`transformer/layer_3/intermediate/kernel` → `encoder.layer.3.intermediate.dense.weight`."""
    if name in _HUGGING_FACE:
        return _HUGGING_FACE[name]
    match = re.fullmatch(r"transformer/layer_(\d+)/(.*)/(\w+)", name)
    prefix, inner, kind = ("", *name.rsplit("/", 1)) if match is None else (f"encoder.layer.{match[1]}.", *match.groups()[1:])
    last = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}[kind]
    return f"{prefix}{_HUGGING_FACE[inner]}.{last}"


def _probe(vocab_size: int, max_positions: int, type_vocab_size: int) -> dict[str, np.ndarray]:
    random = np.random.default_rng(0)
    length = min(32, max_positions)
    ids = random.integers(0, vocab_size, (4, length)).astype("int32")
    mask = (np.arange(length)[None] < np.array([length, length // 2, length // 3, 2])[:, None]).astype("int32")
    types = (random.integers(0, type_vocab_size, (4, length))).astype("int32")
    return {WORD_IDS: ids, MASK: mask, TYPE_IDS: types}


def _difference(wanted: dict[str, Any], found: dict[str, Any]) -> float:
    return max(float(np.abs(ops.convert_to_numpy(wanted[n]) - ops.convert_to_numpy(found[n])).max()) for n in (POOLED_OUTPUT, SEQUENCE_OUTPUT))


def _no_bert(source: str | None, reason: str) -> str:
    advice = f"The native encoder is BERT as published, and {reason}. Use it without native=True."
    return checks.message("handle", "name a BERT encoder for native=True", source, advice)
