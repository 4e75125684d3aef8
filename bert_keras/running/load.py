"""`load`: a model folder as a predictor on strings."""

import os
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.data.row_digests import RowDigests
from bert_keras.foreign_names import foreign_names
from bert_keras.running.kinds import KINDS
from bert_keras.running.model_folder import load_model


@checks.answers(**foreign_names("load"))
def load(folder: str | os.PathLike, batch_size: int = 32, native: bool = False) -> Any:
    """A model folder as a predictor on strings, that of its kind.

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
        folder: what `bk.finetune` wrote.
        batch_size: texts, or windows of contexts, that are run together.
        native: whether the encoder becomes a `bk.BertEncoder`, to look into it (`bk.attention_maps`,
            `bk.word_importance`); the answers are the same but for rounding.

    Raises:
        ValueError: if the folder is no whole model folder of this library, or its encoder has no native form.
    """
    checks.integer("batch_size", batch_size, 1)
    model, config = load_model(folder, checks.boolean("native", native))
    kind = KINDS[model.kind]
    predictor = kind.predictor(model, config, batch_size, kind)
    predictor.trained = RowDigests.read(pathlib.Path(folder).expanduser())
    return predictor
