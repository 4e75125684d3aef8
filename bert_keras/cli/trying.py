"""The command that shows a page to try a model in."""

from typing import Annotated

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app, looking_ahead, say
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.trusted import Trust, trusted
from bert_keras.cli.using import Folder

_WHERE = "Where the page is"  # a heading of the help


@app.command(cls=GroupedHelp)
def demo(
    folder: Folder,
    port: Annotated[int, typer.Option(help="Of the page; 0 takes a free one.", rich_help_panel=_WHERE)] = 8000,
    host: Annotated[
        str,
        typer.Option(
            help="The address to listen on, as 127.0.0.1 or ::1; any but this machine's own lets others in.",
            rich_help_panel=_WHERE,
        ),
    ] = "127.0.0.1",
    trust: Trust = False,
    browser: Annotated[bool, typer.Option("--browser", help="Open the page in the browser.")] = False,
) -> None:
    """Show a page on this machine to try a tuned model in: texts in, answers out; Ctrl-C ends it.

    Example: bert-keras demo runs/reviews
    """
    checks.integer("port", port, 0, 65535)
    looking_ahead().look_at_folder(folder)
    bk.demo(trusted(folder, trust), port, host=host, open_browser=browser, say=say)
