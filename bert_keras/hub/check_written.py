"""`check_written`: what is loaded is what was written, where a folder has a list of digests to say so."""

import os
from collections.abc import Callable

from bert_keras.checks import message
from bert_keras.manifest import Manifest

_SHOWN = 3  # files of a message


def check_written(folder: str | os.PathLike, checked: Callable[[str], bool] = lambda name: True) -> None:
    """Compares a folder's files with its list, `bert_keras.sha256`. One without it, or in a bucket, passes.

    Args:
        folder: of a model, an encoder or an export.
        checked: whether a file is to be compared, by its path in the folder.

    Raises:
        ValueError: for files that were changed or are gone, with how to accept a change that was meant.
        OSError: for a file that cannot be read.
    """
    folder = os.fspath(folder)
    if "://" in folder or not Manifest(folder).exists():
        return
    faults = Manifest(folder).faults(checked)
    if faults:
        must = f"hold the files that were written, and {_said(faults)}"
        raise ValueError(message("folder", must, folder, _advice(folder)))


def _said(faults: dict[str, str]) -> str:
    shown = ", ".join(f"'{name}' {what}" for name, what in list(faults.items())[:_SHOWN])
    return shown + (f" and so are {len(faults) - _SHOWN} more" if len(faults) > _SHOWN else "")


def _advice(folder: str) -> str:
    return (
        "It was damaged, changed or copied in part: copy it, or have it fetched, again. If you changed it yourself and "
        f"want it as it is now, run: bert-keras verify '{folder}' --accept"
    )
