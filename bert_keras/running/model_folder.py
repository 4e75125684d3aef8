"""The model folder: everything a tuned model needs, in one place that can be moved.

config.json      kind, task, labels, seq_length, encoder sizes, source and sha256, versions, metrics
encoder/         the tuned encoder as a TF-Hub SavedModel with its vocabulary
head.weights.h5  the head
metrics.json     dev scores
predictions.json, nbest_predictions.json, null_odds.json    answers to the dev questions, of question answering
trained_rows.npy which rows it was trained on, as digests
README.md        a model card, and report.html, if bk.report wrote one
logs/            for TensorBoard
checkpoints/     while training
"""

import importlib.metadata
import io
import json
import os
import pathlib
from typing import Any

import h5py
import keras

from bert_keras import checks
from bert_keras.data.row_digests import FILE as TRAINED_ROWS
from bert_keras.disk import LOCK, sha256_of
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.inference_network import gelu_of
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.models.task_model import TaskModel
from bert_keras.running.kinds import KINDS, tuned_kinds
from bert_keras.running.model_card import CARD

CONFIG, ENCODER, HEAD, METRICS, LOGS, CHECKPOINTS = (
    "config.json",
    "encoder",
    "head.weights.h5",
    "metrics.json",
    "logs",
    "checkpoints",
)
REPORT = "report.html"
FORMAT = 1  # of config.json; a newer one is refused by an older library
# Of an encoder that was pretrained.
_SAVED_MODEL = ("saved_model.pb", "fingerprint.pb", "variables", "assets", "assets.extra")
_ANSWERS = ("nbest_predictions.json", "null_odds.json")
_OURS = (CONFIG, ENCODER, HEAD, METRICS, LOGS, CHECKPOINTS, TRAINED_ROWS, CARD, REPORT, *_ANSWERS, *_SAVED_MODEL)
_PACKAGES = ("bert-keras", "tensorflow", "tensorflow-text", "keras")


def write_model_folder(
    folder: pathlib.Path, model: TaskModel, config: dict[str, Any], metrics: dict[str, float]
) -> None:
    """Writes the model's parts into `folder`, which exists. `config` holds what only the caller knows."""
    encoder = model.encoder
    save_encoder(encoder, folder / ENCODER)
    (folder / HEAD).write_bytes(_head_bytes(model))
    sizes = {name: getattr(encoder.config, name) for name in encoder.config.__dataclass_fields__}
    sizes |= {"gelu": gelu_of(encoder)}
    origin = {"source": portable_name(encoder.source), "sha256": sha256_of(_encoder_files(folder))}
    whole = {
        "format": FORMAT,
        "kind": model.kind,
        **config,
        **{name: getattr(model, name) for name in model.settings if name != "seed"},
        "encoder": {**origin, **sizes},
        "head": {"sha256": sha256_of([folder / HEAD])},
        "metrics": metrics,
        "versions": versions(),
    }
    (folder / METRICS).write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    (folder / CONFIG).write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_config(folder: str | os.PathLike) -> dict[str, Any]:
    """The config of a model folder.

    Raises:
        TypeError: if `folder` is not a path.
        ValueError: if the folder is none, its training has not ended, or a newer library wrote it.
    """
    if not isinstance(folder, (str, os.PathLike)):
        raise TypeError(checks.message("folder", "be the path of a model folder", folder))
    path = pathlib.Path(folder).expanduser()
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


def load_model(folder: str | os.PathLike, native: bool = False) -> tuple[TaskModel, dict[str, Any]]:
    """The tuned model of a model folder, with the native encoder if asked or not on TensorFlow, and its config.

    Raises:
        ValueError: if the folder is no whole model folder, or its files are not those that were written.
    """
    config, path = read_config(folder), pathlib.Path(folder).expanduser()
    kind = config.setdefault("kind", "text_classification")  # folders had none when there was one kind
    if kind not in tuned_kinds():
        must = f"hold a model of {', '.join(tuned_kinds())}"
        raise ValueError(checks.message("folder", must, kind, "Update bert_keras."))
    for part, files in {"encoder": _encoder_files(path), "head": [path / HEAD]}.items():
        missing = [file.name for file in files if not file.is_file()]
        found = f"no {missing[0]}" if missing else sha256_of(files)
        if found != config[part]["sha256"]:
            must = f"hold the {part} that {CONFIG} describes, sha256 {config[part]['sha256'][:16]}…"
            advice = f"'{folder}' was changed, damaged or copied in part: copy it again."
            raise ValueError(checks.message("folder", must, found[:32], advice))
    encoder = load_encoder(path / ENCODER, native=native or keras.backend.backend() != "tensorflow")
    encoder.source = config["encoder"]["source"]
    gelu = config["encoder"].get("gelu")  # folders had none when the hub's graph was all that there was
    if gelu is not None and isinstance(encoder, HubEncoder):
        encoder.infer_with(gelu)
    cls = KINDS[kind].model
    model = cls(encoder, **{name: config[name] for name in cls.settings if name != "seed"})
    with h5py.File(path / HEAD, "r") as file:
        for name, weight in model.head_weights().items():
            weight.assign(file[name][()])
    return model, config


def _head_bytes(model: TaskModel) -> bytes:
    # HDF5 is made in memory: on a full disk the library itself fails with a thousand lines.
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for name, weight in model.head_weights().items():
            file[name] = keras.ops.convert_to_numpy(weight)
    return content.getvalue()


def check_out(out: str | os.PathLike, resume: bool, overwrite: bool) -> pathlib.Path:
    """The folder of a run as a path, after all that can be said against it was looked at. It is not made yet.

    Raises:
        FileExistsError: if something is there, and neither `resume` nor `overwrite` says what to do, or bert_keras did
            not write it: `out` is replaced as a whole when the run ends.
    """
    folder = pathlib.Path(out).expanduser()
    if checks.boolean("resume", resume) and checks.boolean("overwrite", overwrite):
        raise ValueError(checks.message("resume", "not be given together with overwrite", True))
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(checks.message("out", "be a folder", str(out), "There is a file of that name."))
    names = sorted(item.name for item in folder.iterdir()) if folder.is_dir() else []
    strange = [name for name in names if name not in _OURS and not name.startswith("predictions.")]
    if strange or (names and not _is_ours(folder)):
        advice = f"It holds {strange or names}, not of bert_keras, and the run would replace it: pass a new folder."
        raise FileExistsError(checks.message("out", "be new or empty", str(out), advice))
    if names and not resume and not overwrite:
        advice = (
            "Pass --resume (resume=True) to go on with the run in it, or --overwrite (overwrite=True) to replace it."
        )
        raise FileExistsError(checks.message("out", "be new or empty", str(out), advice))
    if resume and CONFIG in names and CHECKPOINTS not in names:
        advice = "Its model is finished: bk.load reads it, and --overwrite (overwrite=True) trains it anew."
        raise FileExistsError(checks.message("out", "hold a run that has not ended, to resume it", str(out), advice))
    return folder


def portable_name(source: str | None) -> str | None:
    """A handle as it may stand in a folder that travels: a local path loses all but its last part."""
    if source is None or "://" in source:
        return source
    path = os.path.expanduser(source)
    return pathlib.Path(path).resolve().name if os.path.isabs(path) or os.path.exists(path) else source


def _is_ours(folder: pathlib.Path) -> bool:
    """Whether what lies in the folder is a model or a run of this library."""
    checkpoints = folder / CHECKPOINTS
    if _parsed(folder / CONFIG) is not None:
        return True
    if not checkpoints.is_dir():
        return False
    return (checkpoints / "state.json").is_file() or {item.name for item in checkpoints.iterdir()} <= {LOCK}


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
    if (config := _parsed(path / CONFIG)) is not None and config.get("kind") not in (None, *tuned_kinds()):
        return "It is a pretrained encoder: bk.load_encoder and bk.fill_mask take it, and finetune has it tuned."
    if (path / "saved_model.pb").is_file():
        return "It is a SavedModel: tf.saved_model.load serves an export, bk.load_encoder loads an encoder."
    return f"There is: {sorted(item.name for item in path.iterdir())[:8]}."


def _encoder_files(folder: pathlib.Path) -> list[pathlib.Path]:
    encoder = folder / ENCODER
    variables = sorted(encoder.glob("variables/variables.*"))
    return [encoder / "saved_model.pb", *variables, *sorted(encoder.glob("assets/*"))]


def versions() -> dict[str, str | None]:
    """Those of the packages that numbers depend on."""
    return {name: _version(name) for name in _PACKAGES}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
