"""The model folder: everything a tuned model needs, in one place that can be moved. `folder_files` has its parts."""

import importlib.metadata
import io
import json
import os
import pathlib
from typing import Any

import h5py
import keras

from bert_keras import checks
from bert_keras.disk import sha256_of
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.inference_network import gelu_of
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.models.task_model import TaskModel
from bert_keras.running.folder_files import CONFIG, ENCODER, FORMAT, HEAD, METRICS, as_written, read_config
from bert_keras.running.kinds import KINDS, tuned_kinds

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


def load_model(
    folder: str | os.PathLike, native: bool = False, trust: bool = False
) -> tuple[TaskModel, dict[str, Any]]:
    """The tuned model of a model folder, with the native encoder if asked or not on TensorFlow, and its config.

    `trust` is that of `bk.load`.

    Raises:
        ValueError: if the folder is no whole model folder, or its files are not those that were written.
    """
    config, path = read_config(folder), pathlib.Path(folder).expanduser()
    kind = config.setdefault("kind", "text_classification")  # folders had none when there was one kind
    if kind not in tuned_kinds():
        must = f"hold a model of {', '.join(tuned_kinds())}"
        raise ValueError(checks.message("folder", must, kind, "Update bert_keras."))
    with as_written(folder):
        for part, files in {"encoder": _encoder_files(path), "head": [path / HEAD]}.items():
            _check_part(folder, part, files, config[part]["sha256"])
    encoder = load_encoder(path / ENCODER, native=native or keras.backend.backend() != "tensorflow", trust=trust)
    with as_written(folder):
        encoder.source = config["encoder"]["source"]
        gelu = config["encoder"].get("gelu")  # folders had none when the hub's graph was all that there was
        if gelu is not None and isinstance(encoder, HubEncoder):
            encoder.infer_with(gelu)
        cls = KINDS[kind].model
        model = cls(encoder, **{name: config[name] for name in cls.settings if name != "seed"})
        with h5py.File(path / HEAD, "r") as file:
            for name, weight in model.head_weights().items():
                if file[name].shape != tuple(weight.shape):
                    raise KeyError(f"its head has {name} {file[name].shape}, and not {tuple(weight.shape)}")
                weight.assign(file[name][()])
    return model, config


def _check_part(folder: str | os.PathLike, part: str, files: list[pathlib.Path], sha256: str) -> None:
    """Raises ValueError unless the files are those of which a config has the digest."""
    missing = [file.name for file in files if not file.is_file()]
    found = f"no {missing[0]}" if missing else sha256_of(files)
    if found != sha256:
        must = f"hold the {part} that {CONFIG} describes, sha256 {checks.shown(sha256)[:18]}…"
        advice = f"'{folder}' was changed, damaged or copied in part: copy it again."
        raise ValueError(checks.message("folder", must, found[:32], advice))


def _head_bytes(model: TaskModel) -> bytes:
    # HDF5 is made in memory: on a full disk the library itself fails with a thousand lines.
    content = io.BytesIO()
    with h5py.File(content, "w") as file:
        for name, weight in model.head_weights().items():
            file[name] = keras.ops.convert_to_numpy(weight)
    return content.getvalue()


def portable_name(source: str | None) -> str | None:
    """A handle as it may stand in a folder that travels: a local path loses all but its last part."""
    if source is None or "://" in source:
        return source
    path = os.path.expanduser(source)
    return pathlib.Path(path).resolve().name if os.path.isabs(path) or os.path.exists(path) else source


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
