"""The command that plans a run."""

import json
from typing import Annotated

import typer

import bert_keras as bk
from bert_keras.cli.app import app
from bert_keras.cli.grouped_help import GroupedHelp

_STEP, _MACHINE = "The training step", "The machine"  # headings of the help


@app.command(cls=GroupedHelp)
def plan(
    encoder: Annotated[
        str, typer.Option(help="A name of `bert-keras encoders`, `sample`, or a folder.", rich_help_panel=_STEP)
    ],
    seq_length: Annotated[int, typer.Option(help="Tokens of each row.", rich_help_panel=_STEP)],
    memory: Annotated[str, typer.Option(help="Of each device: 12GiB, 16000MiB, 24GB.", rich_help_panel=_MACHINE)],
    batch_size: Annotated[
        int, typer.Option(help="Examples a step, of all devices.", rich_help_panel=_STEP)
    ] = bk.Recipe.batch_size,
    devices: Annotated[int, typer.Option(help="Devices there are, all alike.", rich_help_panel=_MACHINE)] = 1,
    precision: Annotated[
        str | None,
        typer.Option(help="The only one to try: float32, bfloat16 or float16.", rich_help_panel=_STEP),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON, for machines.")] = False,
) -> None:
    """Say how a training step fits the memory there is, by which change at least; status 1 if by none.

    Example: bert-keras plan --encoder bert_en_uncased_L-24_H-1024_A-16 --seq-length 384 --memory 12GiB
    """
    found = bk.plan(encoder, seq_length, memory, batch_size=batch_size, devices=devices, precision=precision)
    print(json.dumps(found.to_dict()) if as_json else found)
    if not found.fits:
        raise typer.Exit(1)
