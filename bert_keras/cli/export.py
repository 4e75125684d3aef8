"""The command that writes a tuned model for other programs."""

import sys
from typing import Annotated

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app, looking_ahead
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.trusted import Trust, trusted
from bert_keras.cli.using import ROWS, WRITTEN, DataDir, Folder
from bert_keras.running.exporting.formats import FORMATS


@app.command(cls=GroupedHelp)
def export(
    folder: Folder,
    out: Annotated[str, typer.Argument(help="The new folder.")],
    to: Annotated[
        str,
        typer.Option(
            metavar="<" + "|".join(FORMATS) + ">", help="The format of the other program.", rich_help_panel=WRITTEN
        ),
    ] = "savedmodel",
    opset: Annotated[
        int | None,
        typer.Option(help="Of onnx: the version of its operators; 17 if not given.", rich_help_panel=WRITTEN),
    ] = None,
    quantization: Annotated[
        str | None,
        typer.Option(
            metavar="<int8|int8_static>", help="Of onnx and litert: a quarter of the size.", rich_help_panel=WRITTEN
        ),
    ] = None,
    seq_length: Annotated[
        int | None,
        typer.Option(help="Of litert: the one length of rows; any length if not given.", rich_help_panel=WRITTEN),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(
            help="Of onnx and litert: a task, or a table of your own, to score the exported model on.",
            rich_help_panel=ROWS,
        ),
    ] = None,
    data_dir: DataDir = None,
    trust: Trust = False,
) -> None:
    """Write a model for other programs: TensorFlow Serving, transformers, ONNX Runtime, LiteRT.

    A savedmodel takes strings; the others take ids, and have a tokenizer.json beside them that makes these.

    Example: bert-keras export runs/reviews served/reviews/1
    Example: bert-keras export runs/reviews onnx/reviews --to onnx --quantization int8 --data held_out.csv
    """
    options = {"data": data, "opset": opset, "quantization": quantization, "seq_length": seq_length}
    if data_dir is not None and data is None:
        raise ValueError(checks.message("data_dir", "come with a task that lies there", data_dir, "Pass --data NAME."))
    looking_ahead().look_at_export(folder, out, to, options)
    if data_dir is not None:
        options["data"] = bk.load_task(data, data_dir=data_dir)
    # What is printed is the folder, for scripts; what there is to say of it goes to the other stream.
    model = trusted(folder, trust)
    print(bk.export(model, out, to, **options, say=lambda line: print(line, file=sys.stderr, flush=True)))
