"""The command that compares ways to train."""

import dataclasses
import shlex
from typing import Annotated, Any

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app, looking_ahead, say
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.options import field_options, option, under, with_options
from bert_keras.cli.tasks import TASK_OPTIONS, task_options
from bert_keras.cli.training import interruptible

_TYPES = {field.name: field.type for field in dataclasses.fields(bk.Recipe)}
_KEYS = (*(name for name in _TYPES if name != "seed"), "encoder")
_BOOLEANS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_OPTIONS = [
    option("seeds", str, "How many seeds each is trained with, from 0; or the seeds, with commas.", "5"),
    option("baseline", str | None, "The NAME that all others are compared with, and not each two."),
    option("keep", str, "The model folders that stay: best (of each contestant), all, none.", "best"),
    option("resume", bool, "Go on with the comparison in OUT.", False, "--resume"),
]


@app.command(cls=GroupedHelp)
@with_options(
    _OPTIONS,
    under("How all are trained", field_options(bk.Recipe, leave_out=("seed",))),
    TASK_OPTIONS,
    under("On what they are trained", field_options(bk.Devices)),
)
def compare(
    task: Annotated[str, typer.Argument(help="As for finetune.")],
    run: Annotated[
        list[str],
        typer.Option(help="A contestant, 'NAME: field=value …': fields of the recipe, or encoder. Twice or more."),
    ],
    out: Annotated[str, typer.Option(help="The folder to write.")],
    encoder: Annotated[str | None, typer.Option(help="Of contestants that name none.")] = None,
    **options: Any,
) -> None:
    """Train in several ways with several seeds, and say which is better, as far as that can be said.

    Example: bert-keras compare glue/mrpc --encoder sample --out runs/rates --run "low: learning_rate=2e-5" --run "high:
    learning_rate=1e-4"
    """
    made = {}
    for name, cls in (("recipe", bk.Recipe), ("devices", bk.Devices)):
        names = [field.name for field in dataclasses.fields(cls) if field.name in options]
        made[name] = cls(**{field: options.pop(field) for field in names})
    own = {parameter.name: options.pop(parameter.name) for parameter in _OPTIONS}
    own["seeds"] = seeds_of(own["seeds"])
    contestants = contestants_of(run, made["recipe"])
    given = task_options(task, options)
    looking_ahead().look_at_task(task, given)
    looking_ahead().look_at_options(task, given)
    interruptible(
        lambda: bk.compare(bk.load_task(task, **given), contestants, out, encoder=encoder, **made, **own, say=say)
    )


def seeds_of(text: str) -> int | list[int]:
    """A number of seeds, or the seeds themselves, with commas."""
    try:
        numbers = [int(part) for part in text.split(",")]
    except ValueError:
        raise ValueError(checks.message("seeds", "be a number, or numbers with commas", text)) from None
    return numbers if "," in text else numbers[0]


def contestants_of(texts: list[str], recipe: Any) -> dict[str, dict[str, Any]]:
    """By name, what `bk.compare` takes as a contestant, of texts such as "low: learning_rate=2e-5 epochs=4".

    Args:
        texts: one for each contestant.
        recipe: whose fields hold where a text says nothing else.
    """
    made: dict[str, dict[str, Any]] = {}
    for text in texts:
        name, found, settings = text.partition(":")
        name = name.strip()
        if not found or not name:
            must = "be a name, a colon and what it differs in"
            raise ValueError(checks.message("run", must, text, "E.g. --run 'low: learning_rate=2e-5'."))
        if name in made:
            raise ValueError(checks.message("run", "have another name each", text))
        made[name] = _settings(text, settings, recipe)
    return made


def _settings(text: str, settings: str, recipe: Any) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    arguments: dict[str, Any] = {}
    for word in shlex.split(settings):
        key, found, value = word.partition("=")
        key = key.lstrip("-").replace("-", "_")
        if not found or key not in _KEYS:
            must = "have settings of the form field=value, with fields of the recipe or encoder"
            raise ValueError(checks.message("run", must, text, checks.did_you_mean(key, _KEYS)))
        if key == "encoder":
            arguments["encoder"] = value
        else:
            fields[key] = field_value(key, value)
    return {**arguments, "recipe": dataclasses.replace(recipe, **fields)}


def field_value(name: str, text: str) -> Any:
    """The value of a field of the recipe, of the text that was typed for it."""
    kind = _TYPES[name]
    try:
        return _BOOLEANS[text.lower()] if kind is bool else kind(text)
    except (ValueError, KeyError):
        what = {bool: "true or false", int: "a whole number", float: "a number"}[kind]
        raise ValueError(checks.message(name, f"be {what}", text)) from None
