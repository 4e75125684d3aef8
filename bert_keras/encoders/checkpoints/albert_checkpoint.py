"""Google's TF1 checkpoints of ALBERT: `model.ckpt-best.index`, `.data-…`, `albert_config.json`, `30k-clean.model`."""

import pathlib

from bert_keras import checks
from bert_keras.encoders.checkpoints.bert_config import read_bert_config
from bert_keras.encoders.checkpoints.bert_shapes import HEAD
from bert_keras.encoders.checkpoints.form import Form
from bert_keras.encoders.checkpoints.google_checkpoint import google_name, own_tensors
from bert_keras.encoders.checkpoints.stored_encoder import StoredEncoder
from bert_keras.encoders.checkpoints.tensorflow_checkpoint import TensorFlowCheckpoint, checkpoint_prefix
from bert_keras.from_json import from_json

_CONFIG = "albert_config.json"
_LAYER = "bert/encoder/transformer/group_0/inner_group_0/"
_NAMES = {  # of the one layer, and of what leads to it
    "embedding_projection": "bert/encoder/embedding_hidden_mapping_in",
    "transformer/self_attention/query": f"{_LAYER}attention_1/self/query",
    "transformer/self_attention/key": f"{_LAYER}attention_1/self/key",
    "transformer/self_attention/value": f"{_LAYER}attention_1/self/value",
    "transformer/self_attention/attention_output": f"{_LAYER}attention_1/output/dense",
    "transformer/self_attention_layer_norm": f"{_LAYER}LayerNorm",
    "transformer/intermediate": f"{_LAYER}ffn_1/intermediate/dense",
    "transformer/output": f"{_LAYER}ffn_1/intermediate/output/dense",
    "transformer/output_layer_norm": f"{_LAYER}LayerNorm_1",
}
_ONE = ("num_hidden_groups", "inner_group_num")  # more than one of either is another network


def albert_name(name: str) -> str:
    """`transformer/output_layer_norm/beta` → `bert/encoder/transformer/group_0/inner_group_0/LayerNorm_1/beta`."""
    part, _, last = name.rpartition("/")
    return f"{_NAMES[part]}/{last}" if part in _NAMES else google_name(name)


def _is_at(path: pathlib.Path) -> bool:
    prefix = checkpoint_prefix(path)
    return prefix is not None and (prefix.parent / _CONFIG).is_file() and not TensorFlowCheckpoint(path).has_objects


def _read(path: pathlib.Path) -> StoredEncoder:
    checkpoint = TensorFlowCheckpoint(path)
    file = checkpoint.folder / _CONFIG
    settings = read_bert_config(checkpoint.folder, _CONFIG, ("gelu", "gelu_new"))
    config = from_json(file.read_bytes())
    for name in _ONE:
        if config.get(name, 1) != 1:
            raise ValueError(checks.message(_CONFIG, f"have one {name}, as ALBERT was published", str(file)))
    settings["embedding_size"] = checks.integer("embedding_size", config.get("embedding_size", 128), 1)
    pieces = sorted(checkpoint.folder.glob("*.model"))
    return StoredEncoder(
        path=path,
        form=FORM.name,
        settings={**settings, "share_layers": True},
        told_by=_CONFIG,
        tensors=own_tensors(checkpoint, ("bert/", HEAD)),
        name_of=albert_name,
        flat=True,
        vocab_file=pieces[0] if len(pieces) == 1 else checkpoint.vocab_file,
        lower_case=True if len(pieces) == 1 else None,  # each that Google published is
        network="ALBERT",
    )


FORM = Form("a TF1 checkpoint as Google's ALBERT has it", _is_at, _read)
