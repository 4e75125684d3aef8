"""What lies in a model folder, and whether a folder is one. Loads nothing heavy: the command line asks first.

bert_keras.sha256 the digests of what decides answers; encoder/ has a list of its own
config.json      kind, task, labels, seq_length, encoder sizes, source and sha256, versions, metrics
encoder/         the tuned encoder as a TF-Hub SavedModel with its vocabulary
head.weights.h5  the head
metrics.json     dev scores
predictions.json, nbest_predictions.json, null_odds.json    answers to the dev questions, of question answering
trained_rows.npy which rows it was trained on, as digests
calibrated_rows.npy  which rows its temperature and its thresholds were fitted on, where bk.calibrate did that
ordinary.safetensors where texts like those lie, by which a text is known to be unlike them, where that was asked for
README.md        a model card, and report.html, where bk.report wrote one
logs/            for TensorBoard
checkpoints/     while training
"""

import contextlib
import os
import pathlib
import re
from typing import Any

from bert_keras import checks
from bert_keras.disk import LOCK, WriteError, recover, sha256_of
from bert_keras.from_json import from_json
from bert_keras.hub.check_written import check_written
from bert_keras.hub.folders import SAVED_MODEL_PARTS
from bert_keras.manifest import CHANGED, GONE, Manifest
from bert_keras.running.folders.check_fields import check_fields

CONFIG, ENCODER, HEAD, METRICS, LOGS, CHECKPOINTS = (
    "config.json",
    "encoder",
    "head.weights.h5",
    "metrics.json",
    "logs",
    "checkpoints",
)
DIGESTS, CALIBRATED = "trained_rows.npy", "calibrated_rows.npy"
ORDINARY = "ordinary.safetensors"
CARD, REPORT = "README.md", "report.html"
KERAS_FILE = ".keras"  # the ending of what Keras' `model.save` writes, one file in place of a folder
ONNX = "model.onnx"  # of an export
FORMAT = 1  # of config.json; a newer one is refused by an older library
DECIDING = (CONFIG, HEAD, DIGESTS, CALIBRATED, ORDINARY, ENCODER)  # what answers depend on; the rest is for people
_MOST = 64 << 20  # bytes of a config.json
_ANSWERS = ("nbest_predictions.json", "null_odds.json")
_OF_CHECKPOINTS = re.compile(rf"{LOCK}|{LOGS}|state\.json.*|(epoch-\d+|within|writing)\.safetensors.*|\.tmp\w{{6}}")
_OURS = (CONFIG, ENCODER, HEAD, METRICS, LOGS, CHECKPOINTS, DIGESTS, CALIBRATED, ORDINARY, CARD, REPORT, *_ANSWERS)
_OURS += (Manifest.NAME, *SAVED_MODEL_PARTS)  # of an encoder that was pretrained


def read_config(folder: str | os.PathLike) -> dict[str, Any]:
    """The config of a model folder.

    Raises:
        TypeError: if `folder` is not a path.
        ValueError: if the folder is none, its training has not ended, a newer library wrote it, or the file is not the
            one that was written.
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
    check_written(path, lambda name: name == CONFIG)
    return config_of(path)


def config_of(path: pathlib.Path) -> dict[str, Any]:
    """The config of a folder that has one, whether or not it is the one that was written; raises as `read_config`."""
    config = _parsed(path / CONFIG)
    if config is None:
        must = f"hold a {CONFIG} that bert_keras wrote"
        advice = "It is damaged, or another program's: copy the whole model folder again."
        raise ValueError(checks.message("folder", must, str(path), advice))
    if config["format"] > FORMAT:
        raise ValueError(
            checks.message("folder", f"have format {FORMAT} or older", config["format"], "Update bert_keras.")
        )
    check_fields(config, str(path))
    return config


def check_parts(folder: pathlib.Path, config: dict[str, Any]) -> None:
    """Raises ValueError where a model folder's files were changed; its encoder's are checked as it is loaded."""
    check_written(folder)
    faults = {} if Manifest(folder).exists() else parts_at_fault(folder, config)
    for part, found in faults.items():
        must = f"hold the {part} that {CONFIG} describes, and it {found}"
        advice = "It was damaged, changed or copied in part: copy the whole model folder again."
        raise ValueError(checks.message("folder", must, str(folder), advice))


def is_onnx(folder: str | os.PathLike) -> bool:
    """Whether a folder is an export to ONNX."""
    path = pathlib.Path(folder).expanduser()
    return all((path / name).is_file() for name in (ONNX, CONFIG)) and not (path / ENCODER).exists()


def parts_at_fault(folder: pathlib.Path, config: dict[str, Any]) -> dict[str, str]:
    """As `Manifest.faults`, of a folder of before there were lists, by the digests in its config.json."""
    found = {}
    for part, files in {"encoder": encoder_files(folder), "head": [folder / HEAD]}.items():
        if not all(file.is_file() for file in files):
            found[part] = GONE
        elif sha256_of(files) != config[part]["sha256"]:
            found[part] = CHANGED
    return found


def encoder_files(folder: pathlib.Path) -> list[pathlib.Path]:
    """The files of a model folder's encoder whose digest stands in config.json."""
    encoder = folder / ENCODER
    variables = sorted(encoder.glob("variables/variables.*"))
    return [encoder / "saved_model.pb", *variables, *sorted(encoder.glob("assets/*"))]


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


def finished(folder: pathlib.Path | None) -> bytes | None:
    """The config of a run's folder whose training has ended, as it lies there; None of any other, and of None."""
    if folder is None or (folder / CHECKPOINTS).exists() or not (folder / CONFIG).is_file():
        return None
    return (folder / CONFIG).read_bytes()


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
        with open(path, "rb") as file:
            config = from_json(file.read(_MOST))
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
    if (path / "index.json").is_file() and (path / "vectors.npy").is_file():
        return "It is an index of documents: bk.load_index and bert-keras ask take it."
    if is_onnx(path):
        return "It is an export to ONNX: bk.load and bert-keras predict take it, and nothing else does."
    return f"There is: {sorted(item.name for item in path.iterdir())[:8]}."
