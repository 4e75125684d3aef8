"""`save_encoder`: an encoder as a TF-Hub SavedModel that tensorflow_hub and Model Garden load."""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf
from safetensors.numpy import load_file, save_file

from bert_keras import checks
from bert_keras.disk import recover, replacing
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.from_hub_encoder import assign_weights, plain_copy
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.noted_encoder import HEAD, write_note
from bert_keras.encoders.published_preprocessor import vocabulary_in
from bert_keras.encoders.tokenizer_asset import state_tokenizer, stated_casing
from bert_keras.features import FEATURE_NAMES, MASKED_POSITIONS, MLM_LOGITS, POOLED_OUTPUT, SEQUENCE_OUTPUT
from bert_keras.finite_weights import finite_weights
from bert_keras.foreign_names import foreign_names
from bert_keras.hub.folders import SAVED_MODEL_PARTS
from bert_keras.hub.resolving import resolve
from bert_keras.hub.saved_models import save_options, tracing_to_save
from bert_keras.manifest import Manifest
from bert_keras.text.written_tokenizer import written_tokenizer


@checks.answers(**foreign_names("save_encoder"))
def save_encoder(encoder: Encoder, folder: str | os.PathLike, *, mlm: keras.layers.Layer | None = None) -> str:
    """Writes `encoder` with its present weights to `folder` as a SavedModel in TF-Hub's dict or list form.

    A `HubEncoder` is written in its own form, with its `mlm` head; a TF1 module, which stays frozen, as it came; a
    `BertEncoder` in the dict form, in float32 and with its dropout, even if it is frozen; a note beside it has
    `load_encoder(native=True)` read its weights alone. The vocabulary and casing are those of `encoder.tokenizer`. The
    folder appears whole or not at all. On another backend of Keras than TensorFlow a second Python, on TensorFlow,
    writes it.

    Args:
        encoder: with a tokenizer, or without.
        folder: new or empty.
        mlm: the head of a `bk.MaskedLM` of a `BertEncoder`, to be written as TF-Hub's `mlm`: called on the features and
            `masked_lm_positions` it gives what the encoder does and `mlm_logits`.

    Returns:
        The folder.

    Raises:
        FileExistsError: if `folder` exists and is not empty.
        ValueError: for `mlm` with an encoder that is not native, or on another backend than TensorFlow, and for weights
            that are not finite.
        TypeError: if `encoder` is no encoder of this library.
    """
    folder = pathlib.Path(folder).expanduser()
    recover("folder", folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(checks.message("folder", "be new or empty", str(folder), "Nothing was written."))
    if mlm is not None:
        _check_head(mlm, encoder)
        finite_weights(mlm, "mlm")
    if isinstance(encoder, Encoder):
        finite_weights(encoder, "encoder")
    if isinstance(encoder, BertEncoder) and keras.backend.backend() != "tensorflow":
        return _save_from_elsewhere(encoder, folder)
    if isinstance(encoder, HubEncoder) and encoder.dialect == "TF1":
        return _copy_module(encoder, folder)
    options = save_options(encoder.weights)
    if isinstance(encoder, HubEncoder):
        saved_model = encoder.saved_model
    elif isinstance(encoder, BertEncoder):
        with tracing_to_save(options):
            saved_model = _as_module(encoder, mlm)
    else:
        checks.no_tf_keras("encoder", encoder)
        raise TypeError(checks.message("encoder", "be an encoder of bk.load_encoder or bk.BertEncoder", encoder))
    state_tokenizer(saved_model, encoder.tokenizer)
    with replacing(folder) as beside:
        tf.saved_model.save(saved_model, str(beside), options=options)
        if isinstance(encoder, BertEncoder):
            write_note(beside, encoder, encoder.tokenizer)
        Manifest(beside).write(SAVED_MODEL_PARTS)
    return str(folder)


def _copy_module(encoder: HubEncoder, folder: pathlib.Path) -> str:
    """The files of a TF1 module, whose weights are what they were: TensorFlow 2 cannot write its graph."""
    source = resolve(encoder.handle)
    own = vocabulary_in(source), stated_casing(encoder.saved_model)
    tokenizer = encoder.tokenizer
    if tokenizer is not None and (os.fspath(tokenizer.file), tokenizer.settings.get("lower_case")) != own:
        must = "have the vocabulary and casing that it came with, to be written: it is a TF1 module, which is copied"
        raise ValueError(checks.message("encoder", must, encoder.handle))
    with replacing(folder) as beside:
        for name in set(SAVED_MODEL_PARTS) & set(os.listdir(source)):
            path = os.path.join(source, name)
            copy = shutil.copytree if os.path.isdir(path) else shutil.copy
            beside.mkdir(exist_ok=True)
            copy(path, beside / name)
        Manifest(beside).write(SAVED_MODEL_PARTS)
    return str(folder)


def _check_head(mlm: keras.layers.Layer, encoder: Encoder) -> None:
    checks.tensorflow_backend("Writing a masked-word head")
    if not isinstance(encoder, BertEncoder):
        advice = "The hub's graph is written with the head it has: leave `mlm` out, or load it with native=True."
        raise ValueError(checks.message("mlm", "be None for an encoder that is not native", mlm, advice))
    if not hasattr(mlm, "named_weights"):
        raise TypeError(checks.message("mlm", "be the head of a bk.MaskedLM", mlm, "Pass model.head."))


def _as_module(encoder: BertEncoder, mlm: keras.layers.Layer | None) -> tf.train.Checkpoint:
    """An object with TF-Hub's interface: `__call__`, `variables`, `trainable_variables`, `regularization_losses`."""
    # A copy is traced: a frozen encoder would leave dropout out, and a mixed policy would not be TF-Hub's float32. It
    # stays without weights, for those that it is called with stand beside it.
    encoder, arrays = plain_copy(encoder)
    encoder.recompute = False  # a SavedModel cannot hold the gradient that works layers out again,
    for block in encoder.blocks:
        block.own_gradient = False  # nor any other that is not TensorFlow's
    # Variables of its own, under TF-Hub's names: loaders find layers and sizes by them.
    weights = encoder.named_weights()
    variables = {name: tf.Variable(arrays[name], name=name) for name in weights}
    places = {id(weight) for weight in encoder.weights}
    seeds = [variable for variable in encoder.variables if id(variable) not in places]
    specs = {name: tf.TensorSpec([None, None], tf.int32, name=name) for name in FEATURE_NAMES}

    def outputs_of(inputs: dict[str, Any], training: bool, more: dict[str, tf.Variable]) -> dict[str, Any]:
        mapping = [(weight, variables[name].read_value()) for name, weight in weights.items()]
        # A stateless call would drop the same units each time: draw the seeds afresh, as TF-Hub's graphs do.
        mapping += [
            (seed, tf.cast(tf.random.uniform(seed.shape, 0, 2**31 - 1, tf.int32), seed.dtype)) for seed in seeds
        ]
        mapping += [(mlm.named_weights()[name], variable.read_value()) for name, variable in more.items()]
        with keras.StatelessScope(state_mapping=mapping):
            outputs = encoder({name: inputs[name] for name in FEATURE_NAMES}, training=training)
            if more:
                logits = mlm(outputs[SEQUENCE_OUTPUT], inputs[MASKED_POSITIONS], encoder.word_table)
                return {**outputs, MLM_LOGITS: logits}
        return {**outputs, "default": outputs[POOLED_OUTPUT]}

    module = _callable(lambda inputs, training: outputs_of(inputs, training, {}), specs, variables)
    if mlm is not None:
        head = mlm.named_weights()
        own = {name: tf.Variable(weight.numpy(), name=f"{HEAD}{name}") for name, weight in head.items()}
        specs |= {MASKED_POSITIONS: tf.TensorSpec([None, None], tf.int32, name=MASKED_POSITIONS)}
        module.mlm = _callable(lambda inputs, training: outputs_of(inputs, training, own), specs, variables | own)
    return module


def _callable(run: Callable[..., dict[str, Any]], specs: dict[str, Any], variables: dict[str, Any]) -> Any:
    """An object that is called as TF-Hub's are, with `training` and a `mask` that has no effect."""

    @tf.function(autograph=False)
    def call(inputs: dict[str, Any], training: bool = False, mask: Any = None) -> dict[str, Any]:
        del mask  # TF-Hub's encoders take it and do not use it
        return run(inputs, training)

    for training in (True, False):
        call.get_concrete_function(specs, training, None)
    module = tf.train.Checkpoint()
    module.__call__ = call
    module.variables = list(variables.values())
    module.trainable_variables = list(variables.values())
    module.regularization_losses = []
    return module


def _save_from_elsewhere(encoder: BertEncoder, folder: pathlib.Path) -> str:
    """`save_encoder` in a second Python whose Keras runs on TensorFlow: a SavedModel holds TensorFlow's graph."""
    plain = {**encoder.get_config(), "lora": None, "frozen": ()}  # what is written is merged
    # What this Python imports the other one finds; the accelerator, whose memory is taken, it leaves alone.
    environment = {**os.environ, "KERAS_BACKEND": "tensorflow", "CUDA_VISIBLE_DEVICES": "-1"}
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    with tempfile.TemporaryDirectory() as between:
        if encoder.tokenizer is not None:
            encoder.tokenizer.write(between)
        save_file(encoder.merged_weights(), os.path.join(between, _WEIGHTS))
        pathlib.Path(between, _CONFIG).write_text(json.dumps(plain), encoding="utf-8")
        command = [sys.executable, "-m", "bert_keras.encoders.save_encoder", between, str(folder)]
        process = subprocess.run(command, env=environment, capture_output=True, text=True)
    if process.returncode:
        last = process.stderr.strip().splitlines()[-1:] or [f"exit status {process.returncode}"]
        raise OSError(f"The encoder could not be written to '{folder}' by TensorFlow: {last[0]}")
    return str(folder)


_WEIGHTS, _CONFIG = "weights.safetensors", "encoder.json"  # from one Python to the other


def _save_for_elsewhere(between: str, folder: str) -> None:
    """The other end of `_save_from_elsewhere`."""
    encoder = BertEncoder.from_config(json.loads(pathlib.Path(between, _CONFIG).read_text(encoding="utf-8")))
    assign_weights(encoder, load_file(os.path.join(between, _WEIGHTS)))
    encoder.tokenizer = written_tokenizer(between)
    save_encoder(encoder, folder)


if __name__ == "__main__":
    _save_for_elsewhere(*sys.argv[1:])
