"""TensorFlow Hub's SavedModels: `KerasLayer`, a Keras 3 layer, and `resolve`, from a handle to a local folder.

Both are loaded when they are first used: resolving a handle needs no TensorFlow.
"""

import importlib
from typing import Any

_HOMES = {"KerasLayer": "bert_keras.hub.keras_layer", "resolve": "bert_keras.hub.resolving"}

__all__ = ["KerasLayer", "resolve"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bert_keras.hub' has no attribute '{name}'; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOMES[name]), name)
