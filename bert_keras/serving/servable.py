"""`Servable`: a model with its signatures, in this process."""

import os
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.hub.saved_models import load_export
from bert_keras.running.exporting.graph_operations import know_operations
from bert_keras.running.kinds import KINDS
from bert_keras.running.loading.load import load
from bert_keras.serving.served_folder import ServedFolder
from bert_keras.serving.signature import Signature
from bert_keras.tuned.predictor import Predictor

DEFAULT = "serving_default"  # where a request names no signature
_DTYPES = (tf.string, tf.float32, tf.int32, tf.int64, tf.bool)  # of inputs, that JSON can give

_FOREIGN = (
    "Serve what bk.export wrote. If you know who wrote this and trust it as you would a program: trust=True (--trust)."
)


class Servable:
    """The functions that an export has, made of a model folder or read from the export.

    Args:
        name, version: in the address.
        functions: concrete functions by signature, of `Served.signatures` or of a SavedModel.
        held: what has the variables and tables of the functions; they live as long as it does.

    Raises:
        ValueError: if there is none that can be asked by JSON.
    """

    def __init__(self, name: str, version: int, functions: dict[str, Any], held: Any) -> None:
        self.name, self.version, self._held = name, version, held
        made = [Signature(name, function) for name, function in functions.items()]
        self.signatures = {one.name: one for one in made if all(map(_can_be_asked, one.inputs.values()))}
        if not self.signatures:
            must = "have a signature whose inputs are strings, numbers or booleans"
            raise ValueError(checks.message("model", must, sorted(functions), "Pass what bk.export wrote."))
        for one in self.signatures.values():
            one.warm_up()

    @classmethod
    def load(cls, found: ServedFolder, trust: bool = False) -> "Servable":
        """What lies in a folder; `trust` is that of `bk.load`.

        Raises:
            ValueError: if it cannot be read, or its graph may do more than compute and is not trusted.
        """
        if not found.is_export:
            return cls.of(load(found.path, trust=trust), found.name, found.version)
        graph = load_export(os.fspath(found.path), "folder", None if trust else _FOREIGN, know_operations)
        return cls(found.name, found.version, dict(graph.signatures), graph)

    @classmethod
    def of(cls, predictor: Predictor, name: str, version: int = 1) -> "Servable":
        """A predictor as its export would be."""
        served = KINDS[predictor.model.kind].served(predictor)
        return cls(name, version, served.signatures(), served)

    def metadata(self) -> dict[str, Any]:
        """As TensorFlow Serving says it: inputs and outputs of each signature, with types and shapes."""
        signatures = {
            name: {
                "inputs": {key: _info(key, spec) for key, spec in one.inputs.items()},
                "outputs": {key: _info(key, spec) for key, spec in one.outputs.items()},
                "method_name": "tensorflow/serving/predict",
            }
            for name, one in self.signatures.items()
        }
        return {
            "model_spec": {"name": self.name, "signature_name": "", "version": str(self.version)},
            "metadata": {"signature_def": {"signature_def": signatures}},
        }


def _can_be_asked(spec: tf.TensorSpec) -> bool:
    """Whether JSON can give an input."""
    return spec.dtype in _DTYPES and spec.shape.rank is not None


def _info(name: str, spec: tf.TensorSpec) -> dict[str, Any]:
    sizes = [] if spec.shape.rank is None else spec.shape.as_list()
    shape = {
        "dim": [{"size": str(-1 if size is None else size), "name": ""} for size in sizes],
        "unknown_rank": spec.shape.rank is None,
    }
    dtype = f"DT_{ {'float32': 'FLOAT', 'float64': 'DOUBLE'}.get(spec.dtype.name, spec.dtype.name.upper()) }"
    return {"dtype": dtype, "tensor_shape": shape, "name": name}
