"""KerasHub's presets of BERT: `config.json`, `model.weights.h5`, `tokenizer.json` with its vocabulary.

Layers lie in the file by the class that they are of, and since Keras 3 with the name that they had. Files of Keras 2.13
call the folder of layers otherwise, and begin some names with a line.
"""

import os
import pathlib
import re
from typing import Any

from bert_keras import checks
from bert_keras.encoders.checkpoints.bert_config import GOOGLES
from bert_keras.encoders.checkpoints.bert_shapes import HEAD
from bert_keras.encoders.checkpoints.form import Form
from bert_keras.encoders.checkpoints.hdf5_file import Hdf5File
from bert_keras.encoders.checkpoints.stored_encoder import StoredEncoder
from bert_keras.encoders.checkpoints.stored_tensor import StoredTensor
from bert_keras.from_json import NoJson, from_json

_CONFIG, _WEIGHTS, _TOKENIZER, _TASK = "config.json", "model.weights.h5", "tokenizer.json", "task.weights.h5"
_VOCABULARIES = ("assets/tokenizer/vocabulary.txt", "assets/vocabulary.txt")
_SIZES = {
    "vocab_size": "vocabulary_size",
    "num_layers": "num_layers",
    "hidden_size": "hidden_dim",
    "num_heads": "num_heads",
    "intermediate_size": "intermediate_dim",
    "max_positions": "max_sequence_length",
    "type_vocab_size": "num_segments",
}
# By the name of a layer, or by its class where the file has no names.
_LAYERS = {
    "token_embedding": "word_embeddings",
    "reversible_embedding": "word_embeddings",
    "position_embedding": "position_embedding",
    "segment_embedding": "type_embeddings",
    "embedding": "type_embeddings",
    "embeddings_layer_norm": "embeddings/layer_norm",
    "layer_normalization": "embeddings/layer_norm",
    "pooled_dense": "pooler_transform",
    "dense": "pooler_transform",
}
_INNER = {
    "self_attention_layer/query_dense": "self_attention/query",
    "self_attention_layer/key_dense": "self_attention/key",
    "self_attention_layer/value_dense": "self_attention/value",
    "self_attention_layer/output_dense": "self_attention/attention_output",
    "self_attention_layer_norm": "self_attention_layer_norm",
    "feedforward_intermediate_dense": "intermediate",
    "feedforward_output_dense": "output",
    "feedforward_layer_norm": "output_layer_norm",
}
_HEAD = {
    "intermediate_dense": "transform/dense",
    "intermediate_layer_norm": "transform/LayerNorm",
    "": "output_bias",
}
_LAYER = re.compile(r"transformer_(?:layer|encoder)(?:_(\d+))?")
_PATH = re.compile(r"(?:layers|_layer_checkpoint_dependencies)/([^/]+)/(?:(.*)/)?vars/(\d+)")
_OTHER_HEAD = (
    "KerasHub's head for masked words computes GELU with erf and adds 1e-5 to the variances of its layer norm, and "
    "this library's computes GELU as the encoder does and adds 1e-12: its scores differ a little."
)
_ACCENTS = (
    "KerasHub lower-cases the texts of this preset and leaves accents on the letters, and this library takes them off, "
    "as BERT was trained: ids differ for words with accents."
)


def _is_at(path: pathlib.Path) -> bool:
    return os.path.isfile(path / _WEIGHTS) and os.path.isfile(path / _CONFIG)


def _read(path: pathlib.Path) -> StoredEncoder:
    config = _json(path / _CONFIG)
    if config.get("class_name") != "BertBackbone" or not isinstance(config.get("config"), dict):
        advice = f"Its {_CONFIG} is of {config.get('class_name')!r:.80}."
        raise ValueError(checks.message("checkpoint", "be a preset of KerasHub's BertBackbone", str(path), advice))
    own = config["config"]
    missing = [theirs for theirs in _SIZES.values() if theirs not in own]
    if missing:
        advice = f"It lacks {', '.join(missing)}."
        raise ValueError(checks.message("checkpoint", f"have BERT's sizes in its {_CONFIG}", str(path), advice))
    tensors = _tensors(Hdf5File(path / _WEIGHTS))
    head = _head(Hdf5File(path / _TASK)) if (path / _TASK).is_file() else {}
    tokenizer = _json(path / _TOKENIZER).get("config", {}) if (path / _TOKENIZER).is_file() else {}
    lower_case = tokenizer.get("lowercase")
    keeps_accents = lower_case is True and tokenizer.get("strip_accents") is False
    rate = own.get("dropout", 0.1)
    return StoredEncoder(
        path=path,
        form=FORM.name,
        settings={
            **{ours: own[theirs] for ours, theirs in _SIZES.items()},
            "dropout": rate,
            "attention_dropout": rate,
            **GOOGLES,
        },
        told_by=_CONFIG,
        tensors=tensors | head,
        name_of=lambda name: name,
        vocab_file=next((path / name for name in _VOCABULARIES if (path / name).is_file()), None),
        lower_case=lower_case if isinstance(lower_case, bool) else None,
        notes=(_OTHER_HEAD,) * bool(head) + (_ACCENTS,) * keeps_accents,
    )


def _json(path: pathlib.Path) -> dict[str, Any]:
    try:
        content = from_json(path.read_bytes())
    except NoJson as error:
        must = f"hold JSON in {path.name}"
        raise ValueError(checks.message("checkpoint", must, str(path.parent), f"It is not: {error}.")) from None
    if not isinstance(content, dict):
        must = f"hold a JSON object in {path.name}"
        raise ValueError(checks.message("checkpoint", must, str(path.parent), f"It is {content!r:.80}."))
    return content


def _tensors(file: Hdf5File) -> dict[str, StoredTensor]:
    """The encoder's, by TF-Hub's names; what has no such name keeps its own."""
    found = {}
    for path, tensor in file.tensors.items():
        match = _PATH.fullmatch(path)
        layer, inner = (_called(file, path, match[1]), _plain(match[2] or "")) if match else ("", "")
        number = _LAYER.fullmatch(layer)
        if number and inner in _INNER:
            part = f"transformer/layer_{number[1] or 0}/{_INNER[inner]}"
        else:
            part = _LAYERS.get(layer) if not inner else None
        found[path if part is None else f"{part}/{_last(part, int(match[3]))}"] = tensor
    return found


def _head(file: Hdf5File) -> dict[str, StoredTensor]:
    """The masked-word head's, by TF-Hub's names; none of another task."""
    found = {}
    for path, tensor in file.tensors.items():
        match = _PATH.fullmatch(path)
        if match and match[1].startswith("masked_lm_head"):
            part = _HEAD.get(_plain(match[2] or ""), match[2])
            found[f"{HEAD}{part}/{'bias' if part == 'output_bias' else _last(part, int(match[3]))}"] = tensor
    return found


def _called(file: Hdf5File, path: str, group: str) -> str:
    """The name of a layer, or of its group."""
    return file.named.get(f"{path.split('/')[0]}/{group}/vars", group)


def _plain(path: str) -> str:
    return "/".join(part.lstrip("_") for part in path.split("/"))


def _last(part: str, number: int) -> str:
    """What the variable of a number is in a layer."""
    if part.endswith(("embeddings", "position_embedding")):
        names: tuple[str, ...] = ("embeddings",)
    else:
        names = ("gamma", "beta") if part.endswith(("norm", "LayerNorm")) else ("kernel", "bias")
    return names[number] if number < len(names) else f"vars/{number}"


FORM = Form("a preset of KerasHub", _is_at, _read)
