"""`KINDS`: of each kind of task, which fields of the recipe it uses, and its model."""

import dataclasses
from collections.abc import Callable
from typing import Any

from bert_keras import checks
from bert_keras.data.task_data import Parts
from bert_keras.features import (
    MASKED_LM,
    MULTIPLE_CHOICE,
    QUESTION_ANSWERING,
    TEXT_CLASSIFICATION,
    TOKEN_CLASSIFICATION,
)
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.models.task_model import TaskModel
from bert_keras.multiple_choice.multiple_choice import MultipleChoice
from bert_keras.optimization.recipe import Recipe
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.running.load_task import DATA_FIELDS
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.token_classification.token_classifier import TokenClassifier


@dataclasses.dataclass(frozen=True)
class Kind:
    """What fine-tuning needs to know of a kind of task.

    Args:
        fields: fields of the recipe that only its model is made with. (Those of its data: `data.tasks.DATA_FIELDS`.)
        model: makes the model from data, encoder and recipe.
    """

    fields: tuple[str, ...]
    model: Callable[[Any, Any, Recipe], TaskModel]


def _text_classifier(data: Any, encoder: Any, recipe: Recipe) -> TaskModel:
    return TextClassifier(encoder, data.num_classes, data.problem_type, recipe.dropout, seed=recipe.seed)


def _span_labeler(data: Any, encoder: Any, recipe: Recipe) -> TaskModel:
    return SpanLabeler(encoder, seed=recipe.seed)


def _multiple_choice(data: Any, encoder: Any, recipe: Recipe) -> TaskModel:
    return MultipleChoice(encoder, data.num_choices, recipe.dropout, seed=recipe.seed)


def _token_classifier(data: Any, encoder: Any, recipe: Recipe) -> TaskModel:
    return TokenClassifier(encoder, data.num_classes, recipe.dropout, seed=recipe.seed)


def _masked_lm(data: Any, encoder: Any, recipe: Recipe) -> TaskModel:
    return MaskedLM(encoder, seed=recipe.seed)


KINDS = {
    TEXT_CLASSIFICATION: Kind(("dropout",), _text_classifier),
    QUESTION_ANSWERING: Kind((), _span_labeler),
    TOKEN_CLASSIFICATION: Kind(("dropout",), _token_classifier),
    MASKED_LM: Kind((), _masked_lm),
    MULTIPLE_CHOICE: Kind(("dropout",), _multiple_choice),
}
_USED = {name: {*kind.fields, *DATA_FIELDS[name]} for name, kind in KINDS.items()}


def check_fields(recipe: Recipe, kind: str, task: str) -> None:
    """Raises ValueError if the recipe sets a field that tasks of this kind have no use for."""
    unused = set().union(*_USED.values()) - _USED[kind]
    for field in dataclasses.fields(Recipe):
        value = getattr(recipe, field.name)
        if field.name in unused and value != field.default:
            must = f"be left at {field.default} for {task}, which has no use for it"
            raise ValueError(checks.message(field.name, must, value))


def data_options(recipe: Recipe, kind: str) -> dict[str, Any]:
    """What the recipe says of how data of this kind are made; what it leaves open is not there."""
    names = ("batch_size", "seed", *DATA_FIELDS[kind])
    return {name: getattr(recipe, name) for name in names if getattr(recipe, name) is not None}


def make_model(data: Parts, encoder: Any, recipe: Recipe) -> TaskModel:
    """The untrained model for the data, with the recipe's dropout and seed."""
    return KINDS[data.kind].model(data, encoder, recipe)
