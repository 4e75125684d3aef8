"""`trusted` and `encoder_of`: models and encoders whose graphs may do more than compute, where `--trust` says so."""

from typing import Annotated, Any

import typer

import bert_keras as bk

Trust = Annotated[
    bool, typer.Option("--trust", help="Load a graph that may do more than compute; trust it as you would a program.")
]


def encoder_of(handle: str, trust: bool, **said: Any) -> str | dict[str, Any]:
    """What is trained: a handle, or where more is said of it a dict of `bk.load_encoder`'s arguments."""
    stated = {name: value for name, value in {"trust": trust or None, **said}.items() if value is not None}
    return {"handle": handle, **stated} if stated else handle


def trusted(folder: str, trust: bool) -> Any:
    """A model folder for calls of the library that take a loaded one, too: loaded where it is trusted."""
    return bk.load(folder, trust=True) if trust else folder
