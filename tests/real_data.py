"""Where the public data sets lie beside the project, for the tests that use them."""

import os
import pathlib

import pytest


def _find() -> pathlib.Path | None:
    named = os.environ.get("BERT_KERAS_SHARED")
    folder = pathlib.Path(named) if named else pathlib.Path(__file__).resolve().parents[2] / "shared"
    return folder if (folder / "data").is_dir() else None


SHARED = _find()
needs_shared = pytest.mark.skipif(
    SHARED is None, reason="the public data sets are not here: put them in ../shared or set BERT_KERAS_SHARED"
)
