"""Commands that say what is wrong: with an install, and with what lies in a folder, which load nothing heavy; and
what `bert-keras check --learn` does.
"""

import dataclasses
import os
import pathlib
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app
from bert_keras.cli.options import option
from bert_keras.cli.trusted import encoder_of
from bert_keras.installation import doctor as examine
from bert_keras.row_checks.checking_recipe import CHECKING_RECIPE, FROZEN, HOWS, TUNED
from bert_keras.row_checks.write_findings import check_findings_file

LEARNING_OPTIONS = [
    option("out", str | None, "A new .jsonl or .csv file for all findings, one a line; the worst alone are printed."),
    option(
        "how",
        str | None,
        f"{TUNED}, as if not given, fine-tunes the encoder for each fold; {FROZEN} fits a head over its vectors: "
        "quicker, and it finds less.",
    ),
    option("folds", int | None, "Parts that the rows are dealt into; 3 if not given."),
    option("epochs", int | None, f"Of a fine-tuning; {CHECKING_RECIPE.epochs} if not given."),
    option("precision", str | None, "Of a fine-tuning: float32, bfloat16 or float16."),
    option("limit", int | None, "Only N training rows, drawn by the seed."),
    option("seq_length", int | None, "Tokens at which texts are cut: 128; 384 for windows of a context."),
    option("seed", int | None, "Draws the folds, and those that --limit leaves; 0 if not given."),
    option("data_dir", str | None, "Of a task's name: TFDS's data folder, or that of GLUE's TSV or SQuAD's JSON."),
]
_OF_TRAINING = ("epochs", "precision")


@app.command()
def doctor() -> None:
    """Say what is wrong with this install, and the one line that mends it.

    Example: bert-keras doctor
    """
    sys.exit(1 if examine() else 0)


@app.command()
def verify(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="A model folder, an encoder, an export, a run.")],
    accept: Annotated[bool, typer.Option("--accept", help="List the files as they are: changes were meant.")] = False,
) -> None:
    """Say whether a folder holds what was written into it: a line for each file at fault, and status 1.

    Example: bert-keras verify runs/reviews
    Example: bert-keras verify runs/reviews --accept
    """
    faults = bk.verify(folder, accept=accept)
    for name, fault in faults.items():
        print(f"{os.path.join(folder, name)} {fault}")
    if not faults:
        print(f"{folder} holds what was {'accepted' if accept else 'written'}.")
    sys.exit(1 if faults else 0)


def learning_options(options: dict[str, Any], learn: bool) -> dict[str, Any]:
    """Those of `LEARNING_OPTIONS` that were given, taken out of `options` and looked at.

    Raises:
        ValueError: for one without --learn, for one of a training where nothing is trained, and for a value that it
            cannot have.
        FileExistsError: if there is such a file as `out`.
    """
    given = {parameter.name: options.pop(parameter.name) for parameter in LEARNING_OPTIONS}
    given = {name: value for name, value in given.items() if value is not None}
    if given and not learn:
        name, value = next(iter(given.items()))
        raise ValueError(checks.message(name, "be left out without --learn, which it is for", value))
    if "how" in given:
        checks.one_of("how", given["how"], HOWS)
    for name, low in {"folds": 2, "epochs": 1, "limit": 1, "seq_length": 3, "seed": 0}.items():
        if name in given:
            checks.integer(name, given[name], low)
    trained = [name for name in _OF_TRAINING if name in given]
    if trained and given.get("how") == FROZEN:
        must = f"be left out with --how {FROZEN}, which trains no encoder"
        raise ValueError(checks.message(trained[0], must, given[trained[0]]))
    dataclasses.replace(CHECKING_RECIPE, **{name: given[name] for name in trained})
    if "out" in given:
        check_findings_file(given["out"])
    return given


def is_task_name(file: str) -> bool:
    """Whether what a user typed for a file is a task's name, as glue/sst2: nothing of that name is there."""
    return not os.path.exists(os.path.expanduser(file)) and not pathlib.Path(file).suffix


def learn_from_rows(
    files: Any,
    is_name: bool,
    encoder: str | None,
    trust: bool,
    reading: Mapping[str, Any],
    learning: Mapping[str, Any],
    quiet: bool,
) -> Any:
    """A `bk.RowReport` of files or a task's name, written where `out` says.

    Args:
        files: as `bk.load_files` takes them, or a name.
        is_name: whether it is one.
        encoder: a handle; "sample" if None.
        trust: whether its program may be any.
        reading: options of `bk.load_files`, how the files are read.
        learning: what `learning_options` gave.
        quiet: whether nothing is said of the progress.
    """
    of_task = {name: learning[name] for name in ("limit", "seq_length") if name in learning}
    of_task["split_seed"] = learning.get("seed", 0)
    if is_name:
        task = bk.load_task(files, data_dir=learning.get("data_dir"), **of_task)
    else:
        task = bk.load_files(files, validation_share=0.0, **of_task, **reading)
    options = {name: learning[name] for name in ("how", "folds", "seed") if name in learning}
    trained = {name: learning[name] for name in _OF_TRAINING if name in learning}
    if trained:
        options["recipe"] = dataclasses.replace(CHECKING_RECIPE, **trained)
    if quiet:
        options["say"] = lambda line: None
    report = bk.check_rows(task, encoder_of("sample" if encoder is None else encoder, trust), **options)
    if "out" in learning:
        path = report.write(learning["out"])
        if not quiet:
            print(f"all findings are in {path}")
    return report
