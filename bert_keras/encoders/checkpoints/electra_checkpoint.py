"""Google's TF1 checkpoints of ELECTRA: `electra_small.index` and `.data-…` with `vocab.txt`, and no config.

The discriminator is the encoder; what else there is, such as the generator that it was trained against, is left out.
"""

import pathlib

from bert_keras import checks
from bert_keras.encoders.checkpoints.bert_config import GOOGLES
from bert_keras.encoders.checkpoints.bert_shapes import layers_among
from bert_keras.encoders.checkpoints.form import Form
from bert_keras.encoders.checkpoints.google_checkpoint import google_name, own_tensors
from bert_keras.encoders.checkpoints.stored_encoder import StoredEncoder
from bert_keras.encoders.checkpoints.tensorflow_checkpoint import TensorFlowCheckpoint, checkpoint_prefix

_DEPTH = 64  # of a head, in each ELECTRA that Google published; no tensor tells it
_WORDS, _INNER = "embeddings/word_embeddings", "encoder/layer_0/intermediate/dense/kernel"
_POSITIONS, _TYPES = "embeddings/position_embeddings", "embeddings/token_type_embeddings"
_PROJECTION = "embeddings_project/kernel"


def electra_name(name: str) -> str:
    """`transformer/layer_3/output_layer_norm/beta` → `electra/encoder/layer_3/output/LayerNorm/beta`."""
    if name.startswith("embedding_projection/"):
        return name.replace("embedding_projection/", "electra/embeddings_project/")
    return google_name(name).replace("bert/", "electra/", 1)


def _is_at(path: pathlib.Path) -> bool:
    if checkpoint_prefix(path) is None:
        return False
    checkpoint = TensorFlowCheckpoint(path)
    return not checkpoint.has_objects and f"electra/{_WORDS}" in checkpoint


def _read(path: pathlib.Path) -> StoredEncoder:
    checkpoint = TensorFlowCheckpoint(path)
    tensors = own_tensors(checkpoint, ("electra/",))

    def sizes(name: str) -> tuple[int, int]:
        tensor = tensors.get(f"electra/{name}")
        if tensor is None or len(tensor.shape) != 2:
            there = "It is not there." if tensor is None else f"It is {list(tensor.shape)}."
            must = f"hold 'electra/{name}' with 2 axes, by which an ELECTRA's sizes are told"
            raise ValueError(checks.message("checkpoint", must, str(path), f"It is {FORM.name}. {there}"))
        return tensor.shape

    (rows, table), (width, inner) = sizes(_WORDS), sizes(_INNER)
    if width % _DEPTH:
        must = f"have layers of a multiple of {_DEPTH} numbers, the depth of a head in Google's ELECTRA"
        raise ValueError(checks.message("checkpoint", must, str(path), f"It has {width}."))
    return StoredEncoder(
        path=path,
        form=FORM.name,
        settings={
            **GOOGLES,
            "vocab_size": rows,
            "num_layers": layers_among(tensors, electra_name),
            "hidden_size": width,
            "num_heads": width // _DEPTH,
            "intermediate_size": inner,
            "max_positions": sizes(_POSITIONS)[0],
            "type_vocab_size": sizes(_TYPES)[0],
            "embedding_size": table if f"electra/{_PROJECTION}" in tensors else None,
            "pooler": False,
        },
        told_by="the shape of its tensors",
        tensors=tensors,
        name_of=electra_name,
        flat=True,
        vocab_file=checkpoint.vocab_file,
        network="ELECTRA",
    )


FORM = Form("a TF1 checkpoint as Google's ELECTRA has it", _is_at, _read)
