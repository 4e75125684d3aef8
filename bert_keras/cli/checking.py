"""Commands that say what is wrong: with an install, and with what lies in a folder. They load nothing heavy."""

import os
import sys
from typing import Annotated

import typer

import bert_keras as bk
from bert_keras.cli.app import app
from bert_keras.installation import doctor as examine


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
