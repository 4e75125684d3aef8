"""`load`: a model folder as a predictor on strings."""

import importlib
import os
from typing import Any

from bert_keras import checks
from bert_keras.foreign_names import foreign_names
from bert_keras.running.folders.folder_files import is_onnx


@checks.answers(**foreign_names("load"))
def load(
    folder: str | os.PathLike,
    batch_size: int = 32,
    native: bool = False,
    as_pipeline: bool = False,
    *,
    trust: bool = False,
) -> Any:
    """A model folder, a `.keras` file or an export to ONNX as a predictor on strings, that of its kind.

    It is a `TextPredictor`, a `QuestionPredictor`, a `TagPredictor` or a `ChoicePredictor`; of an export
    `ExportedTexts`, called as a `TextPredictor`.

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
            on data of this library. The encoder that such a file names must be here or in the cache, as nothing is
            fetched. Of a classifier also what `bk.export(…, to="onnx")` wrote: ONNX Runtime answers, and neither
            TensorFlow nor Keras is loaded.
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
    if isinstance(folder, (str, os.PathLike)) and is_onnx(folder):  # which is read without TensorFlow
        home, others = "load_onnx", {"native": native, "as_pipeline": as_pipeline, "trust": trust}
        for name, value in others.items():
            if checks.boolean(name, value):
                raise ValueError(checks.message(name, "be False for an export to ONNX", True))
        arguments: tuple[Any, ...] = (folder, batch_size)
    else:
        home, arguments = "load_tuned", (folder, batch_size, native, as_pipeline, trust)
    return getattr(importlib.import_module(f"bert_keras.running.loading.{home}"), home)(*arguments)
