"""`load`: a model folder as a predictor on strings."""

import os
import pathlib
import zipfile
from typing import Any

import keras

from bert_keras import checks
from bert_keras.data.row_digests import RowDigests
from bert_keras.foreign_names import foreign_names
from bert_keras.models.task_model import TaskModel
from bert_keras.running.folder_files import DIGESTS, as_written, read_config
from bert_keras.running.kinds import KINDS
from bert_keras.running.model_folder import load_model
from bert_keras.running.predictor import predictor
from bert_keras.tuned.kind import Kind

SAVED_MODEL = ".keras"  # the ending of what Keras' `model.save` writes


@checks.answers(**foreign_names("load"))
def load(
    folder: str | os.PathLike,
    batch_size: int = 32,
    native: bool = False,
    as_pipeline: bool = False,
    *,
    trust: bool = False,
) -> Any:
    """A model folder, or a `.keras` file, as a predictor on strings, that of its kind.

    It is a `TextPredictor`, a `QuestionPredictor`, a `TagPredictor` or a `ChoicePredictor`.

    >>> bk.load("runs/reviews")("a text").label
    'positive'
    >>> bk.load("runs/squad")(question="Who wrote it?", context="Ann Lee wrote it.").answer
    'Ann Lee'
    >>> bk.load("runs/entities")("Ann Lee lives in Oslo.")[0].text
    'Ann Lee'
    >>> bk.load("runs/swag")("It rains.", ["She opens an umbrella.", "She opens a bank."]).choice
    'She opens an umbrella.'

    Args:
        folder: what `bk.finetune` or `bk.save` wrote; or the `.keras` file of `model.save`, of a model that was trained
            on data of this library.
        batch_size: texts, or windows of contexts, that are run together.
        native: whether the encoder becomes a `bk.BertEncoder`, to look into it (`bk.attention_maps`,
            `bk.word_importance`); the answers are the same but for rounding.
        as_pipeline: whether it becomes what is called as the pipeline of transformers 4 that transformers 5 no longer
            has: a `bk.QuestionPipeline`, of question answering.
        trust: loads a folder whose encoder's graph may do more than compute, as `bk.load_encoder` does. A `.keras` file
            has no such way.

    Raises:
        ValueError: if the folder is no whole model folder of this library, or its encoder has no native form; if a
            `.keras` file is damaged, or another program's; for `as_pipeline` with a model of a kind that has none.
    """
    checks.integer("batch_size", batch_size, 1)
    checks.boolean("as_pipeline", as_pipeline)
    checks.boolean("trust", trust)
    if isinstance(folder, (str, os.PathLike)) and os.fspath(folder).endswith(SAVED_MODEL):
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
    with as_written(folder):
        made = kind.predictor(model, config, batch_size, kind)
    made.trained = RowDigests.read(pathlib.Path(folder).expanduser() / DIGESTS)
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
        raise ValueError(checks.message("folder", must, str(file), f"{type(error).__name__}: {error}"[:400])) from error
    if not isinstance(model, TaskModel):
        must = "hold a model of this library"
        advice = "Of a model around bk.hub.KerasLayer, keras.models.load_model gives the model itself."
        raise ValueError(checks.message("folder", must, type(model).__name__, advice))
    return model
