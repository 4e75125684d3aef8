"""TF2 checkpoints with BERT's variables under Model Garden's names, which are TF-Hub's.

`tf.train.Checkpoint` writes keys that follow Python's objects, `model/layer_with_weights-4/_attention_layer/…`, and so
differ from class to class. Beside each it keeps the variable's own name, `transformer/layer_0/self_attention/…`, and
that is what is read: of an encoder alone, within a pretrainer or a classifier, and of a tf_keras model around a
`hub.KerasLayer` as well.
"""

import pathlib

from bert_keras.encoders.checkpoints.bert_config import CONFIG, GOOGLES, read_bert_config
from bert_keras.encoders.checkpoints.form import Form
from bert_keras.encoders.checkpoints.named_like_hub import NamedLikeHub
from bert_keras.encoders.checkpoints.stored_encoder import StoredEncoder
from bert_keras.encoders.checkpoints.tensorflow_checkpoint import TensorFlowCheckpoint, checkpoint_prefix


def _is_at(path: pathlib.Path) -> bool:
    return checkpoint_prefix(path) is not None and TensorFlowCheckpoint(path).has_objects


def _read(path: pathlib.Path) -> StoredEncoder:
    checkpoint = TensorFlowCheckpoint(path)
    named = NamedLikeHub(checkpoint.named(), path, FORM.name)
    settings, told_by = read_bert_config(checkpoint.folder), CONFIG
    if settings is None:
        settings, told_by = {**named.sizes(), **GOOGLES}, "the shape of its tensors"
    return StoredEncoder(
        path=path,
        form=FORM.name,
        settings=settings,
        told_by=told_by,
        tensors=named.tensors,
        name_of=named.name_of,
        vocab_file=checkpoint.vocab_file,
    )


FORM = Form("a TF2 checkpoint as Model Garden's BERT has it", _is_at, _read)
