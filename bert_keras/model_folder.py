"""The model folder: everything a tuned model needs, in one place that can be moved.

    config.json      task, labels, seq_length, encoder sizes, source and sha256, versions, metrics
    encoder/         the tuned encoder as a TF-Hub SavedModel with its vocabulary
    head.weights.h5  the head
    metrics.json     dev scores
"""

import contextlib
import hashlib
import importlib.metadata
import json
import os
import pathlib
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import h5py

from bert_keras import checks
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.loading import load_encoder
from bert_keras.encoders.saving import save_encoder
from bert_keras.models.text_classifier import TextClassifier

CONFIG, ENCODER, HEAD, METRICS, CHECKPOINTS = (
    "config.json",
    "encoder",
    "head.weights.h5",
    "metrics.json",
    "checkpoints",
)
FORMAT = 1  # of config.json; a newer one is refused by an older library
_PACKAGES = ("bert-keras", "tensorflow", "tensorflow-text", "keras")


def write_model_folder(folder: pathlib.Path, model: TextClassifier, config: dict[str, Any], metrics: dict[str, Any]):
    """Writes the model's parts into `folder`, which exists. `config` holds what only the caller knows."""
    folder = pathlib.Path(folder)
    save_encoder(model.encoder, folder / ENCODER)
    with h5py.File(folder / HEAD, "w") as file:
        for name, weight in head_weights(model).items():
            file[name] = weight.numpy()
    sizes = {name: getattr(model.encoder.config, name) for name in model.encoder.config.__dataclass_fields__}
    source = {"source": portable_name(model.encoder.source), "sha256": encoder_sha256(folder / ENCODER)}
    whole = {
        "format": FORMAT,
        **config,
        "problem_type": model.problem_type,
        "num_classes": model.num_classes,
        "dropout": model.dropout,
        "encoder": {**source, **sizes},
        "metrics": metrics,
        "versions": {name: _version(name) for name in _PACKAGES},
    }
    (folder / METRICS).write_text(json.dumps(metrics, indent=1) + "\n", encoding="utf-8")
    (folder / CONFIG).write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def read_config(folder: str | os.PathLike) -> dict[str, Any]:
    """The config of a model folder.

    Raises:
        ValueError: if the folder is none, its training has not ended, or a newer library wrote it.
    """
    path = pathlib.Path(folder)
    if not (path / CONFIG).is_file() or not (path / ENCODER).is_dir():
        there = sorted(item.name for item in path.iterdir())[:8] if path.is_dir() else "no such folder"
        advice = f"There is: {there}."
        if (path / CHECKPOINTS).is_dir():
            advice = "It holds checkpoints of a run that has not ended: run `bert-keras finetune … --resume` to end it."
        elif (path / "saved_model.pb").is_file():
            advice = "It is a SavedModel: tf.saved_model.load serves an export, bk.load_encoder loads an encoder."
        must = f"be a model folder of bert_keras, with {CONFIG} and {ENCODER}/"
        raise ValueError(checks.message("folder", must, str(folder), advice))
    config = json.loads((path / CONFIG).read_text(encoding="utf-8"))
    if config.get("format", 0) > FORMAT:
        raise ValueError(checks.message("folder", f"have format {FORMAT} or older", config["format"], "Update bert_keras."))
    return config


def load_model(folder: str | os.PathLike) -> tuple[TextClassifier, dict[str, Any]]:
    """The tuned model of a model folder, and its config.

    Raises:
        ValueError: if the folder is no whole model folder, or its weights are not those that were written.
    """
    config, path = read_config(folder), pathlib.Path(folder)
    found = encoder_sha256(path / ENCODER)
    if found != config["encoder"]["sha256"]:
        must = f"hold the weights that {CONFIG} describes, sha256 {config['encoder']['sha256'][:16]}…"
        raise ValueError(checks.message("folder", must, found[:16] + "…", "The folder was changed or copied in part."))
    encoder: HubEncoder = load_encoder(path / ENCODER)
    encoder.source = config["encoder"]["source"]
    model = TextClassifier(encoder, config["num_classes"], config["problem_type"], config["dropout"])
    with h5py.File(path / HEAD, "r") as file:
        for name, weight in head_weights(model).items():
            weight.assign(file[name][()])
    return model, config


def head_weights(model: TextClassifier) -> dict[str, Any]:
    """The weights that are not the encoder's, by name."""
    return {f"classifier/{weight.name}": weight for weight in model.classifier.weights}


@contextlib.contextmanager
def replacing(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    """A new folder beside `folder`, which takes its place when the block ends well and is removed when it does not.

    A process that dies inside leaves `folder` as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    beside = pathlib.Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
    try:
        os.chmod(beside, 0o777 & ~_umask())
        yield beside
        old = None
        if folder.exists():
            old = pathlib.Path(tempfile.mkdtemp(prefix=f".{folder.name}.old.", dir=folder.parent))
            os.replace(folder, old / folder.name)
        os.replace(beside, folder)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def encoder_sha256(folder: pathlib.Path) -> str:
    """The digest of a SavedModel's weights and vocabulary."""
    digest = hashlib.sha256()
    for path in sorted([*folder.glob("variables/variables.data-*"), *folder.glob("assets/*")]):
        digest.update(path.name.encode("utf-8"))
        with open(path, "rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
    return digest.hexdigest()


def portable_name(source: str | None) -> str | None:
    """A handle as it may stand in a folder that travels: a local path loses all but its last part."""
    if source is None or "://" in source or not os.path.exists(os.path.expanduser(source)):
        return source
    return pathlib.Path(source).name


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
