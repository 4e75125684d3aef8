"""Prediction past one machine, with Apache Beam: `Predict`, `PredictToFiles`, which can be run again, and `ReadCsv`.

The names load when they are first used, and need `pip install apache-beam`.
"""

import importlib
from typing import Any

_HOMES = {
    "Predict": "bert_keras.beam.predict",
    "PredictToFiles": "bert_keras.beam.predict_to_files",
    "ReadCsv": "bert_keras.beam.read_csv",
}

__all__ = ["Predict", "PredictToFiles", "ReadCsv"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'bert_keras.beam' has no attribute '{name}'; it has {', '.join(__all__)}")
    try:
        return getattr(importlib.import_module(_HOMES[name]), name)
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] != "apache_beam":
            raise
        said = "bert_keras.beam needs Apache Beam, which is not here: pip install apache-beam"
        raise ModuleNotFoundError(said, name="apache_beam") from error
