"""Google's TF1 checkpoints of BERT: `bert_model.ckpt.index` and `.data-…`, `bert_config.json`, `vocab.txt`."""

import pathlib
import re

from bert_keras import checks
from bert_keras.encoders.checkpoints.bert_config import CONFIG, read_bert_config, stated_lower_case
from bert_keras.encoders.checkpoints.bert_shapes import HEAD
from bert_keras.encoders.checkpoints.form import Form
from bert_keras.encoders.checkpoints.stored_encoder import StoredEncoder
from bert_keras.encoders.checkpoints.stored_tensor import StoredTensor
from bert_keras.encoders.checkpoints.tensorflow_checkpoint import TensorFlowCheckpoint, checkpoint_prefix

_NAMES = {
    "word_embeddings/embeddings": "embeddings/word_embeddings",
    "position_embedding/embeddings": "embeddings/position_embeddings",
    "type_embeddings/embeddings": "embeddings/token_type_embeddings",
    "embeddings/layer_norm": "embeddings/LayerNorm",
    "pooler_transform": "pooler/dense",
    "self_attention/query": "attention/self/query",
    "self_attention/key": "attention/self/key",
    "self_attention/value": "attention/self/value",
    "self_attention/attention_output": "attention/output/dense",
    "self_attention_layer_norm": "attention/output/LayerNorm",
    "intermediate": "intermediate/dense",
    "output": "output/dense",
    "output_layer_norm": "output/LayerNorm",
}
_OUTPUT_BIAS = "output_bias/bias"  # of the head, which Google's names call output_bias
_MOMENT = re.compile(r"/(adam|lamb)_[mv]$", re.IGNORECASE)


def google_name(name: str) -> str:
    """`transformer/layer_3/output_layer_norm/beta` → `bert/encoder/layer_3/output/LayerNorm/beta`."""
    if name.startswith(HEAD):
        return name.removesuffix("/bias") if name.endswith(_OUTPUT_BIAS) else name
    if name in _NAMES:
        return f"bert/{_NAMES[name]}"
    match = re.fullmatch(r"transformer/layer_(\d+)/(.*)", name)
    begin, inner = (f"bert/encoder/layer_{match[1]}/", match[2]) if match else ("bert/", name)
    part, last = inner.rsplit("/", 1)
    return f"{begin}{_NAMES[part]}/{last}"


def _is_at(path: pathlib.Path) -> bool:
    return checkpoint_prefix(path) is not None and not TensorFlowCheckpoint(path).has_objects


def own_tensors(checkpoint: TensorFlowCheckpoint, begins: tuple[str, ...]) -> dict[str, StoredTensor]:
    """Those whose names begin in these ways, without what an optimizer keeps beside them."""
    return {
        name: tensor
        for name, tensor in checkpoint.by_key().items()
        if name.startswith(begins) and not _MOMENT.search(name)
    }


def _read(path: pathlib.Path) -> StoredEncoder:
    checkpoint = TensorFlowCheckpoint(path)
    settings = read_bert_config(checkpoint.folder)
    if settings is None:
        must = f"have {CONFIG} beside it, as its tensors do not tell how many heads there are"
        raise ValueError(checks.message("checkpoint", must, str(path), "It came in one archive with the checkpoint."))
    return StoredEncoder(
        path=path,
        form=FORM.name,
        settings=settings,
        told_by=CONFIG,
        tensors=own_tensors(checkpoint, ("bert/", HEAD)),
        name_of=google_name,
        flat=True,
        vocab_file=checkpoint.vocab_file,
        lower_case=stated_lower_case(checkpoint.folder),
    )


FORM = Form("a TF1 checkpoint as Google's BERT has it", _is_at, _read)
