"""`demo`: a page on this machine to try a tuned model in."""

import os
import webbrowser
from collections.abc import Callable

from bert_keras import checks
from bert_keras.foreign_names import foreign_names
from bert_keras.inspection.trying.demo_server import DemoServer
from bert_keras.running.loading.load import load
from bert_keras.tuned.predictor import Predictor


@checks.answers(**foreign_names("demo"))
def demo(
    model: str | os.PathLike | Predictor,
    port: int = 8000,
    *,
    host: str = "127.0.0.1",
    open_browser: bool = False,
    say: Callable[[str], None] = print,
) -> None:
    """Serves a page to try a model in, until it is interrupted (Ctrl-C).

    Texts in; label with probabilities, answers and entities marked in their text, the best choice out. Of classifiers
    the words that speak for a label, and against it, are shown at a click. The page loads nothing from elsewhere, and
    nothing that is typed leaves this machine.

    >>> bk.demo("runs/reviews")
    http://127.0.0.1:8000/ shows runs/reviews. Ctrl-C ends it.

    Args:
        model: a model folder, a `.keras` file, or what `bk.load` or `bk.predictor` gives.
        port: on which the page is; 0 takes a free one.
        host: the address that is listened on, such as "127.0.0.1" or "::1". Any other than this machine's own lets
            others in, who need no password.
        open_browser: whether the page is opened in the browser.
        say: takes each line.

    Raises:
        OSError: if the port is in use, or cannot be had.
        ValueError, TypeError: as `bk.load`.
    """
    checks.integer("port", port, 0, 65535)
    predictor = model if isinstance(model, Predictor) else load(model)
    with DemoServer(predictor, checks.text("host", host), port) as server:
        name = predictor.config.get("task") if isinstance(model, Predictor) else os.fspath(model)
        say(f"{server.url} shows {name}. Ctrl-C ends it.")
        if open_browser:
            webbrowser.open(server.url)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say("ended")
