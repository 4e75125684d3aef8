"""The command that searches for settings."""

import dataclasses
import importlib.util
from typing import Annotated, Any

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app, looking_ahead, say
from bert_keras.cli.comparing import field_value
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.options import field_options, option, under, with_options
from bert_keras.cli.tasks import TASK_OPTIONS, task_options
from bert_keras.cli.training import interruptible

_KNOWN = (*(field.name for field in dataclasses.fields(bk.Recipe)), "encoder")
_OPTIONS = [
    option("trials", int, "How many at most.", 20),
    option("seeds", int, "With how many other seeds the best are trained again and compared; 1 for none.", 1),
    option("prune", bool, "End a trial that is worse than the median of the others after as many epochs.", True),
    option("search_seed", int, "Of the draws.", 0),
    option("resume", bool, "Go on with the search in OUT.", False, "--resume"),
]


@app.command(cls=GroupedHelp)
@with_options(
    _OPTIONS,
    under("What holds where nothing is drawn", field_options(bk.Recipe)),
    TASK_OPTIONS,
    under("On what they are trained", field_options(bk.Devices)),
)
def search(
    task: Annotated[str, typer.Argument(help="As for finetune.")],
    vary: Annotated[
        list[str],
        typer.Option(
            help="A field of the recipe, or encoder, with a range, 'learning_rate=1e-5..1e-4', or choices, "
            "'batch_size=16,32'; ';' between choices that hold commas. Once or more."
        ),
    ],
    out: Annotated[str, typer.Option(help="The folder to write.")],
    encoder: Annotated[str | None, typer.Option(help="Where none is drawn.")] = None,
    **options: Any,
) -> None:
    """Train with settings that are drawn by what earlier ones reached, and say what the best of them is worth.

    Example: bert-keras search glue/mrpc --encoder sample --out runs/search --vary learning_rate=1e-5..1e-4 --vary
    batch_size=16,32 --trials 20 --seeds 5
    """
    if importlib.util.find_spec("optuna") is None:
        raise ValueError("bert-keras search draws with Optuna, which is not here: pip install optuna")
    made = {}
    for name, cls in (("recipe", bk.Recipe), ("devices", bk.Devices)):
        names = [field.name for field in dataclasses.fields(cls) if field.name in options]
        made[name] = cls(**{field: options.pop(field) for field in names})
    own = {parameter.name: options.pop(parameter.name) for parameter in _OPTIONS}
    space = space_of(vary)
    given = task_options(task, options)
    looking_ahead().look_at_task(task, given)
    looking_ahead().look_at_options(task, given)
    interruptible(lambda: bk.search(bk.load_task(task, **given), space, out, encoder=encoder, **made, **own, say=say))


def space_of(texts: list[str]) -> dict[str, Any]:
    """What `bk.search` takes as a space, of texts such as "learning_rate=1e-5..1e-4" and "batch_size=16,32"."""
    space: dict[str, Any] = {}
    for text in texts:
        name, found, values = text.partition("=")
        name = name.strip().lstrip("-").replace("-", "_")
        if not found or not values.strip() or name not in _KNOWN:
            must = "be a field of the recipe, or encoder, and what it is drawn from"
            advice = checks.did_you_mean(name, _KNOWN) or "E.g. --vary learning_rate=1e-5..1e-4."
            raise ValueError(checks.message("vary", must, text, advice))
        if name in space:
            raise ValueError(checks.message("vary", "have another field each", text))
        ends = values.split("..")
        if len(ends) == 2 and name != "encoder":
            space[name] = tuple(field_value(name, end.strip()) for end in ends)
        else:
            choices = [choice.strip() for choice in values.split(";" if ";" in values else ",")]
            space[name] = choices if name == "encoder" else [field_value(name, choice) for choice in choices]
    return space
