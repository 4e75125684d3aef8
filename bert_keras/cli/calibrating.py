"""The command that makes a tuned model's probabilities honest."""

import dataclasses
import json
from typing import Annotated

import typer

import bert_keras as bk
from bert_keras.cli.app import app, looking_ahead
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.trusted import Trust
from bert_keras.cli.using import ROWS, DataDir, Folder, OtherTask, Part, TrainedRows

_PROMISE = "What is promised"


@app.command(cls=GroupedHelp)
def calibrate(
    folder: Folder,
    precision: Annotated[
        float | None,
        typer.Option(help="Say nothing where less than this share would be right.", rich_help_panel=_PROMISE),
    ] = None,
    false_alarms: Annotated[
        float | None,
        typer.Option(
            help="Say what is unlike the texts that the model knows; of others call this share so at most.",
            rich_help_panel=_PROMISE,
        ),
    ] = None,
    assurance: Annotated[float, typer.Option(help="How sure each promise is.", rich_help_panel=_PROMISE)] = 0.9,
    task: OtherTask = None,
    data_dir: DataDir = None,
    part: Part = "validation",
    trained_rows: TrainedRows = "refuse",
    seed: Annotated[int, typer.Option(help="Draws the half that is fitted on.", rich_help_panel=ROWS)] = 0,
    trust: Trust = False,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON, for machines.")] = False,
) -> None:
    """Fit a temperature to the model in DIR, by which its probabilities say how often they are right.

    It is fitted on one half of rows with labels; what is printed is of the other half. DIR then holds the calibrated
    model. With --precision the model says nothing where it is not sure enough to keep that promise; with --false-alarms
    it says which texts are unlike those that it knows, and gives them no label.

    Example: bert-keras calibrate runs/reviews --precision 0.95
    """
    looking_ahead().look_at_folder(folder, part, trained_rows)
    data = task
    if data_dir is not None:
        data = bk.load(folder, trust=trust).task_data(part, task, data_dir, trained_rows)
    promised = {"precision": precision, "false_alarms": false_alarms, "assurance": assurance}
    found = bk.calibrate(folder, data, part, **promised, seed=seed, trained_rows=trained_rows, trust=trust)
    print(json.dumps(dataclasses.asdict(found)) if as_json else found)
