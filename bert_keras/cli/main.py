"""`main`: the command line's door."""

import atexit
import gc
import os
import sys

import bert_keras.cli.calibrating
import bert_keras.cli.checking
import bert_keras.cli.comparing
import bert_keras.cli.encoders
import bert_keras.cli.export
import bert_keras.cli.importing
import bert_keras.cli.planning
import bert_keras.cli.pretraining
import bert_keras.cli.reporting
import bert_keras.cli.retrieving
import bert_keras.cli.searching
import bert_keras.cli.serving
import bert_keras.cli.tasks
import bert_keras.cli.training
import bert_keras.cli.trying
import bert_keras.cli.using  # noqa: F401  (they register their commands)
from bert_keras.cli.app import app, plain
from bert_keras.cli.lean_imports import lean_imports
from bert_keras.training.launching import LAUNCHED, MISTAKE


def main() -> None:
    """Runs the command line; a user's mistake ends it with one message and status 1, of a launched worker 2."""
    # TensorFlow tells of every GPU library it does not find; its own errors reach the user as exceptions.
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    lean_imports()
    # Imports and traces make millions of objects that stay: looking among them for garbage took a tenth of a short run.
    gc.set_threshold(50_000, 20, 20)
    atexit.register(gc.freeze)  # and when the process ends another twentieth
    try:
        app()
    except (ValueError, TypeError, OSError) as error:
        print(f"bert-keras: {plain(str(error))}", file=sys.stderr)
        is_mistake = isinstance(error, (ValueError, TypeError, FileExistsError))
        sys.exit(MISTAKE if is_mistake and LAUNCHED in os.environ else 1)
