"""`write_saved_model`: the served graph of a kind as a SavedModel, and what TensorFlow Serving is told of it."""

import pathlib

import tensorflow as tf

from bert_keras import checks
from bert_keras.hub.saved_models import save_options
from bert_keras.running.exporting.export_source import ExportSource
from bert_keras.running.exporting.graph_operations import graph_operations
from bert_keras.running.exporting.serving_notes import serving_notes


def write_saved_model(source: ExportSource, folder: pathlib.Path) -> list[str]:
    """Writes strings to answers as one graph into `folder`, and `serving.md`, which says what else there is to say.

    Raises:
        ValueError: for operations that are not TensorFlow's, and for a tokenizer that its graph cannot hold.
    """
    tokenizer = source.tokenizer
    if not tokenizer.in_graph:
        must = "have a tokenizer that TensorFlow's graph can hold, for a SavedModel that takes strings"
        advice = "That of a tokenizer.json is run by Python: use bk.load or bk.serve."
        raise ValueError(checks.message("model", must, type(tokenizer).__name__, advice))
    module = source.kind.served(source.predictor)
    saving, signatures = save_options(source.model.weights), module.signatures()
    tf.saved_model.save(module, str(folder), signatures=signatures, options=saving)
    operations = graph_operations(folder)
    serving_notes(signatures, operations, folder)
    return []
