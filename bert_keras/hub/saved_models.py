"""SavedModels as TensorFlow loads them: reading one, its traced calls, the variables that these use."""

from collections.abc import Sequence
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.hub.options import load_options


def load_saved_model(folder: str, handle: str, options: tf.saved_model.LoadOptions | None = None) -> Any:
    """`tf.saved_model.load`; ValueError, naming the handle that was resolved to `folder`, if it cannot be read."""
    try:
        return tf.saved_model.load(folder, options=options or load_options())
    except OSError as error:
        raise ValueError(
            checks.message("handle", "name a complete SavedModel", handle, f"TensorFlow could not read it: {error}")
        ) from error


def concrete_functions(saved_model: Any, handle: str, trainable: bool) -> list[Any]:
    """The traced forms of a SavedModel's `__call__`; ValueError if it has none."""
    call = getattr(saved_model, "__call__", None)  # noqa: B004 (the traced function is wanted, not whether there is one)
    functions = list(getattr(call, "concrete_functions", None) or [])
    if functions:
        return functions
    if hasattr(saved_model, "graph"):  # what TensorFlow 2 makes of a TF1 SavedModel
        raise ValueError(
            checks.message("handle", "name a TF2 SavedModel that can be called", handle)
            + " It has signatures only, as the TF1 modules of TF-Hub do"
            + (", which cannot be trained (trainable=True). " if trainable else ". ")
            + "Use the TF2 version of the same encoder: tensorflow/bert_…/4 in place of google/bert_…/1."
        )
    advice = "Save it from a tf.Module or Keras layer whose call was traced."
    raise ValueError(checks.message("handle", "name a SavedModel with a `__call__` function", handle, advice))


def names_training(function: Any) -> bool:
    """Whether a traced call takes `training`."""
    _, keywords = function.structured_input_signature
    if "training" in keywords:
        return True
    names = getattr(getattr(function, "function_type", None), "parameters", {})
    return "training" in names


def call_variables(saved_model: Any, functions: Sequence[Any]) -> tuple[list[tf.Variable], list[tf.Variable]]:
    """The variables to adopt: those listed as trainable, and the others that calling the SavedModel reads."""
    listed = list(getattr(saved_model, "trainable_variables", None) or [])
    trainable = _unique(v for v in listed if v.dtype.is_floating)
    seen = {id(variable) for variable in trainable}
    known = list(getattr(saved_model, "variables", None) or [])
    captured = [variable for function in functions for variable in function.variables]
    read = {_key(variable) for variable in captured}
    others = [v for v in _unique(known + captured) if id(v) not in seen and _key(v) in read]
    keys = {_key(variable) for variable in trainable}
    return trainable, [v for v in others if _key(v) not in keys]


def _key(variable: tf.Variable) -> Any:
    container = getattr(variable, "_distributed_container", None)
    if container is not None:
        variable = container() or variable
    return id(variable)


def _unique(variables: Any) -> list[tf.Variable]:
    return list({id(variable): variable for variable in variables}.values())
