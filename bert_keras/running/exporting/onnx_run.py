"""`OnnxRun`: an ONNX model on features, to score it."""

import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime


class OnnxRun:
    """An ONNX model on features, for `stand_in`.

    Args:
        path: the model's file.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path
        self._session: Any = None

    def __call__(self, features: dict[str, np.ndarray]) -> Mapping[str, np.ndarray]:
        if self._session is None:  # made when it is first asked
            self._session = onnxruntime.InferenceSession(str(self.path), providers=["CPUExecutionProvider"])
        names = [output.name for output in self._session.get_outputs()]
        given = {name: values.astype("int64") for name, values in features.items()}
        return dict(zip(names, self._session.run(names, given), strict=True))
