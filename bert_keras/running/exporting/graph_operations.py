"""`graph_operations`: the operations that a SavedModel asks of the TensorFlow that runs it."""

import pathlib

import tensorflow as tf

from bert_keras.checks import message
from bert_keras.hub.read_saved_model import read_saved_model

# Of tensorflow-text, which TensorFlow Serving has and Python imports: what `SentencePieceTokenizer` is made of.
TEXT_OPERATIONS = frozenset(
    "CaseFoldUTF8 NormalizeUTF8 SentencepieceOp SentencepieceTokenizeOp SentencepieceTokenizeWithOffsetsOp".split()
)


def graph_operations(folder: pathlib.Path) -> list[str]:
    """The names of all operations of a SavedModel, functions included, in order.

    Raises:
        ValueError: for one that is neither TensorFlow's own nor among `TEXT_OPERATIONS`: a server without the library
            that has it could not run it.
    """
    found: set[str] = set()
    for graph in (meta.graph_def for meta in read_saved_model(folder, folder, "out").meta_graphs):
        found |= {node.op for node in graph.node}
        found |= {node.op for function in graph.library.function for node in function.node_def}
    strangers = sorted(name for name in found - TEXT_OPERATIONS if not hasattr(tf.raw_ops, name))
    if strangers:
        advice = "Export a model whose layers are made of TensorFlow's operations, as those of a native encoder are."
        raise ValueError(message("model", "hold TensorFlow's own operations alone", ", ".join(strangers), advice))
    return sorted(found)
