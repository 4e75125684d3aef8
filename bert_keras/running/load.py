"""`load`: a model folder as a predictor on strings."""

import os
from typing import Any

from bert_keras import checks
from bert_keras.features import MULTIPLE_CHOICE, QUESTION_ANSWERING, TEXT_CLASSIFICATION, TOKEN_CLASSIFICATION
from bert_keras.multiple_choice.choice_predictor import ChoicePredictor
from bert_keras.question_answering.question_predictor import QuestionPredictor
from bert_keras.running.model_folder import load_model
from bert_keras.text_classification.text_predictor import Predictor
from bert_keras.token_classification.tag_predictor import TagPredictor

PREDICTORS = {
    TEXT_CLASSIFICATION: Predictor,
    QUESTION_ANSWERING: QuestionPredictor,
    TOKEN_CLASSIFICATION: TagPredictor,
    MULTIPLE_CHOICE: ChoicePredictor,
}


def load(folder: str | os.PathLike, batch_size: int = 32, native: bool = False) -> Any:
    """A model folder as a predictor on strings, that of its kind.

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
    return PREDICTORS[model.kind](model, config, batch_size)
