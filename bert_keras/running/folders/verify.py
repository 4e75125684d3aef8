"""`verify`: whether a folder holds what was written. Loads nothing heavy."""

import os
import pathlib
import re
from collections.abc import Iterator

from bert_keras import checks
from bert_keras.hub.folders import SAVED_MODEL_PARTS, is_saved_model
from bert_keras.manifest import Manifest
from bert_keras.running.folders.folder_files import CHECKPOINTS, CONFIG, DECIDING, ENCODER, config_of, parts_at_fault
from bert_keras.training.checkpoint_file import CheckpointFile

_CHECKPOINT = re.compile(r"epoch-\d+\.safetensors")


def verify(folder: str | os.PathLike, *, accept: bool = False) -> dict[str, str]:
    """What in a folder is not what was written: in a model folder, an encoder, an export, or a run's checkpoints.

    >>> bk.verify("runs/reviews")
    {}
    >>> bk.verify("runs/reviews")
    {'encoder/assets/vocab.txt': 'has changed since it was written'}

    `bk.load` and the other functions that read such a folder refuse it where this finds a fault. It compares the
    digests in `bert_keras.sha256`, which `sha256sum -c bert_keras.sha256` compares as well; in model folders of before
    there was one those in `config.json`; in checkpoints those that they carry.

    Args:
        folder: to look into.
        accept: lists the files as they are, for changes that were meant, and for folders of before there were lists.
            Checkpoints have no list: damaged ones stay so.

    Returns:
        By file, what is wrong with it; empty where nothing is.

    Raises:
        TypeError: if `folder` is no path.
        ValueError: if it is no folder of this library, or says nothing of what it held.
        OSError: if a file cannot be read, or the list not be written.
    """
    if not isinstance(folder, (str, os.PathLike)):
        raise TypeError(checks.message("folder", "be the path of a folder", folder))
    path = pathlib.Path(folder).expanduser()
    if not path.is_dir():
        advice = "It is a file." if path.exists() else "There is no such folder."
        raise ValueError(checks.message("folder", "be a folder that bert_keras wrote", str(folder), advice))
    if checks.boolean("accept", accept):
        _accept(path, folder)
    found = dict(_faults(path))
    if found or Manifest(path).exists() or _checkpoints(path):
        return found
    if (path / CONFIG).is_file() and (path / ENCODER).is_dir():
        return parts_at_fault(path, config_of(path))
    must = f"hold {Manifest.NAME}, the list of what was written, or checkpoints"
    advice = "Folders of older versions have none. Pass --accept (accept=True) to list what is in it now."
    raise ValueError(checks.message("folder", must, str(folder), advice))


def _faults(path: pathlib.Path) -> Iterator[tuple[str, str]]:
    """Of a folder's list, of the lists that it names, and of its checkpoints."""
    if Manifest(path).exists():
        faults = Manifest(path).faults()
        yield from faults.items()
        below = [] if Manifest.NAME in faults else Manifest(path).names()
        for name in below:
            if name.endswith(f"/{Manifest.NAME}") and name not in faults:
                inner = name.removesuffix(f"/{Manifest.NAME}")
                yield from ((f"{inner}/{file}", fault) for file, fault in _faults(path / inner))
    for file in _checkpoints(path):
        if CheckpointFile(file).facts() is None:
            yield file.relative_to(path).as_posix(), "is damaged, or of an older bert_keras"


def _checkpoints(path: pathlib.Path) -> list[pathlib.Path]:
    """A run's, in its folder or in the folder of its checkpoints."""
    files = [*path.glob("*.safetensors"), *(path / CHECKPOINTS).glob("*.safetensors")]
    return sorted(file for file in files if _CHECKPOINT.fullmatch(file.name))


def _accept(path: pathlib.Path, folder: str | os.PathLike) -> None:
    """Lists what is there now, where the kind of folder says which files decide answers."""
    is_model = (path / CONFIG).is_file() and (path / ENCODER).is_dir()
    if is_model:
        config_of(path)  # what is accepted must be a config all the same
        Manifest(path / ENCODER).write(SAVED_MODEL_PARTS)
        Manifest(path).write(DECIDING)
    elif is_saved_model(os.fspath(path)):
        Manifest(path).write(SAVED_MODEL_PARTS)
    elif Manifest(path).exists():
        Manifest(path).write([name for name in os.listdir(path) if (path / name).is_file()])
    else:
        must = "be a model folder, an encoder or an export, to have its files accepted"
        raise ValueError(checks.message("accept", must, str(folder)))
