"""Hugging Face's BERT: its files into the native encoder, and on to a TF-Hub SavedModel; and ours by its names."""

import os
import pathlib
import re
from typing import Any

import numpy as np
from safetensors import SafetensorError, safe_open

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.from_hub_encoder import assign_weights
from bert_keras.encoders.plain_bert import PlainBert
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.foreign_names import foreign_names
from bert_keras.from_json import NoJson, from_json
from bert_keras.hub.check_written import check_written
from bert_keras.text.tokenizer import Tokenizer

CONFIG, WEIGHTS = "config.json", "model.safetensors"

_KIND = {"model_type": "bert", "position_embedding_type": "absolute", "is_decoder": False}
_GELU = {"gelu": "erf", "gelu_python": "erf", "gelu_new": "tanh", "gelu_pytorch_tanh": "tanh", "gelu_fast": "tanh"}
_SIZES = {
    "vocab_size": "vocab_size",
    "num_layers": "num_hidden_layers",
    "hidden_size": "hidden_size",
    "num_heads": "num_attention_heads",
    "intermediate_size": "intermediate_size",
    "max_positions": "max_position_embeddings",
    "type_vocab_size": "type_vocab_size",
}
# What config.json may leave out, with transformers' defaults.
_OTHERS = {
    "layer_norm_epsilon": ("layer_norm_eps", 1e-12),
    "dropout": ("hidden_dropout_prob", 0.1),
    "attention_dropout": ("attention_probs_dropout_prob", 0.1),
    "initializer_range": ("initializer_range", 0.02),
}
_WEIGHT_NAMES = {
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
_GELU_NAMES = {"erf": "gelu", "tanh": "gelu_new"}  # what every release of transformers knows
_LAST = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}
_OLD_LAST = {"gamma": "gamma", "beta": "beta"}  # of layer norms, in files from before 2020
_BUFFERS = ("embeddings.position_ids", "embeddings.token_type_ids")  # counted up from 0, and zeros: no weights


def from_huggingface(folder: str | os.PathLike, **options: Any) -> BertEncoder:
    """A native encoder from Hugging Face's `config.json` and `model.safetensors` of a BERT.

    A checkpoint without a pooler (one saved with its masked-LM head, say) gets a fresh one, with a warning. Heads are
    left out.

    Args:
        folder: holds the two files.
        **options: `trainable`, `dropout`, `seed` and the like, for `BertEncoder`; they go before config.json.

    Raises:
        ValueError: if a file is missing or cannot be read, the model is no BERT, a weight is missing or has another
            shape, or the file has weights of the encoder that the config does not speak of.
    """
    folder = pathlib.Path(folder).expanduser()
    for name in (CONFIG, WEIGHTS):
        if not (folder / name).is_file():
            names = ", ".join(sorted(path.name for path in folder.iterdir())) if folder.is_dir() else "no such folder"
            raise ValueError(_bad_folder(folder, f"hold {name}", f"There is: {names or 'nothing'}."))
    check_written(folder)  # of one that bk.export wrote
    native = BertEncoder(**{**_arguments(folder), **options})
    try:
        with safe_open(str(folder / WEIGHTS), framework="numpy") as file:
            weights = _read_weights(native, file, folder)
    except SafetensorError as error:
        raise ValueError(_bad_folder(folder, f"hold a whole {WEIGHTS}", f"It cannot be read: {error}.")) from error
    if "pooler_transform/kernel" not in weights:
        checks.warn(f"'{folder.name}' has no pooler: a fresh one is made, to be trained.")
        weights |= {n: w.numpy() for n, w in native.named_weights().items() if n.startswith("pooler")}
    assign_weights(native, weights)
    return native


@checks.answers(**foreign_names("convert_huggingface"))
def convert_huggingface(folder: str | os.PathLike, out: str | os.PathLike, lower_case: bool | None = None) -> str:
    """Writes the BERT in `folder` (config.json, model.safetensors, vocab.txt) to `out`, and returns `out`.

    Args:
        folder: as `save_pretrained` writes it.
        out: a new folder.
        lower_case: whether its text is lower-cased; None reads `do_lower_case` from tokenizer_config.json.

    Raises:
        ValueError: if a file is missing or the model is no BERT.
        FileExistsError: if `out` exists and is not empty.
    """
    folder = pathlib.Path(folder).expanduser()
    settings = folder / "tokenizer_config.json"
    if lower_case is None and settings.is_file():
        lower_case = _read_json(settings).get("do_lower_case")
    if lower_case is None:
        must = "be given, as there is no tokenizer_config.json with do_lower_case"
        raise ValueError(checks.message("lower_case", must, None, "Pass --uncased or --cased."))
    native = from_huggingface(folder)
    native.tokenizer = Tokenizer(folder / "vocab.txt", lower_case)
    return save_encoder(native, out)


def huggingface_config(plain: PlainBert) -> dict[str, Any]:
    """What a `config.json` of Hugging Face says of an encoder."""
    others = {
        "layer_norm_epsilon": plain.epsilon,
        "dropout": plain.dropout,
        "attention_dropout": plain.attention_dropout,
    }
    return {
        **_KIND,
        **{theirs: getattr(plain.config, ours) for ours, theirs in _SIZES.items()},
        **{theirs: others.get(ours, default) for ours, (theirs, default) in _OTHERS.items()},
        "hidden_act": _GELU_NAMES[plain.gelu],
    }


def huggingface_weights(weights: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """An encoder's arrays by TF-Hub's names under those of Hugging Face's `BertModel`, in its shapes."""
    found = {}
    for name, values in weights.items():
        shape = _huggingface_shape(name, values.shape)
        values = values.reshape(shape[::-1]).T if name.endswith("kernel") else values.reshape(shape)
        found[_huggingface_names(name)[0]] = np.ascontiguousarray(values)
    return found


def _read_json(path: pathlib.Path) -> dict[str, Any]:
    try:
        content = from_json(path.read_bytes())
    except NoJson as error:
        raise ValueError(_bad_folder(path.parent, f"hold JSON in {path.name}", f"It is not: {error}.")) from None
    if not isinstance(content, dict):
        raise ValueError(_bad_folder(path.parent, f"hold a JSON object in {path.name}", f"It is {content!r:.80}."))
    return content


def _arguments(folder: pathlib.Path) -> dict[str, Any]:
    """`BertEncoder`'s arguments from config.json; ValueError for another network."""
    config = _read_json(folder / CONFIG)
    kind = {name: config.get(name, value) for name, value in _KIND.items()}
    if kind != _KIND:
        raise ValueError(_bad_folder(folder, "hold a BERT encoder with absolute positions", f"Its config says {kind}."))
    missing = [name for name in _SIZES.values() if name not in config]
    if missing:
        raise ValueError(_bad_folder(folder, f"hold a {CONFIG} with BERT's sizes", f"It lacks {', '.join(missing)}."))
    return {
        **{ours: config[theirs] for ours, theirs in _SIZES.items()},
        **{ours: config.get(theirs, default) for ours, (theirs, default) in _OTHERS.items()},
        "gelu": _GELU[checks.one_of("hidden_act", config.get("hidden_act", "gelu"), _GELU)],
    }


def _read_weights(native: BertEncoder, file: Any, folder: pathlib.Path) -> dict[str, np.ndarray]:
    """Arrays under TF-Hub's names, without the pooler where the file has none."""
    stored = {re.sub(r"^bert\.", "", name): name for name in file.keys()}
    weights, used = {}, set(_BUFFERS)
    for name, weight in native.named_weights().items():
        if name.startswith("pooler") and "pooler.dense.weight" not in stored:
            continue
        names = _huggingface_names(name)
        source = next((n for n in names if n in stored), None)
        if source is None:
            advice = f"It holds {len(stored)} weights, such as {', '.join(sorted(stored)[:3])}."
            raise ValueError(_bad_folder(folder, f"hold the weight '{names[0]}'", advice))
        values, shape = file.get_tensor(stored[source]), _huggingface_shape(name, tuple(weight.shape))
        if values.shape != shape:
            must = f"hold '{source}' with the shape {shape}, as {CONFIG} says"
            raise ValueError(_bad_folder(folder, must, f"It has {values.shape}."))
        values = values.astype("float32")
        weights[name] = (values.T if name.endswith("kernel") else values).reshape(weight.shape)
        used.add(source)
    more = sorted(name for name in stored if name.startswith(("embeddings.", "encoder.")) and name not in used)
    if more:
        must = f"hold no weights of the encoder beyond what {CONFIG} says"
        raise ValueError(_bad_folder(folder, must, f"It holds {len(more)} more, such as '{more[0]}'."))
    return weights


def _huggingface_names(name: str) -> list[str]:
    """`transformer/layer_3/output_layer_norm/beta` → `encoder.layer.3.output.LayerNorm.bias` and `….beta`."""
    if name in _WEIGHT_NAMES:
        return [_WEIGHT_NAMES[name]]
    match = re.fullmatch(r"transformer/layer_(\d+)/(.*)", name)
    prefix, inner = (f"encoder.layer.{match[1]}.", match[2]) if match else ("", name)
    part, kind = inner.rsplit("/", 1)
    return [f"{prefix}{_WEIGHT_NAMES[part]}.{last[kind]}" for last in (_LAST, _OLD_LAST) if kind in last]


def _huggingface_shape(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """Of a weight of PyTorch's: heads and their depth are one axis, and a kernel is [out, in]."""
    if not name.endswith("kernel"):
        return shape if name.endswith("embeddings") else (int(np.prod(shape)),)
    inputs = shape[:-1] if name.endswith("attention_output/kernel") else shape[:1]
    return int(np.prod(shape[len(inputs) :])), int(np.prod(inputs))


def _bad_folder(folder: pathlib.Path, must: str, advice: str) -> str:
    return checks.message("folder", must, str(folder), advice)
