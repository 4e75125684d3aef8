"""`graph_operations`: the operations that a SavedModel asks of the TensorFlow that runs it."""

import pathlib

import tensorflow as tf

from bert_keras.checks import message
from bert_keras.hub.read_saved_model import read_saved_model
from bert_keras.text.has_text_operations import has_text_operations

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
    found = _operations(folder, "out")
    strangers = sorted(name for name in found - TEXT_OPERATIONS if not hasattr(tf.raw_ops, name))
    if strangers:
        advice = "Export a model whose layers are made of TensorFlow's operations, as those of a native encoder are."
        raise ValueError(message("model", "hold TensorFlow's own operations alone", ", ".join(strangers), advice))
    return sorted(found)


def know_operations(folder: pathlib.Path | str, argument: str) -> None:
    """Has TensorFlow know the operations of an export, before it is loaded.

    Args:
        folder: of the export.
        argument: the name of the argument that the user gave it as, for errors.

    Raises:
        ImportError: if it has some of tensorflow-text's, which is not installed.
    """
    if TEXT_OPERATIONS & _operations(folder, argument) and not has_text_operations():
        advice = "pip install tensorflow-text, of TensorFlow's version; it has no wheels for Windows."
        raise ImportError(f"'{folder}' has operations of tensorflow-text, which is not installed. {advice}")


def _operations(folder: pathlib.Path | str, argument: str) -> set[str]:
    found: set[str] = set()
    for graph in (meta.graph_def for meta in read_saved_model(folder, folder, argument).meta_graphs):
        found |= {node.op for node in graph.node}
        found |= {node.op for function in graph.library.function for node in function.node_def}
    return found
