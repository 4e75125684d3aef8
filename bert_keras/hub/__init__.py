"""TensorFlow Hub's SavedModels: `KerasLayer`, `resolve`, from a handle to a folder, and `model_sha256`, its digest.

All are loaded when they are first used: resolving a handle needs no TensorFlow.
"""

import importlib
from typing import Any

_HOMES = {
    "KerasLayer": "bert_keras.hub.keras_layer",
    "model_sha256": "bert_keras.hub.folder_sha256",
    "resolve": "bert_keras.hub.resolving",
}

__all__ = ["KerasLayer", "model_sha256", "resolve"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bert_keras.hub' has no attribute '{name}'; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(_HOMES[name]), name)
