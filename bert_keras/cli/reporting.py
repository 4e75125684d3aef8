"""The command that reports of a tuned model."""

from typing import Annotated

import typer

import bert_keras as bk
from bert_keras.cli.app import app, looking_ahead
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.trusted import Trust
from bert_keras.cli.using import DataDir, Folder, OtherTask, Part, TrainedRows
from bert_keras.inspection.reporting.report_file import check_report_file


@app.command(cls=GroupedHelp)
def report(
    folder: Folder,
    out: Annotated[str | None, typer.Option(help="The HTML file; report.html in DIR, if not given.")] = None,
    task: OtherTask = None,
    data_dir: DataDir = None,
    part: Part = "validation",
    trained_rows: TrainedRows = "refuse",
    trust: Trust = False,
) -> None:
    """Write a report of a tuned model as one HTML file, and its model card, and print where the report is.

    Scores with intervals, by class or type, what is taken for what, calibration, the worst errors, the curves of
    training, data, encoder, and lines of code. Where the rows are not there it holds what the folder says.

    Example: bert-keras report runs/reviews
    """
    check_report_file(folder, out, part)
    looking_ahead().look_at_folder(folder, part, trained_rows)
    print(bk.report(folder, out, data=task, part=part, data_dir=data_dir, trained_rows=trained_rows, trust=trust))
