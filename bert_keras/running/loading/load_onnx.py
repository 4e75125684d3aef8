"""`load_onnx`: an export to ONNX as a predictor on strings, by ONNX Runtime. Loads neither TensorFlow nor Keras."""

import importlib
import importlib.util
import os
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.disk import sha256_of
from bert_keras.from_json import from_json
from bert_keras.hub.check_written import check_written
from bert_keras.manifest import Manifest
from bert_keras.running.folders.check_fields import check_needed
from bert_keras.running.folders.folder_files import CONFIG, ONNX
from bert_keras.text_classification.exported_texts import ExportedTexts

TOKENIZER = "tokenizer.json"
KINDS = {"text_classification": ExportedTexts}  # whose answers need no more than logits
_PACKAGES = ("onnxruntime", "tokenizers")
_MOST = 64 << 20  # bytes of a config.json
_NEEDED = ("labels", "text_columns", "seq_length", "problem_type")


def load_onnx(folder: str | os.PathLike, batch_size: int = 32) -> ExportedTexts:
    """The predictor of what `bk.export(model, folder, to="onnx")` wrote; `bk.load` calls it.

    Raises:
        ValueError: for a folder of another program, one whose files were changed, and a model of a kind whose answers
            this library works out of logits in TensorFlow.
        ImportError: where ONNX Runtime or `tokenizers` is missing, with the line that installs them.
    """
    path = pathlib.Path(folder).expanduser()
    check_written(path)
    if not (path / TOKENIZER).is_file():
        raise ValueError(checks.message("folder", f"hold {TOKENIZER}", os.fspath(folder), "Export the model again."))
    config = _config_of(path, os.fspath(folder))
    missing = [name for name in _PACKAGES if importlib.util.find_spec(name) is None]
    if missing:
        advice = f"Run: pip install {' '.join(missing)}."
        raise ImportError(checks.message("folder", "be read with packages that are installed", missing, advice))
    runtime, tokenizers = map(importlib.import_module, _PACKAGES)
    session = _opened(lambda: runtime.InferenceSession(path / ONNX, providers=["CPUExecutionProvider"]), path / ONNX)
    columns = [output.shape[-1] for output in session.get_outputs() if output.name == "logits"]
    if columns != [len(config["labels"] or [0])]:
        must = f"hold an {ONNX} with logits for the {len(config['labels'] or [0])} labels of {CONFIG}"
        raise ValueError(checks.message("folder", must, os.fspath(folder), f"It has {columns}."))
    tokenizer = _opened(lambda: tokenizers.Tokenizer.from_file(str(path / TOKENIZER)), path / TOKENIZER)

    def run(features: dict[str, Any]) -> dict[str, Any]:
        return {"logits": session.run(["logits"], features)[0]}

    return KINDS[config["kind"]](run, tokenizer, config, batch_size)


def _config_of(path: pathlib.Path, shown: str) -> dict[str, Any]:
    """What the folder says of its task, in the fields of a model folder's config."""
    try:
        with open(path / CONFIG, "rb") as file:
            whole = from_json(file.read(_MOST))
        own = whole["bert_keras"]
        config = {**own, "pad_id": range(_MOST)[whole["pad_token_id"]]}
        if config["kind"] in KINDS:
            names = whole["id2label"]
            config["problem_type"] = whole["problem_type"]
            labels = [names[str(number)] for number in range(len(names))]
            config["labels"] = None if config["problem_type"] == "regression" else labels
    except (ValueError, LookupError, TypeError) as error:
        must = f"hold a {CONFIG} that bk.export wrote"
        raise ValueError(checks.message("folder", must, shown, f"{type(error).__name__}: {error}"[:200])) from None
    if config["kind"] not in KINDS:
        must = f"be an export to ONNX of {' or '.join(KINDS)}, whose answers need its logits alone"
        advice = "Load the model folder that it was made of, or take the logits as docs/exports.md shows."
        raise ValueError(checks.message("folder", must, config["kind"], advice))
    check_needed(config, shown, _NEEDED)
    listed = Manifest(path).file
    config["export"] = sha256_of([listed] if listed.is_file() else [path / ONNX, path / TOKENIZER])
    return config


def _opened(open_file: Any, file: pathlib.Path) -> Any:
    try:
        return open_file()
    except Exception as error:  # each library has a class of its own for what is no file of its kind
        must = f"hold a {file.name} that can be read"
        raise ValueError(checks.message("folder", must, str(file.parent), f"{error}"[:300])) from None
