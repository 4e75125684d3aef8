"""`check_no_inputs`: `KerasLayer` describes no input of a model, as layers of tf_keras did."""

from typing import Any

import tensorflow as tf

from bert_keras import checks

_OLD_INPUT_ARGUMENTS = ("input_shape", "batch_input_shape", "input_dim")


def check_no_inputs(arguments: dict[str, Any]) -> None:
    """TypeError for arguments that describe a model's inputs, as layers of tf_keras had them in a Sequential model."""
    dtype = arguments.get("dtype")
    is_of_inputs = dtype in (tf.string, "string") or (isinstance(dtype, tf.DType) and not dtype.is_floating)
    names = [name for name in _OLD_INPUT_ARGUMENTS if name in arguments] + (["dtype"] if is_of_inputs else [])
    for name in names:
        advice = "Put keras.Input(shape, dtype=…) before the layer: keras.Input((), dtype='string') for texts."
        raise TypeError(checks.message(name, "be left out, as it describes a model's input", arguments[name], advice))
