"""`serve`: a tuned model or an export behind TensorFlow Serving's REST interface."""

import os
from collections.abc import Callable

from bert_keras import checks
from bert_keras.serving.batcher import Batcher
from bert_keras.serving.http_server import HttpServer
from bert_keras.serving.rest_app import RestApp
from bert_keras.serving.servable import Servable
from bert_keras.serving.served_folder import ServedFolder
from bert_keras.serving.serving_limits import ServingLimits

PORT = 8501  # TensorFlow Serving's own for REST


def serve(
    folder: str | os.PathLike,
    port: int = PORT,
    *,
    host: str = "127.0.0.1",
    name: str | None = None,
    limits: ServingLimits | None = None,
    trust: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Serves a tuned model by TensorFlow Serving's REST interface, until the process is told to end (SIGTERM, Ctrl-C).

    A request has a list of rows or an object of columns, of strings, for a signature of the model's export
    (`bk.export`), and is answered with what the export answers. Requests that wait are run together.

    >>> bk.serve("runs/reviews")
    http://127.0.0.1:8501/v1/models/reviews:predict answers for runs/reviews. Ctrl-C ends it.

    $ curl -d '{"instances": ["Not once did it fail."]}' http://127.0.0.1:8501/v1/models/reviews:predict
    {"predictions": [{"label_id": 1, "label": "positive", "probabilities": [0.02, 0.98]}]}

    `GET /v1/models/NAME` says how the model is, `…/metadata` what its signatures take, `/healthz` and `/readyz` whether
    the server lives and takes requests, and `/metrics` its counts, for Prometheus. The server needs uvicorn:
    `pip install uvicorn`.

    Args:
        folder: a model folder, a `.keras` file, what `bk.export` wrote, or a folder of exports by version, of which the
            highest is served.
        port: on which the server is; 0 takes a free one.
        host: the address that is listened on, such as "127.0.0.1" or "::1". Any other than this machine's own lets
            others in, who need no password.
        name: of the model, as it stands in the address; the folder's own if None.
        limits: of requests, batches and the queue.
        trust: serves a graph that may do more than compute, such as reading and writing files, as `bk.load` does.
        say: takes each line.

    Raises:
        OSError: if the port is in use, or cannot be had.
        ValueError, TypeError: if there is no model to serve.
        ModuleNotFoundError: without uvicorn.
        RuntimeError: on another backend of Keras than TensorFlow, or inside a running event loop, as in a notebook.
    """
    checks.integer("port", port, 0, 65535)
    limits = limits or ServingLimits()
    if not isinstance(limits, ServingLimits):
        raise TypeError(checks.message("limits", "be bk.ServingLimits(…)", limits))
    checks.boolean("trust", trust)
    found = ServedFolder.find(folder, name)
    if not found.is_export:
        checks.tensorflow_backend("bk.serve of a model folder", "An export (bk.export) is served on any.")
    server = HttpServer(checks.text("host", host), port, limits.stop_seconds)

    def loaded() -> None:
        if not server.is_stopping:
            say(f"{server.url}/v1/models/{found.name}:predict answers for {os.fspath(folder)}. Ctrl-C ends it.")

    batcher = Batcher(lambda: Servable.load(found, trust), limits, loaded, server.stop)
    batcher.start()
    try:
        server.run(RestApp(batcher, found.name, found.version, limits, lambda: server.is_stopping))
    finally:
        batcher.end()
    if batcher.failure is not None:
        raise batcher.failure
    say("ended")
