"""BERT's forward pass in NumPy, on weights under Hugging Face's names: the reference for the encoders' numbers.

Written from the paper (https://arxiv.org/abs/1810.04805): embeddings and layer norm; then in each layer attention and
feed-forward, each added to its input and normed after; a tanh layer on the first position.
"""

import json
import math
import pathlib

import numpy as np
import safetensors.numpy
from scipy import special

SIZES = {
    "vocab_size": 50,
    "hidden_size": 12,
    "num_hidden_layers": 2,
    "num_attention_heads": 3,
    "intermediate_size": 20,
    "max_position_embeddings": 16,
    "type_vocab_size": 2,
}
FEATURES = ("input_word_ids", "input_mask", "input_type_ids")


def random_weights(seed: int = 0, **sizes: int) -> dict[str, np.ndarray]:
    """Every weight of a BERT, none of them zero or one, so that each counts in the outputs."""
    sizes = {**SIZES, **sizes}
    random = np.random.default_rng(seed)
    width, inner = sizes["hidden_size"], sizes["intermediate_size"]
    weights = {}

    def dense(name, outputs, inputs):
        weights[f"{name}.weight"] = random.normal(0, 0.4, (outputs, inputs))
        weights[f"{name}.bias"] = random.normal(0, 0.2, outputs)

    def norm(name):
        weights[f"{name}.weight"] = random.normal(1, 0.2, width)
        weights[f"{name}.bias"] = random.normal(0, 0.2, width)

    for table, rows in (
        ("word", "vocab_size"),
        ("position", "max_position_embeddings"),
        ("token_type", "type_vocab_size"),
    ):
        weights[f"embeddings.{table}_embeddings.weight"] = random.normal(0, 1, (sizes[rows], width))
    norm("embeddings.LayerNorm")
    for layer in range(sizes["num_hidden_layers"]):
        for name in ("query", "key", "value"):
            dense(f"encoder.layer.{layer}.attention.self.{name}", width, width)
        dense(f"encoder.layer.{layer}.attention.output.dense", width, width)
        norm(f"encoder.layer.{layer}.attention.output.LayerNorm")
        dense(f"encoder.layer.{layer}.intermediate.dense", inner, width)
        dense(f"encoder.layer.{layer}.output.dense", width, inner)
        norm(f"encoder.layer.{layer}.output.LayerNorm")
    dense("pooler.dense", width, width)
    return {name: values.astype("float32") for name, values in weights.items()}


def write_checkpoint(folder: pathlib.Path, weights: dict[str, np.ndarray], **config) -> pathlib.Path:
    """`config.json` and `model.safetensors`; a config entry of None is left out."""
    folder.mkdir(parents=True, exist_ok=True)
    config = {"model_type": "bert", "hidden_act": "gelu", "layer_norm_eps": 1e-12, **SIZES, **config}
    kept = {name: value for name, value in config.items() if value is not None}
    (folder / "config.json").write_text(json.dumps(kept), encoding="utf-8")
    contiguous = {name: np.ascontiguousarray(values) for name, values in weights.items()}
    safetensors.numpy.save_file(contiguous, folder / "model.safetensors")
    return folder


def batch(vocab_size: int = 50, rows: int = 4, length: int = 9, seed: int = 1) -> dict[str, np.ndarray]:
    """Random features; the last rows have padding, the ids of which are random too."""
    random = np.random.default_rng(seed)
    real = [max(1, length - 3 * row) for row in range(rows)]
    return {
        "input_word_ids": random.integers(0, vocab_size, (rows, length)).astype("int32"),
        "input_mask": (np.arange(length)[None] < np.array(real)[:, None]).astype("int32"),
        "input_type_ids": random.integers(0, 2, (rows, length)).astype("int32"),
    }


def forward(
    weights: dict[str, np.ndarray],
    features: dict[str, np.ndarray],
    heads: int = 3,
    gelu: str = "erf",
    epsilon: float = 1e-12,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """pooled [batch, hidden] and every layer's output [batch, length, hidden], in float64."""
    weights = {name: values.astype("float64") for name, values in weights.items()}
    ids, mask, types = (features[name] for name in FEATURES)
    hidden = weights["embeddings.word_embeddings.weight"][ids]
    hidden = hidden + weights["embeddings.position_embeddings.weight"][: ids.shape[1]]
    hidden = _norm(hidden + weights["embeddings.token_type_embeddings.weight"][types], weights, "embeddings", epsilon)
    layers = []
    while f"encoder.layer.{len(layers)}.output.dense.bias" in weights:
        layer = f"encoder.layer.{len(layers)}"
        context = _attention(hidden, mask, weights, layer, heads)
        added = hidden + _dense(context, weights, f"{layer}.attention.output.dense")
        hidden = _norm(added, weights, f"{layer}.attention.output", epsilon)
        inner = _gelu(_dense(hidden, weights, f"{layer}.intermediate.dense"), gelu)
        hidden = _norm(hidden + _dense(inner, weights, f"{layer}.output.dense"), weights, f"{layer}.output", epsilon)
        layers.append(hidden)
    return np.tanh(_dense(hidden[:, 0], weights, "pooler.dense")), layers


def _dense(rows, weights, name):
    return rows @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _norm(rows, weights, name, epsilon):
    scaled = (rows - rows.mean(-1, keepdims=True)) / np.sqrt(rows.var(-1, keepdims=True) + epsilon)
    return scaled * weights[f"{name}.LayerNorm.weight"] + weights[f"{name}.LayerNorm.bias"]


def _gelu(values, form):
    if form == "erf":
        return values * 0.5 * (1 + special.erf(values / math.sqrt(2)))
    return values * 0.5 * (1 + np.tanh(math.sqrt(2 / math.pi) * (values + 0.044715 * values**3)))


def _attention(hidden, mask, weights, layer, heads):
    def split(name):  # [batch, heads, length, depth]
        rows = _dense(hidden, weights, f"{layer}.attention.self.{name}")
        return rows.reshape(*rows.shape[:2], heads, -1).swapaxes(1, 2)

    scores = split("query") @ split("key").swapaxes(2, 3) / math.sqrt(hidden.shape[-1] // heads)
    scores = np.where(mask[:, None, None, :] == 1, scores, -np.inf)
    shares = np.exp(scores - scores.max(-1, keepdims=True))
    context = (shares / shares.sum(-1, keepdims=True)) @ split("value")
    return context.swapaxes(1, 2).reshape(hidden.shape)
