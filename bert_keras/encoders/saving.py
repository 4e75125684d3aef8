"""`save_encoder`: an encoder as a TF-Hub SavedModel that tensorflow_hub and Model Garden load."""

import os
import pathlib
import shutil
import tempfile
from typing import Any

import keras
import tensorflow as tf
from keras import ops

from bert_keras import checks
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.features import FEATURE_NAMES, POOLED_OUTPUT


def save_encoder(encoder: Encoder, folder: str | os.PathLike) -> str:
    """Writes `encoder` with its present weights to `folder` as a SavedModel in TF-Hub's dict or list form.

    A `HubEncoder` is written in its own form, with its vocabulary and its `mlm` head; a `BertEncoder` in the dict form,
    its vocabulary being its tokenizer's. The folder appears whole or not at all.

    Returns:
        The folder.

    Raises:
        FileExistsError: if `folder` exists and is not empty.
        TypeError: if `encoder` is no encoder of this library.
    """
    folder = pathlib.Path(folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(checks.message("folder", "be new or empty", str(folder), "Nothing was written."))
    if isinstance(encoder, HubEncoder):
        saved_model = encoder.saved_model
    elif isinstance(encoder, Encoder):
        saved_model = _as_module(encoder)
    else:
        raise TypeError(checks.message("encoder", "be an encoder of bk.load_encoder or bk.BertEncoder", encoder))
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = pathlib.Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        tf.saved_model.save(saved_model, str(beside / "encoder"))
        if folder.exists():
            folder.rmdir()
        os.replace(beside / "encoder", folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)
    return str(folder)


def _as_module(encoder: Encoder) -> tf.train.Checkpoint:
    """An object with TF-Hub's interface: `__call__`, `variables`, `trainable_variables`, `vocab_file`, `do_lower_case`."""
    # Variables of its own, under TF-Hub's names: loaders find layers and sizes by them.
    weights = encoder.named_weights()
    variables = {name: tf.Variable(ops.convert_to_numpy(weight), name=name) for name, weight in weights.items()}
    kept = {id(weight) for weight in encoder.weights}
    seeds = [variable for variable in encoder.variables if id(variable) not in kept]
    specs = {name: tf.TensorSpec([None, None], tf.int32, name=name) for name in FEATURE_NAMES}

    @tf.function
    def call(inputs: dict[str, Any], training: bool = False, mask: Any = None) -> dict[str, Any]:
        del mask  # TF-Hub's encoders take it and do not use it
        mapping = [(weight, variables[name].read_value()) for name, weight in weights.items()]
        # A stateless call would drop the same units each time: draw the seeds afresh, as TF-Hub's graphs do.
        mapping += [(seed, tf.cast(tf.random.uniform(seed.shape, 0, 2**31 - 1, tf.int32), seed.dtype)) for seed in seeds]
        with keras.StatelessScope(state_mapping=mapping):
            outputs = encoder(inputs, training=training)
        return {**outputs, "default": outputs[POOLED_OUTPUT]}

    for training in (True, False):
        call.get_concrete_function(specs, training, None)
    module = tf.train.Checkpoint()
    module.__call__ = call
    module.variables = list(variables.values())
    module.trainable_variables = list(variables.values())
    module.regularization_losses = []
    if encoder.tokenizer is not None:
        module.vocab_file = tf.saved_model.Asset(str(encoder.tokenizer.vocab_file))
        module.do_lower_case = tf.Variable(encoder.tokenizer.lower_case, trainable=False, name="do_lower_case")
    return module
