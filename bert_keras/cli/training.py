"""Commands that train."""

import dataclasses
import os
import pathlib
import sys
from collections.abc import Callable
from typing import Annotated, Any

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app, looking_ahead, say
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.options import field_options, option, under, with_options
from bert_keras.cli.tasks import TASK_OPTIONS, task_options
from bert_keras.cli.trusted import Trust, encoder_of
from bert_keras.disk import recover
from bert_keras.optimization.recipe import FEW_LABELS, MAX_PAIRS, UNUSED_FOR_FEW
from bert_keras.running.folders.folder_files import finished
from bert_keras.training.launching import LAUNCHED, of_this_library
from bert_keras.training.launching import launch as start

RUN_OPTIONS = [
    option("resume", bool, "Go on with an interrupted run in OUT.", False, "--resume"),
    option("overwrite", bool, "Replace what is in OUT.", False, "--overwrite"),
]
_STRATEGY = (
    "auto takes what is there; one, mirrored (a copy on each GPU), tpu, or multiworker (see `bert-keras launch`)."
)

MOST_PAIRS = typer.Option(
    help="Pairs of rows that an epoch looks at, at most; 0 leaves the encoder as it is.",
    show_default=f"{MAX_PAIRS}, or 0 where its vectors part the classes already",
)
Layers = Annotated[
    int | None, typer.Option(help="Keep the encoder's first N layers alone, and train the native encoder.")
]
PreprocessorName = Annotated[
    str | None,
    typer.Option(help="The encoder's preprocessing model, a name, address or folder, if the catalogue names none."),
]


@app.command(cls=GroupedHelp)
@with_options(
    RUN_OPTIONS,
    under("How it is trained", field_options(bk.Recipe)),
    TASK_OPTIONS,
    under("On what it is trained", field_options(bk.Devices, strategy=_STRATEGY)),
)
def finetune(
    task: Annotated[
        str,
        typer.Argument(
            help="glue/mrpc, squad/v2.0, imdb_reviews, conll2003, a .json, .csv, .tsv, .jsonl or .conll file, …"
        ),
    ],
    encoder: Annotated[str, typer.Option(help="A name of `bert-keras encoders`, an address, a folder, a .tar.gz.")],
    out: Annotated[str, typer.Option(help="The model folder to write.")],
    layers: Layers = None,
    preprocessor: PreprocessorName = None,
    trust: Trust = False,
    **options: Any,
) -> None:
    """Fine-tune an encoder on a task and write a model folder.

    Example: bert-keras finetune glue/mrpc --encoder bert_en_uncased_L-12_H-768_A-12 --out runs/mrpc
    """
    run = run_arguments(options)
    given = task_options(task, options)
    if not {LAUNCHED, "TF_CONFIG"} & set(os.environ):  # of several workers one writes, and may have begun
        looking_ahead().look_at_run(task, encoder, out, given, run["resume"], run["overwrite"])
    start_from = encoder_of(encoder, trust, num_layers=layers, preprocessor=preprocessor)
    interruptible(lambda: bk.finetune(bk.load_task(task, **given), start_from, out, **run))


@app.command(cls=GroupedHelp)
@with_options(
    RUN_OPTIONS,
    under(
        "How it is trained",
        field_options(
            bk.Recipe,
            FEW_LABELS,
            leave_out=(*UNUSED_FOR_FEW, "pooling"),
            epochs="Passes over the pairs.",
            batch_size="Pairs a step, of all devices together.",
            seed="Of the pairs, their order and dropout.",
        ),
    ),
    TASK_OPTIONS,
    under(
        "On what it is trained",
        field_options(
            bk.Devices,
            leave_out=("worker_timeout",),
            strategy="auto takes what is there; one, mirrored (each GPU), tpu.",
        ),
    ),
)
def fit_few(
    task: Annotated[
        str, typer.Argument(help="A .csv, .tsv, .jsonl, … file of texts and labels, or glue/sst2 and such.")
    ],
    encoder: Annotated[str, typer.Option(help="A name of `bert-keras encoders`, an address, a folder: of sentences.")],
    out: Annotated[str, typer.Option(help="The model folder to write.")],
    max_pairs: Annotated[int | None, MOST_PAIRS] = None,
    layers: Layers = None,
    preprocessor: PreprocessorName = None,
    trust: Trust = False,
    **options: Any,
) -> None:
    """Train a classifier of texts with few labels a class: on pairs of them, then a linear head.

    Example: bert-keras fit-few messages.csv --encoder sample/all-MiniLM-L6-v2 --out runs/subjects
    """
    run = run_arguments(options)
    given = task_options(task, options)
    looking_ahead().look_at_run(task, encoder, out, given, run["resume"], run["overwrite"])
    start_from = encoder_of(encoder, trust, num_layers=layers, preprocessor=preprocessor)
    interruptible(lambda: bk.fit_few(bk.load_task(task, **given), start_from, out, max_pairs=max_pairs, **run))


def run_arguments(options: dict[str, Any]) -> dict[str, Any]:
    """Recipe, devices and what else a run takes, out of a command's options, which lose them."""
    made = {}
    for name, cls in (("recipe", bk.Recipe), ("devices", bk.Devices)):
        names = [field.name for field in dataclasses.fields(cls) if field.name in options]
        made[name] = cls(**{field: options.pop(field) for field in names})
    return {**made, **{parameter.name: options.pop(parameter.name) for parameter in RUN_OPTIONS}, "say": say}


def interruptible(run: Callable[[], Any]) -> None:
    """Runs what may be interrupted; a run that has begun to train has said how to go on."""
    try:
        run()
    except KeyboardInterrupt as error:
        if not error.args:
            print("bert-keras: interrupted before training began.", file=sys.stderr)
        raise typer.Exit(130) from None


@app.command(context_settings={"ignore_unknown_options": True})
def launch(
    arguments: Annotated[list[str], typer.Argument(metavar="-- finetune …", help="The command of every worker.")],
    workers: Annotated[int, typer.Option(help="Processes on this machine.")] = 0,
    hosts: Annotated[
        str | None, typer.Option(help="host:port of each machine, with commas: run the same command on every one.")
    ] = None,
    index: Annotated[
        int | None, typer.Option(help="This machine's place among the hosts, from 0, if its address does not tell.")
    ] = None,
    max_restarts: Annotated[int, typer.Option(help="Times to go on from the last finished epoch after a failure.")] = 0,
) -> None:
    """Train in several processes, on this machine or on several, as one run.

    Example: bert-keras launch --workers 2 -- finetune glue/mrpc --encoder sample/all-MiniLM-L6-v2 --out runs/mrpc
    """
    if arguments[0] != "finetune":
        advice = "E.g. bert-keras launch --workers 2 -- finetune …"
        raise ValueError(checks.message("command", "be finetune", arguments[0], advice))
    sys.exit(
        start(
            of_this_library(arguments),
            workers,
            hosts=hosts.split(",") if hosts else None,
            index=index,
            max_restarts=max_restarts,
            again=_again(arguments),
            say=say,
        )
    )


def _again(arguments: list[str]) -> Callable[[], list[str] | None]:
    """What gives the command of a restart, or None: it depends on how far the run came, which its folder tells."""
    resumed = [word for word in arguments if word not in ("--overwrite", "--resume")] + ["--resume"]
    words = [part for word in arguments for part in ([*word.split("=", 1)] if word.startswith("--out=") else [word])]
    out = pathlib.Path(words[words.index("--out") + 1]).expanduser() if "--out" in words[:-1] else None
    before = finished(out)

    def again() -> list[str] | None:
        if out is not None:
            recover("out", out)
        now = finished(out)
        if now is None:
            return of_this_library(resumed)
        return of_this_library(arguments) if now == before else None

    return again
