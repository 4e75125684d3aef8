"""`LiteRTRun`: a LiteRT model on features, to score it."""

import importlib
import importlib.util
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.features import MASK

_RUNTIME = "ai_edge_litert"


class LiteRTRun:
    """A LiteRT model on features, for `stand_in`.

    Args:
        path: the model's file.
        seq_length: the one length of its rows, or None.
    """

    def __init__(self, path: pathlib.Path, seq_length: int | None = None) -> None:
        self.path = path
        self.seq_length = seq_length
        self._runner: Any = None

    def __call__(self, features: dict[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        if self._runner is None:  # made when it is first asked
            self._interpreter = interpreter_class()(model_path=str(self.path))
            self._runner = self._interpreter.get_signature_runner("serving_default")
        if self.seq_length is None:
            return self._runner(**features)
        length = next(iter(features.values())).shape[-1]
        wide = [(0, 0)] * (features[MASK].ndim - 1) + [(0, self.seq_length - length)]
        padded = {name: np.pad(column, wide) for name, column in features.items()}
        rows = range(len(padded[MASK]))
        found = [self._runner(**{name: column[row : row + 1] for name, column in padded.items()}) for row in rows]
        joined = {name: np.concatenate([one[name] for one in found]) for name in found[0]}
        of_tokens = {name for name, values in joined.items() if values.shape[1:2] == (self.seq_length,)}
        return {name: values[:, :length] if name in of_tokens else values for name, values in joined.items()}


def interpreter_class() -> Any:
    """LiteRT's own interpreter, or that which TensorFlow brings as long as it does.

    Raises:
        ImportError: if there is neither.
    """
    if importlib.util.find_spec(_RUNTIME) is not None:
        return importlib.import_module(f"{_RUNTIME}.interpreter").Interpreter
    found = getattr(tf.lite, "Interpreter", None)
    if found is None:
        must = "be left out where nothing is installed that runs a LiteRT model, to score it"
        raise ImportError(checks.message("data", must, "…", "Run: pip install ai-edge-litert."))
    return found
