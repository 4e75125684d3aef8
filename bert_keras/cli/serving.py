"""The command that serves a model over HTTP."""

import sys
from typing import Annotated, Any

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app, looking_ahead, say
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.options import field_options, under, with_options
from bert_keras.cli.trusted import Trust


@app.command(cls=GroupedHelp)
@with_options(under("Limits", field_options(bk.ServingLimits)))
def serve(
    folder: Annotated[
        str, typer.Argument(metavar="DIR", help="A model folder, an export, or a folder of exports by version.")
    ],
    port: Annotated[int, typer.Option(help="Of the server; 0 takes a free one.")] = 8501,
    host: Annotated[
        str,
        typer.Option(help="The address to listen on, as 127.0.0.1 or ::1; any but this machine's own lets others in."),
    ] = "127.0.0.1",
    name: Annotated[str | None, typer.Option(help="Of the model in the address; the folder's, if not given.")] = None,
    trust: Trust = False,
    **limits: Any,
) -> None:
    """Serve a tuned model by TensorFlow Serving's REST interface; SIGTERM or Ctrl-C ends it.

    POST /v1/models/NAME:predict, GET /v1/models/NAME and /v1/models/NAME/metadata; /healthz, /readyz and /metrics.
    Requests that wait are run together. It needs uvicorn: pip install uvicorn.

    Example: bert-keras serve runs/reviews --port 8501
    """
    checks.integer("port", port, 0, 65535)
    made = bk.ServingLimits(**limits)
    looking_ahead().look_at_served(folder, name)
    try:
        bk.serve(folder, port, host=host, name=name, limits=made, trust=trust, say=say)
    except ModuleNotFoundError as error:
        if error.name != "uvicorn":
            raise
        print(f"bert-keras: {error}", file=sys.stderr)
        raise typer.Exit(1) from None
