"""`load`: a model folder as a predictor on strings."""

import os

from bert_keras import checks
from bert_keras.features import QUESTION_ANSWERING, TEXT_CLASSIFICATION
from bert_keras.model_folder import load_model
from bert_keras.predictors.questions import QuestionPredictor
from bert_keras.predictors.texts import Predictor

PREDICTORS = {TEXT_CLASSIFICATION: Predictor, QUESTION_ANSWERING: QuestionPredictor}


def load(folder: str | os.PathLike, batch_size: int = 32, native: bool = False) -> Predictor | QuestionPredictor:
    """A model folder as a predictor on strings.

    >>> bk.load("runs/reviews")("a text").label
    'positive'
    >>> bk.load("runs/squad")(question="Who wrote it?", context="Ann Lee wrote it.").answer
    'Ann Lee'

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
    return PREDICTORS[model.kind](model, config, batch_size)
