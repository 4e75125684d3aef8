"""What the commands share: the application and its errors."""

import importlib
from typing import Annotated, Any

import typer

import bert_keras as bk

app = typer.Typer(
    help="Fine-tune the BERT encoders of TensorFlow Hub in Keras 3, and take them to production.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _say_version(is_asked: bool) -> None:
    if is_asked:
        print(f"bert_keras {bk.__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_say_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Takes the options that stand before a command."""


def looking_ahead() -> Any:
    """The checks before TensorFlow is loaded; they load NumPy, which `--help` does without."""
    return importlib.import_module("bert_keras.cli.looking_ahead")


def say(line: str) -> None:
    print(line, flush=True)


def plain(text: str) -> str:
    """An exception's text without the frame that Keras puts around it."""
    text = text.replace("\x1b[1m", "").replace("\x1b[0m", "")
    if text.startswith("Exception encountered when calling"):
        body = text.split("\n\n")
        return body[1] if len(body) > 1 else text
    return text
