"""Commands that look for settings: by whole runs, or a learning rate by some steps."""

import dataclasses
import importlib.util
import pathlib
from typing import Annotated, Any

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app, looking_ahead, say
from bert_keras.cli.comparing import field_value
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.options import field_options, option, under, with_options
from bert_keras.cli.tasks import TASK_OPTIONS, task_options
from bert_keras.cli.training import Layers, PreprocessorName, interruptible
from bert_keras.cli.trusted import Trust, encoder_of
from bert_keras.disk import whole_file

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


_PICTURES = (".png", ".svg", ".pdf")
_NOT_OF_RATES = ("learning_rate", "warmup_share", "schedule", "epochs", "patience", "checkpoint_every", "packed")
_RATES = [
    option("lowest", float, "The rate of the first step.", 1e-6),
    option("highest", float, "The rate of the last step.", 1e-2),
    option("steps", int, "How many; fewer where the loss rises far before.", 100),
]


@app.command(cls=GroupedHelp)
@with_options(_RATES, under("How it is trained", field_options(bk.Recipe, leave_out=_NOT_OF_RATES)), TASK_OPTIONS)
def find_learning_rate(
    task: Annotated[str, typer.Argument(help="As for finetune.")],
    encoder: Annotated[str, typer.Option(help="A name of `bert-keras encoders`, an address, a folder.")],
    picture: Annotated[
        pathlib.Path | None, typer.Option(help="A file to draw the loss into, by rate: .png, .svg or .pdf.")
    ] = None,
    layers: Layers = None,
    preprocessor: PreprocessorName = None,
    trust: Trust = False,
    **options: Any,
) -> None:
    """Train some steps, each with a higher learning rate, and print at which rate the loss falls.

    Example: bert-keras find-learning-rate reviews.csv --encoder sample --picture rates.png
    """
    if picture is not None:
        _check_picture(picture)
    own = {parameter.name: options.pop(parameter.name) for parameter in _RATES}
    fields = {field.name: options.pop(field.name) for field in dataclasses.fields(bk.Recipe) if field.name in options}
    recipe = bk.Recipe(**fields)
    given = task_options(task, options)
    looking_ahead().look_at_task(task, given)
    looking_ahead().look_at_options(task, given)
    start_from = encoder_of(encoder, trust, num_layers=layers, preprocessor=preprocessor)
    curve = bk.find_learning_rate(bk.load_task(task, **given), start_from, recipe=recipe, **own, say=say)
    print(curve)
    if picture is not None:
        figure = bk.plot.learning_rates(curve)
        with whole_file("picture", picture, "The curve was not drawn.") as beside:
            figure.savefig(beside, format=picture.suffix[1:].lower())


def _check_picture(file: pathlib.Path) -> None:
    """Raises before anything is trained where no picture can be drawn into a file."""
    if importlib.util.find_spec("matplotlib") is None:
        raise ValueError("--picture draws with matplotlib, which is not here: pip install matplotlib")
    if file.suffix.lower() not in _PICTURES:
        must = f"end in {', '.join(_PICTURES)}"
        raise ValueError(checks.message("picture", must, str(file)))
    if file.exists():
        raise FileExistsError(checks.message("picture", "be a new file", str(file), "Pass another name."))
    if not file.absolute().parent.is_dir():
        raise ValueError(checks.message("picture", "be in a folder that is there", str(file)))


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
