"""SavedModels as TensorFlow loads them: reading one, its traced calls, the variables that these use.

Options are for TPUs, where variables live on workers that see no file of this machine.
"""

import contextlib
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf
from google.protobuf.message import DecodeError
from tensorflow.core.protobuf.trackable_object_graph_pb2 import TrackableObjectGraph
from tensorflow.python.saved_model import save_context

from bert_keras import checks
from bert_keras.hub.check_graph import check_graph
from bert_keras.hub.check_written import check_written
from bert_keras.hub.folder_sha256 import check_sha256
from bert_keras.hub.plain_path import plain_path
from bert_keras.hub.tf1_modules import is_tf1_module

HOST = "/job:localhost"  # the process that the user started
_SAVE_COUNTER = "save_counter"  # of every tf.train.Checkpoint in a SavedModel
CHECKPOINT_ERRORS = (ValueError, LookupError, DecodeError, tf.errors.OpError)  # of `saved_variables`


def load_options() -> tf.saved_model.LoadOptions | None:
    """Inside the scope of a TPU strategy, options that have this process read the files; None elsewhere."""
    if not isinstance(tf.distribute.get_strategy(), tf.distribute.TPUStrategy):
        return None
    return tf.saved_model.LoadOptions(experimental_io_device=HOST)


def save_options(variables: Iterable[Any]) -> tf.saved_model.SaveOptions | None:
    """Where one of some variables, TensorFlow's or Keras', is on a TPU, options that have this process write the files.

    None elsewhere: in a cluster of several machines this process has another name.
    """
    stored = [variable.value if isinstance(variable, keras.Variable) else variable for variable in variables]
    strategies = [getattr(variable, "distribute_strategy", None) for variable in stored]
    if not any(isinstance(strategy, tf.distribute.TPUStrategy) for strategy in strategies):
        return None
    return tf.saved_model.SaveOptions(experimental_io_device=HOST)


@contextlib.contextmanager
def tracing_to_save(options: tf.saved_model.SaveOptions | None) -> Iterator[None]:
    """What is traced in here `tf.saved_model.save` with these options writes as it is: else it traces all anew.

    The cache of a `tf.function` tells traces for saving from others; public names have no way to make the former.
    """
    with save_context.save_context(options or tf.saved_model.SaveOptions()):
        yield


def load_saved_model(
    folder: str,
    handle: str,
    options: tf.saved_model.LoadOptions | None = None,
    tags: Sequence[str] | None = None,
    trust: bool = False,
    sha256: str | None = None,
) -> Any:
    """`tf.saved_model.load`; ValueError, naming the handle that was resolved to `folder`, if it cannot be read.

    Files that are not those of the folder's list of digests are refused before anything of it is loaded. So is what
    could reach beyond its own files, but with `trust`, or with the `sha256` of its files, which is compared then.
    """
    check_written(folder)
    if sha256 is not None:
        check_sha256(sha256, folder, handle)
    elif not checks.boolean("trust", trust):
        check_graph(plain_path(folder), handle)
    if tags is None and is_tf1_module(folder):
        tags = []  # of the graph for use; the other one is for training in TensorFlow 1
    try:
        return tf.saved_model.load(plain_path(folder), tags=tags, options=options or load_options())
    except Exception as error:  # a file that is damaged makes TensorFlow raise anything
        must, reason = "name a complete SavedModel", f"TensorFlow could not read it: {error}"
        if "Op type not registered" in str(error):  # a RuntimeError; of preprocessing models tensorflow_text has them
            must = "name a SavedModel of operations that are known here"
            reason = "If it makes features of texts: `import tensorflow_text` first, or make them with "
            reason += f"bk.load_encoder(…).preprocessor(seq_length). {error}"
        elif isinstance(error, RuntimeError):
            raise
        raise ValueError(checks.message("handle", must, handle, reason)) from error


def load_export(
    folder: str, argument: str, advice: str | None = None, before: Callable[[str, str], None] | None = None
) -> Any:
    """`tf.saved_model.load` of what `bk.export` wrote, if it is what was written.

    Args:
        folder: of the export.
        argument: the name of the argument that the user gave it as, for errors.
        advice: what to do with a graph that could do more than compute, which is refused; None where it is trusted.
        before: called with folder and argument when it was found to be in order, before it is loaded.

    Raises:
        ValueError: for one that was changed, is refused, or cannot be read.
    """
    check_written(folder)
    if advice is not None:
        check_graph(plain_path(folder), folder, advice, argument)
    if before is not None:
        before(folder, argument)
    try:
        return tf.saved_model.load(plain_path(folder))
    except Exception as error:  # as above, of an export of before there were lists of digests
        said = " ".join(f"{type(error).__name__}: {error}".split())[:400]
        raise ValueError(checks.message(argument, "be a SavedModel that TensorFlow can read", folder, said)) from error


def saved_variables(folder: str) -> dict[str, np.ndarray]:
    """The values of a SavedModel's variables by their names, read without its graph.

    Raises:
        CHECKPOINT_ERRORS: if they cannot be read, or two have one name.
    """
    path = os.path.join(plain_path(folder), tf.saved_model.VARIABLES_DIRECTORY, tf.saved_model.VARIABLES_FILENAME)
    reader = tf.train.load_checkpoint(path)
    graph = TrackableObjectGraph.FromString(reader.get_tensor("_CHECKPOINTABLE_OBJECT_GRAPH"))
    places = [(value.full_name, value.checkpoint_key) for node in graph.nodes for value in node.attributes]
    places = [place for place in places if place[0] != _SAVE_COUNTER]
    if len(dict(places)) < len(places):
        raise ValueError(checks.message("variables", "have a name each", [name for name, _ in places]))
    return {name: reader.get_tensor(key) for name, key in places}


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
            + "Use the TF2 version of the same encoder: tensorflow/bert_…/4 in place of google/bert_…/1. Frozen, "
            + f"bk.hub.KerasLayer runs one of its signatures, {_names(saved_model)}: signature=…, output_key=…"
        )
    advice = "Save it from a tf.Module or Keras layer whose call was traced."
    raise ValueError(checks.message("handle", "name a SavedModel with a `__call__` function", handle, advice))


def signature_function(saved_model: Any, handle: str, name: str) -> Any:
    """The traced signature of that name; ValueError, with those that there are, if it has none."""
    signatures = getattr(saved_model, "signatures", None) or {}
    if name not in signatures:
        raise ValueError(checks.message("signature", f"be one of '{handle}': {_names(saved_model)}", name))
    return signatures[name]


def _names(saved_model: Any) -> str:
    return ", ".join(sorted(getattr(saved_model, "signatures", None) or {})) or "it has none"


def names_training(function: Any) -> bool:
    """Whether a traced call takes `training`."""
    parameters = getattr(getattr(function, "function_type", None), "parameters", {})
    return "training" in function.structured_input_signature[1] or "training" in parameters


def call_variables(saved_model: Any, functions: Sequence[Any]) -> tuple[list[tf.Variable], list[tf.Variable]]:
    """The variables to adopt: those listed as trainable, and the others that calling the SavedModel reads."""
    trainable = _unique(v for v in getattr(saved_model, "trainable_variables", None) or [] if v.dtype.is_floating)
    listed = list(getattr(saved_model, "variables", None) or [])
    captured = [variable for function in functions for variable in function.variables]
    others = {_key(variable) for variable in captured} - {_key(variable) for variable in trainable}
    return trainable, [variable for variable in _unique(listed + captured) if _key(variable) in others]


def _key(variable: tf.Variable) -> Any:
    container = getattr(variable, "_distributed_container", None)
    if container is not None:
        variable = container() or variable
    return id(variable)


def _unique(variables: Any) -> list[tf.Variable]:
    return list({id(variable): variable for variable in variables}.values())
