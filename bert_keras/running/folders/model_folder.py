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
from bert_keras.data.row_digests import RowDigests
from bert_keras.disk import sha256_of
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.inference_network import gelu_of
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.hub.tf1_modules import is_tf1_module
from bert_keras.manifest import Manifest
from bert_keras.models.task_model import TaskModel
from bert_keras.running.folders.check_fields import check_fields
from bert_keras.running.folders.folder_files import (
    CONFIG,
    DECIDING,
    DIGESTS,
    ENCODER,
    FORMAT,
    HEAD,
    METRICS,
    check_parts,
    encoder_files,
    read_config,
)
from bert_keras.running.kinds import KINDS, tuned_kinds

_PACKAGES = ("bert-keras", "tensorflow", "tensorflow-text", "keras")


def write_model_folder(
    folder: pathlib.Path,
    model: TaskModel,
    config: dict[str, Any],
    metrics: dict[str, float],
    trained: RowDigests | None = None,
) -> None:
    """Writes the model's parts into `folder`, which exists, and their digests.

    Args:
        folder: where to.
        model: tuned.
        config: what only the caller knows.
        metrics: of the dev part.
        trained: the rows that it was trained on, where these are known.
    """
    encoder = model.encoder
    save_encoder(encoder, folder / ENCODER)
    (folder / HEAD).write_bytes(head_bytes(model))
    sizes = {name: getattr(encoder.config, name) for name in encoder.config.__dataclass_fields__}
    sizes |= {"gelu": gelu_of(encoder)}
    origin = {"source": portable_name(encoder.source), "sha256": sha256_of(encoder_files(folder))}
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
    if trained is not None:
        trained.write(folder / DIGESTS)
    Manifest(folder).write(DECIDING)


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
    cls, predictor = KINDS[kind].model, KINDS[kind].predictor
    config = {**cls.added_settings, **config}
    settings = [name for name in cls.settings if name != "seed"]
    check_fields(config, str(path), (*settings, *predictor.needed))
    check_parts(path, config)
    native = native or keras.backend.backend() != "tensorflow"
    encoder = load_encoder(path / ENCODER, not is_tf1_module(str(path / ENCODER)), native, trust=trust)
    encoder.source = config["encoder"].get("source")
    gelu = config["encoder"].get("gelu")  # folders had none when the hub's graph was all that there was
    if gelu is not None and isinstance(encoder, HubEncoder):
        encoder.infer_with(gelu)
    model = cls(encoder, **{name: config[name] for name in settings})
    with h5py.File(path / HEAD, "r") as file:
        for name, weight in model.head_weights().items():
            weight.assign(_own_values(file, name, tuple(weight.shape)))
    return model, config


def _own_values(file: h5py.File, name: str, shape: tuple[int, ...]) -> Any:
    """The array of a weight; ValueError where HDF5 would read it from another file, which any file may name."""
    stored = file.get(name)
    if getattr(stored, "shape", None) != shape:
        must = f"have '{name}' {list(shape)} in {HEAD}"
        raise ValueError(checks.message("folder", must, file.filename, f"It is {stored}."))
    if stored.file.filename != file.filename or stored.external or stored.is_virtual:
        raise ValueError(checks.message("folder", f"have the values of '{name}' in {HEAD} itself", file.filename))
    return stored[()]


def head_bytes(model: TaskModel) -> bytes:
    """The content of a model's head.weights.h5."""
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


def versions() -> dict[str, str | None]:
    """Those of the packages that numbers depend on."""
    return {name: _version(name) for name in _PACKAGES}


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
