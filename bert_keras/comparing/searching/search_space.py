"""`SearchSpace`: the settings among which a search draws: fields of the recipe, and the encoder."""

import dataclasses
import math
import os
from collections.abc import Mapping
from typing import Any

from bert_keras import checks
from bert_keras.data.task import Task
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.kinds import KINDS
from bert_keras.running.training_run.run_encoder import check_handle, portable_encoder
from bert_keras.running.training_run.soften import check_soft
from bert_keras.running.training_run.tuning import check_recipe

ENCODER = "encoder"
_FIELDS = {field.name: field.type for field in dataclasses.fields(Recipe)}
_NOT_SEARCHED = {
    "seed": "The best of several seeds is the luckiest: seeds=5 runs the best trials again with others.",
    "checkpoint_every": "It changes no number: set it in the recipe.",
}
SEARCHED = (*(name for name in _FIELDS if name not in _NOT_SEARCHED), ENCODER)
_BY_LOGARITHM = ("learning_rate", "adam_epsilon")
_ONLY_WITH = {  # a field has a use only where another one has, or has not, a value
    **dict.fromkeys(("lora_rank", "lora_alpha", "lora_on"), ("tune", lambda value: value == "lora", "tune='lora'")),
    "teacher_share": ("teacher", bool, "a teacher"),
}
_EXAMPLE = "E.g. {'learning_rate': (1e-5, 1e-4), 'batch_size': [16, 32]}: a pair is a range, a list are choices."


@dataclasses.dataclass(frozen=True)
class Dimension:
    """The values of one field.

    Args:
        name: of the field, or "encoder".
        choices: one of which is drawn; () for a range.
        low, high: of a range, both included.
        is_whole: whether numbers of a range are integers.
    """

    name: str
    choices: tuple[Any, ...] = ()
    low: float = 0.0
    high: float = 0.0
    is_whole: bool = False

    @property
    def by_logarithm(self) -> bool:
        """Whether each factor between numbers of a range is drawn as often, and not each difference."""
        return self.name in _BY_LOGARITHM and not self.choices

    def value(self, drawn: float | int) -> Any:
        """What is drawn, as the recipe takes it."""
        return self.choices[int(drawn)] if self.choices else drawn

    def rounded(self, drawn: float | int) -> float | int:
        """A number with three digits, which is easier read, within the range."""
        if self.choices or self.is_whole:
            return int(drawn)
        return min(max(float(f"{drawn:.3g}"), self.low), self.high)

    def settings(self) -> Any:
        """As JSON takes it."""
        if self.choices:
            return [portable_encoder(own) if self.name == ENCODER else own for own in self.choices]
        return {"low": self.low, "high": self.high}


@dataclasses.dataclass(frozen=True)
class SearchSpace:
    """What is drawn, and what is not.

    Args:
        dimensions: in the order in which they are drawn: those that decide whether others have a use come first.
        recipe: whose other fields hold.
        encoder: where none is drawn.
    """

    dimensions: tuple[Dimension, ...]
    recipe: Recipe
    encoder: Any

    def has_use(self, dimension: Dimension, drawn: Mapping[str, float | int]) -> bool:
        """Whether a field has a use beside what was drawn before it."""
        if dimension.name not in _ONLY_WITH:
            return True
        other, fits, _ = _ONLY_WITH[dimension.name]
        deciding = next((own for own in self.dimensions if own.name == other), None)
        return fits(getattr(self.recipe, other) if deciding is None else deciding.value(drawn[other]))

    def values(self, drawn: Mapping[str, float | int]) -> dict[str, Any]:
        """By field, what was drawn."""
        return {own.name: own.value(drawn[own.name]) for own in self.dimensions if own.name in drawn}

    def chosen(self, drawn: Mapping[str, float | int]) -> tuple[Any, Recipe]:
        """Encoder and recipe."""
        values = self.values(drawn)
        encoder = values.pop(ENCODER, self.encoder)
        return encoder, self.fitting(dataclasses.replace(self.recipe, **values))

    def fitting(self, recipe: Recipe) -> Recipe:
        """With the defaults of fields that have no use beside what was drawn."""
        drawn = {own.name for own in self.dimensions}
        unused = [
            name for name, (other, fits, _) in _ONLY_WITH.items() if other in drawn and not fits(getattr(recipe, other))
        ]
        return dataclasses.replace(recipe, **{name: getattr(Recipe, name) for name in unused})

    def settings(self) -> dict[str, Any]:
        """All that a search must have alike to go on, as JSON takes it."""
        recipe = dataclasses.asdict(self.recipe)
        del recipe["checkpoint_every"]
        encoder = None if self.encoder is None else portable_encoder(self.encoder)
        return {"space": {own.name: own.settings() for own in self.dimensions}, "recipe": recipe, ENCODER: encoder}


def space_of(given: Mapping[str, Any], task: Task, encoder: Any, recipe: Recipe) -> SearchSpace:
    """The space that `bk.search` was given.

    Args:
        given: by field, a list of choices or a pair of numbers.
        task: on which is trained.
        encoder, recipe: what holds where nothing is drawn.

    Raises:
        TypeError, ValueError: naming the field at fault; a value that the task has no use for is found here.
    """
    if not isinstance(given, Mapping):
        raise TypeError(checks.message("space", "be a dict of fields of the recipe", given, _EXAMPLE))
    if not given:
        raise ValueError(checks.message("space", "have a field, or more", given, _EXAMPLE))
    dimensions = tuple(sorted((_dimension(*item) for item in given.items()), key=lambda own: own.name in _ONLY_WITH))
    if ENCODER not in given:
        if encoder is None:
            raise ValueError(checks.message(ENCODER, "be given, or stand in the space", None, "E.g. encoder='sample'."))
        _check_encoder(encoder)
    space = SearchSpace(dimensions, recipe, None if ENCODER in given else encoder)
    for dimension in dimensions:
        for drawn in range(len(dimension.choices)) if dimension.choices else (dimension.low, dimension.high):
            _check_value(space, dimension, drawn, task)
    return space


def _dimension(name: Any, value: Any) -> Dimension:
    if name not in SEARCHED:
        advice = _NOT_SEARCHED.get(name) or checks.did_you_mean(str(name), SEARCHED)
        must = "have fields of bk.Recipe, or 'encoder'"
        raise ValueError(checks.message("space", must, name, advice or f"These are {', '.join(SEARCHED)}."))
    where = f"space[{name!r}]"
    if isinstance(value, tuple) and len(value) == 2 and _FIELDS.get(name) in (int, float):
        is_whole = _FIELDS[name] is int
        low, high = ((checks.integer if is_whole else checks.number)(where, end) for end in value)
        if not low < high:
            raise ValueError(checks.message(where, "be a range, the lower end first", value))
        if name in _BY_LOGARITHM and low <= 0:
            raise ValueError(checks.message(where, "begin above 0, as it is drawn by its logarithm", value))
        return Dimension(name, (), low, high, is_whole)
    if not isinstance(value, list):
        must = "be a list of choices" + (", or a pair of numbers, a range" if _FIELDS.get(name) in (int, float) else "")
        raise TypeError(checks.message(where, must, value, _EXAMPLE))
    if len(value) < 2 or any(own in value[:place] for place, own in enumerate(value)):
        advice = "What is the same in all trials is for the recipe, or encoder=…"
        raise ValueError(checks.message(where, "be two choices or more, each once", value, advice))
    if name == ENCODER:
        for own in value:
            _check_encoder(own)
    return Dimension(name, tuple(value))


def _check_encoder(encoder: Any) -> None:
    check_handle(encoder)
    if not isinstance(encoder, (str, os.PathLike, dict)):
        must = "be the name, address or folder of an encoder, or a dict of bk.load_encoder's arguments"
        raise TypeError(checks.message(ENCODER, must, encoder))


def _check_value(space: SearchSpace, dimension: Dimension, drawn: float | int, task: Task) -> None:
    """Raises where a value is none of the field, or the task has no use for it, whatever else is drawn."""
    if dimension.name == ENCODER:
        return
    value = dimension.value(drawn)
    fields = {dimension.name: value}
    if dimension.name in _ONLY_WITH:
        other, fits, told = _ONLY_WITH[dimension.name]
        deciding = next((own for own in space.dimensions if own.name == other), None)
        others = (getattr(space.recipe, other),) if deciding is None else deciding.choices
        fields[other] = next((own for own in others if fits(own)), None)
        if fields[other] is None:
            advice = f"Pass recipe=bk.Recipe({other}=…), or let `{other}` stand in the space."
            raise ValueError(checks.message("space", f"have a use for '{dimension.name}', with {told}", value, advice))
    recipe = space.fitting(dataclasses.replace(space.recipe, **fields))
    check_recipe(recipe, KINDS[task.kind], task.name)
    check_soft(recipe, task)


def is_spent(space: SearchSpace, tried: int) -> bool:
    """Whether as many trials as there are different settings were made; never with a range of fractions."""
    if any(not own.choices and not own.is_whole for own in space.dimensions):
        return False
    sizes = [len(own.choices) or int(own.high - own.low) + 1 for own in space.dimensions]
    return tried >= math.prod(sizes)
