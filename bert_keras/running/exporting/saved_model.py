"""`write_saved_model`: the served graph of a kind as a SavedModel."""

import pathlib
from typing import Any

import tensorflow as tf

from bert_keras.hub.saved_models import save_options
from bert_keras.running.exporting.export_source import ExportSource


def write_saved_model(source: ExportSource, folder: pathlib.Path, **options: Any) -> list[str]:
    """Writes strings to answers as one graph into `folder`, which exists; there is nothing to say of it."""
    module = source.kind.served(source.predictor)
    saving = save_options(source.model.weights)
    tf.saved_model.save(module, str(folder), signatures=module.signatures(), options=saving)
    return []
