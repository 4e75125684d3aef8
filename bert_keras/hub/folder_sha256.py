"""`folder_sha256`: one digest of all files of a SavedModel, by which it is known again."""

import hashlib
import os

from bert_keras import checks
from bert_keras.hub.downloads.archives import ORIGIN_FILE
from bert_keras.hub.resolving import resolve
from bert_keras.manifest import Manifest, sha256_of_file

_NOTES = (ORIGIN_FILE, Manifest.NAME)


def model_sha256(handle: str | os.PathLike, cache_dir: str | os.PathLike | None = None) -> str:
    """The digest that `sha256=` of `bk.load_encoder` and `bk.hub.KerasLayer` is compared with.

    It is that of a text: a line for each file, "DIGEST  PATH", sorted by path, as the program sha256sum writes it. The
    files in which this library notes where a model came from, and the digests of its files, are left out. So the same
    comes of this command, in the model's folder:

        find . -type f ! -path ./bert_keras_origin.json ! -path ./bert_keras.sha256 | cut -c 3- |
            LC_ALL=C sort | tr '\\n' '\\0' | xargs -0 sha256sum | sha256sum

    Args:
        handle: as for `bk.hub.resolve`, on this machine or fetched; nothing of the model is run.
        cache_dir: as for `bk.hub.resolve`.

    Raises:
        ValueError: as `bk.hub.resolve`, for a model in a bucket, and for one with links, or with names that the text
            could not tell from others.
    """
    return folder_sha256(resolve(handle, cache_dir), handle)


def folder_sha256(folder: str, handle: str | os.PathLike) -> str:
    """That of a SavedModel's folder; the handle is for the error."""
    if "://" in folder:
        advice = "Copy it to a folder of this machine, and pass that."
        raise ValueError(checks.message("handle", "name a model on this machine to have a sha256", handle, advice))
    lines = []
    for place, inner, names in os.walk(os.path.realpath(folder)):
        for name in (*inner, *names):
            path = os.path.join(place, name)
            shown = os.path.relpath(path, os.path.realpath(folder)).replace(os.sep, "/")
            if os.path.islink(path) or "\\" in shown or not shown.isprintable():
                must = "name a model of plain files with plain names to have a sha256"
                raise ValueError(checks.message("handle", must, handle, f"One of them is {shown!r}."))
            if name in names and shown not in _NOTES:
                lines.append((os.fsencode(shown), f"{sha256_of_file(path)}  ".encode()))
    return hashlib.sha256(b"".join(digest + path + b"\n" for path, digest in sorted(lines))).hexdigest()


def check_sha256(wanted: str, folder: str, handle: str | os.PathLike) -> None:
    """Raises ValueError unless a folder has this digest, and where it is none; TypeError for what is no text."""
    checks.text("sha256", wanted)
    if len(wanted) != 64 or set(wanted) - set("0123456789abcdef"):
        must = "be 64 of the digits 0 to 9 and a to f, as bk.hub.model_sha256(handle) gives them"
        raise ValueError(checks.message("sha256", must, wanted))
    found = folder_sha256(folder, handle)
    if found != wanted:
        advice = f"The files in '{folder}' have {found}: they are not those that you pinned. Nothing was loaded."
        raise ValueError(checks.message("sha256", f"be that of '{handle}'", wanted, advice))
