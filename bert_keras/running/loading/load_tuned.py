"""`load_tuned`: a model folder or a `.keras` file as a predictor that TensorFlow, or another backend of Keras, runs."""

import os
import pathlib
import zipfile
from typing import Any

import keras

from bert_keras import checks
from bert_keras.data.row_digests import RowDigests
from bert_keras.models.task_model import TaskModel
from bert_keras.running.folders.folder_files import DIGESTS, KERAS_FILE, ORDINARY, read_config
from bert_keras.running.folders.model_folder import load_model
from bert_keras.running.kinds import KINDS
from bert_keras.running.loading.predictor import predictor
from bert_keras.tuned.kind import Kind
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors


def load_tuned(folder: str | os.PathLike, batch_size: int, native: bool, as_pipeline: bool, trust: bool) -> Any:
    """As `load`, of which these are the arguments."""
    checks.boolean("as_pipeline", as_pipeline)
    checks.boolean("trust", trust)
    if isinstance(folder, (str, os.PathLike)) and os.fspath(folder).endswith(KERAS_FILE):
        if trust:
            advice = "Save the model as a folder (bk.save): of one it can be said."
            raise ValueError(checks.message("trust", "be False for a .keras file", True, advice))
        made = predictor(_saved_model(folder, native), batch_size=batch_size)
        return _pipeline(made.kind)(made) if as_pipeline else made
    if as_pipeline:  # said before a model is loaded
        name = read_config(folder).get("kind", "text_classification")  # folders had none when there was one kind
        _pipeline(KINDS.get(name))
    model, config = load_model(folder, checks.boolean("native", native), trust)
    kind = KINDS[model.kind]
    made = kind.predictor(model, config, batch_size, kind)
    path = pathlib.Path(folder).expanduser()
    made.trained = RowDigests.read(path / DIGESTS)
    if config.get("unlike_above") is not None:
        made.know_ordinary(OrdinaryVectors.read(path / ORDINARY, model.encoder.config.hidden_size))
    return kind.pipeline(made) if as_pipeline else made


def _pipeline(kind: Kind | None) -> Any:
    """That of a kind, None where it is not known; ValueError if it has none."""
    if kind is not None and kind.pipeline is None:
        having = " and ".join(kind.name for kind in KINDS.values() if kind.pipeline is not None)
        advice = f"Models of {having} have a pipeline. Call what bk.load gives: it takes strings."
        raise ValueError(checks.message("as_pipeline", f"be False for a model of {kind.name}", True, advice))
    return kind and kind.pipeline


def _saved_model(file: str | os.PathLike, native: bool) -> TaskModel:
    """The model of a `.keras` file."""
    path = pathlib.Path(file).expanduser()
    if not path.is_file():
        raise ValueError(checks.message("folder", "be a model folder or a .keras file", str(file), "There is none."))
    if native:
        advice = "Save the model as a folder (bk.save): its encoder can be loaded natively."
        raise ValueError(checks.message("native", "be False for a .keras file", True, advice))
    try:
        model = keras.saving.load_model(path)
    except (OSError, TypeError, ValueError, KeyError, zipfile.BadZipFile) as error:
        must = "be a .keras file that Keras can read"
        raise ValueError(checks.message("folder", must, str(file), f"{type(error).__name__}: {error}"[:800])) from error
    if not isinstance(model, TaskModel):
        must = "hold a model of this library"
        advice = "Of a model around bk.hub.KerasLayer, keras.models.load_model gives the model itself."
        raise ValueError(checks.message("folder", must, type(model).__name__, advice))
    return model
