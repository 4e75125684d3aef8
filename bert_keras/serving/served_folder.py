"""`ServedFolder`: what there is to serve, and what it is called. Loads nothing heavy."""

import dataclasses
import os
import pathlib
import re

from bert_keras import checks
from bert_keras.running.folders.folder_files import CONFIG, read_config

_GRAPH = "saved_model.pb"
KERAS_FILE = ".keras"


@dataclasses.dataclass(frozen=True)
class ServedFolder:
    """A model folder, a `.keras` file, or an export, with the name and the version in its address.

    Args:
        path: of the model folder, the file or the SavedModel.
        name: as in `/v1/models/NAME`.
        version: of an export in a folder that is named by a number, as TensorFlow Serving wants it; 1 of others.
        is_export: whether it is a SavedModel.
    """

    path: pathlib.Path
    name: str
    version: int = 1
    is_export: bool = False

    @classmethod
    def find(cls, folder: str | os.PathLike, name: str | None = None) -> "ServedFolder":
        """What is at a path; of several versions of an export in one folder, the highest.

        Args:
            folder: a model folder, a `.keras` file, what `bk.export` wrote, or a folder of exports by version.
            name: the folder's own if None.

        Raises:
            TypeError: if `folder` is not a path.
            ValueError: if there is nothing to serve, or the name cannot stand in an address.
        """
        if not isinstance(folder, (str, os.PathLike)):
            raise TypeError(checks.message("folder", "be the path of a model folder or an export", folder))
        path = pathlib.Path(folder).expanduser()
        versions = [item for item in path.iterdir() if _is_version(item)] if path.is_dir() else []
        if (path / _GRAPH).is_file() and not (path / CONFIG).is_file():
            version = int(path.name) if _is_version(path) else 1
            shown = path.resolve().parent if _is_version(path) else path.resolve()
            return cls(path, _name(shown.name, name), version, True)
        if versions and not (path / CONFIG).is_file():
            latest = max(versions, key=lambda item: int(item.name))
            return cls(latest, _name(path.resolve().name, name), int(latest.name), True)
        if path.suffix == KERAS_FILE and path.is_file():
            return cls(path, _name(path.stem, name))
        read_config(folder)
        return cls(path, _name(path.resolve().name, name))


def _is_version(path: pathlib.Path) -> bool:
    return re.fullmatch(r"[0-9]{1,18}", path.name) is not None and (path / _GRAPH).is_file()


def _name(own: str, asked: str | None) -> str:
    if asked is None:
        return re.sub(r"[^A-Za-z0-9_.-]", "_", own) or "model"
    if not re.fullmatch(r"[A-Za-z0-9_.-]+", checks.text("name", asked)):
        must = "be of letters, digits, '_', '-' and '.': it stands in the address"
        raise ValueError(checks.message("name", must, asked))
    return asked
