"""`trusted`: `--trust`, for models and encoders whose graphs may do more than compute."""

from typing import Annotated, Any

import typer

import bert_keras as bk

Trust = Annotated[
    bool, typer.Option("--trust", help="Load a graph that may do more than compute; trust it as you would a program.")
]


def trusted(folder: str, trust: bool) -> Any:
    """A model folder for calls of the library that take a loaded one, too: loaded where it is trusted."""
    return bk.load(folder, trust=True) if trust else folder
