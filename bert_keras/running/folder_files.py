"""What lies in a model folder, and whether a folder is one. Loads nothing heavy: the command line asks first.

config.json      kind, task, labels, seq_length, encoder sizes, source and sha256, versions, metrics
encoder/         the tuned encoder as a TF-Hub SavedModel with its vocabulary
head.weights.h5  the head
metrics.json     dev scores
predictions.json, nbest_predictions.json, null_odds.json    answers to the dev questions, of question answering
trained_rows.npy which rows it was trained on, as digests
README.md        a model card, and report.html, where bk.report wrote one
logs/            for TensorBoard
checkpoints/     while training
"""

import contextlib
import json
import os
import pathlib
import re
from typing import Any

from bert_keras import checks
from bert_keras.disk import LOCK, WriteError, recover

CONFIG, ENCODER, HEAD, METRICS, LOGS, CHECKPOINTS = (
    "config.json",
    "encoder",
    "head.weights.h5",
    "metrics.json",
    "logs",
    "checkpoints",
)
DIGESTS = "trained_rows.npy"
CARD, REPORT = "README.md", "report.html"
FORMAT = 1  # of config.json; a newer one is refused by an older library
# Of an encoder that was pretrained.
_SAVED_MODEL = ("saved_model.pb", "fingerprint.pb", "variables", "assets", "assets.extra")
_ANSWERS = ("nbest_predictions.json", "null_odds.json")
_OF_CHECKPOINTS = re.compile(rf"{LOCK}|{LOGS}|state\.json.*|(epoch-\d+|within|writing)\.safetensors.*|\.tmp\w{{6}}")
_OURS = (CONFIG, ENCODER, HEAD, METRICS, LOGS, CHECKPOINTS, DIGESTS, CARD, REPORT, *_ANSWERS, *_SAVED_MODEL)


def read_config(folder: str | os.PathLike) -> dict[str, Any]:
    """The config of a model folder.

    Raises:
        TypeError: if `folder` is not a path.
        ValueError: if the folder is none, its training has not ended, or a newer library wrote it.
    """
    if not isinstance(folder, (str, os.PathLike)):
        raise TypeError(checks.message("folder", "be the path of a model folder", folder))
    path = pathlib.Path(folder).expanduser()
    if not path.exists():
        with contextlib.suppress(WriteError, FileExistsError):  # it may lie beside, whole, if a process died
            recover("folder", path)
    if not (path / CONFIG).is_file() or not (path / ENCODER).is_dir():
        must = f"be a model folder of bert_keras, with {CONFIG} and {ENCODER}/"
        raise ValueError(checks.message("folder", must, str(folder), _what_it_is(path)))
    config = _parsed(path / CONFIG)
    if config is None:
        must = f"hold a {CONFIG} that bert_keras wrote"
        advice = "It is damaged, or another program's: copy the whole model folder again."
        raise ValueError(checks.message("folder", must, str(folder), advice))
    if config["format"] > FORMAT:
        raise ValueError(
            checks.message("folder", f"have format {FORMAT} or older", config["format"], "Update bert_keras.")
        )
    return config


def check_out(out: str | os.PathLike, resume: bool, overwrite: bool, resumes: bool = True) -> pathlib.Path:
    """The folder of a run as a path, after all that can be said against it was looked at. It is not made yet.

    What a process that died while it replaced the folder left is put right first.

    Raises:
        FileExistsError: if something is there, and neither `resume` nor `overwrite` says what to do, or bert_keras did
            not write it: `out` is replaced as a whole when the run ends.
    """
    folder = pathlib.Path(out).expanduser()
    if checks.boolean("resume", resume) and checks.boolean("overwrite", overwrite):
        raise ValueError(checks.message("resume", "not be given together with overwrite", True))
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(checks.message("out", "be a folder", str(out), "There is a file of that name."))
    recover("out", folder)
    names = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
    strange = [name for name in names if name not in _OURS and not name.startswith("predictions.")]
    if strange or (names and not _is_ours(folder)):
        advice = f"It holds {strange or names}, not of bert_keras, and the run would replace it: pass a new folder."
        raise FileExistsError(checks.message("out", "be new or empty", str(out), advice))
    if names and not resume and not overwrite:
        advice = (
            "Pass --resume (resume=True) to go on with the run in it, or --overwrite (overwrite=True) to replace it."
            if resumes
            else "Pass overwrite=True to replace it."
        )
        raise FileExistsError(checks.message("out", "be new or empty", str(out), advice))
    if resume and CONFIG in names and CHECKPOINTS not in names:
        advice = "Its model is finished: bk.load reads it, and --overwrite (overwrite=True) trains it anew."
        raise FileExistsError(checks.message("out", "hold a run that has not ended, to resume it", str(out), advice))
    return folder


def check_new(out: str | os.PathLike) -> None:
    """Raises FileExistsError for the place of an export where there is anything, but a dead process's beginnings."""
    folder = pathlib.Path(out).expanduser()
    recover("out", folder)
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise FileExistsError(checks.message("out", "be new or empty", str(out), "Nothing was written."))


def is_encoder(folder: str | os.PathLike) -> bool:
    """Whether a folder is a SavedModel, as an encoder is, and no model folder."""
    path = pathlib.Path(folder).expanduser()
    return (path / "saved_model.pb").is_file() and not (path / ENCODER).is_dir()


def _is_ours(folder: pathlib.Path) -> bool:
    """Whether what lies in the folder is a model or a run of this library."""
    checkpoints = folder / CHECKPOINTS
    if _parsed(folder / CONFIG) is not None:
        return True
    if not checkpoints.is_dir():
        return False
    names = {item.name for item in checkpoints.iterdir()}
    # A run that dies before its first checkpoint may leave no more than its lock and its logs.
    return names != {LOGS} and all(_OF_CHECKPOINTS.fullmatch(name) for name in names)


def _parsed(path: pathlib.Path) -> dict[str, Any] | None:
    """The content of a config.json, or None if there is none of ours."""
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    ours = (
        isinstance(config, dict) and isinstance(config.get("format"), int) and isinstance(config.get("encoder"), dict)
    )
    return config if ours else None


def _what_it_is(path: pathlib.Path) -> str:
    if not path.exists():
        return "There is no such folder."
    if not path.is_dir():
        return "It is a file."
    if (path / CHECKPOINTS).is_dir():
        return "It holds checkpoints of a run that has not ended: run `bert-keras finetune … --resume` to end it."
    if _parsed(path / CONFIG) is not None and (path / "saved_model.pb").is_file():
        return "It is a pretrained encoder: bk.load_encoder and bk.fill_mask take it, and finetune has it tuned."
    if (path / "saved_model.pb").is_file():
        return "It is a SavedModel: tf.saved_model.load serves an export, bk.load_encoder loads an encoder."
    return f"There is: {sorted(item.name for item in path.iterdir())[:8]}."
