"""`Contestant`: one way to train that is compared with others."""

import dataclasses
import os
import re
from collections.abc import Mapping
from typing import Any

from bert_keras import checks
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.training_run.run_encoder import SIZES, check_handle, portable_encoder
from bert_keras.training.devices import Devices

_ARGUMENTS = ("encoder", "recipe", "devices")  # of `bk.finetune`, that contestants may differ in
_NAME = re.compile(r"\w(?:[\w .,+=()-]{0,58}[\w+=()-])?")  # a folder may be called so on every system
_RECIPE_FIELDS = tuple(field.name for field in dataclasses.fields(Recipe))


@dataclasses.dataclass(frozen=True)
class Contestant:
    """What `bk.finetune` is called with, but for the seed.

    Args:
        name: for tables and folders.
        encoder: as `bk.finetune` takes it.
        recipe: its seed is not used.
        devices: what is trained on.
    """

    name: str
    encoder: str | os.PathLike | dict[str, Any]
    recipe: Recipe
    devices: Devices

    def settings(self) -> dict[str, Any]:
        """What of it decides its scores, as JSON takes it: a comparison that goes on must have the same."""
        recipe = dataclasses.asdict(self.recipe)
        for name in ("seed", "checkpoint_every"):
            del recipe[name]
        strategy = self.devices.strategy
        strategy = strategy if isinstance(strategy, str) else type(strategy).__name__
        return {"encoder": portable_encoder(self.encoder), "recipe": recipe, "strategy": strategy}


def contestants_of(given: Mapping[str, Any], encoder: Any, recipe: Any, devices: Any) -> tuple[Contestant, ...]:
    """The contestants that `bk.compare` was given, two or more.

    Args:
        given: by name a recipe, an encoder, or a dict of arguments of `bk.finetune`.
        encoder, recipe, devices: what those have that say nothing of it; None for none, or the defaults.

    Raises:
        TypeError, ValueError: naming the contestant at fault.
    """
    if not isinstance(given, Mapping):
        advice = "E.g. {'low': bk.Recipe(learning_rate=2e-5), 'high': bk.Recipe(learning_rate=1e-4)}."
        raise TypeError(checks.message("contestants", "be a dict of recipes or encoders by name", given, advice))
    if len(given) < 2:
        raise ValueError(checks.message("contestants", "be two or more", list(given)))
    shared = {"encoder": encoder, "recipe": recipe, "devices": devices}
    made = tuple(_contestant(name, value, shared) for name, value in given.items())
    if len({one.name.casefold() for one in made}) < len(made):
        must = "have names that differ in more than capital letters, as folders do"
        raise ValueError(checks.message("contestants", must, list(given)))
    return made


def _contestant(name: Any, value: Any, shared: dict[str, Any]) -> Contestant:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        must = "have names of at most 60 letters, digits, spaces and signs of '.,+=()_-', as folders are called by them"
        raise ValueError(checks.message("contestants", must, name))
    where = f"contestants[{name!r}]"
    arguments = {**shared, **_arguments(where, value)}
    if arguments["encoder"] is None:
        advice = "Pass encoder='…' for all, or {'encoder': …, 'recipe': …} for each."
        raise ValueError(checks.message(where, "have an encoder", value, advice))
    if not isinstance(arguments["encoder"], (str, os.PathLike, dict)):
        check_handle(arguments["encoder"])
        must = "have the name, address or folder of an encoder, or a dict of bk.load_encoder's arguments"
        raise TypeError(checks.message(where, must, arguments["encoder"]))
    for argument, cls in (("recipe", Recipe), ("devices", Devices)):
        arguments[argument] = cls() if arguments[argument] is None else arguments[argument]
        if not isinstance(arguments[argument], cls):
            raise TypeError(checks.message(argument, f"be a bk.{cls.__name__}", arguments[argument]))
    return Contestant(name, **arguments)


def _arguments(where: str, value: Any) -> dict[str, Any]:
    """Which of `finetune`'s arguments a contestant has of its own."""
    if isinstance(value, Recipe):
        return {"recipe": value}
    if isinstance(value, Mapping) and not {"handle", *SIZES} & set(value):
        for name in value:
            if name not in _ARGUMENTS:
                is_field = name in _RECIPE_FIELDS
                advice = f"Pass {{'recipe': bk.Recipe({name}=…)}}." if is_field else "The task is one for all."
                must = f"have arguments of bk.finetune, which are {', '.join(_ARGUMENTS)}"
                raise TypeError(checks.message(where, must, name, advice))
        return dict(value)
    if isinstance(value, (str, os.PathLike, dict)):
        return {"encoder": value}
    check_handle(value)
    raise TypeError(checks.message(where, "be a bk.Recipe, an encoder's name, or a dict of both", value))
