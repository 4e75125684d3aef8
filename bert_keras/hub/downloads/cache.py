"""Where fetched models lie on this machine, and how two processes share that place.

Environment, the first that is set: TFHUB_CACHE_DIR, BERT_KERAS_CACHE, XDG_CACHE_HOME (its folder bert_keras),
else ~/.cache/bert_keras. Never the shared temporary folder, where any local user could plant a model.
"""

import contextlib
import glob
import hashlib
import os
import shutil
import sys
import time
from collections.abc import Iterable, Iterator

from bert_keras import checks
from bert_keras.from_json import NoJson, from_json
from bert_keras.hub import folders
from bert_keras.hub.downloads import archives
from bert_keras.hub.downloads.check_owner import check_owner
from bert_keras.replacement.file_lock import file_lock

LEFTOVER_SECONDS = 24 * 3600


def cache_root(cache_dir: str | os.PathLike | None = None) -> str:
    """The cache folder: `cache_dir`, or what the environment says. It need not exist yet.

    Raises:
        ValueError: if it is no folder of this machine, or other users can write it.
    """
    root = _named_root(cache_dir)
    check_owner(root)
    return root


def _named_root(cache_dir: str | os.PathLike | None) -> str:
    settings = {"cache_dir": "" if cache_dir is None else os.fspath(cache_dir)}
    settings |= {name: os.environ.get(name, "") for name in ("TFHUB_CACHE_DIR", "BERT_KERAS_CACHE")}
    for name, value in settings.items():
        if "://" in value:
            advice = "To read from a bucket set TFHUB_MODEL_LOAD_FORMAT=UNCOMPRESSED or pass the gs:// folder."
            raise ValueError(checks.message(name, "be a folder on this machine", value, advice))
        if value:
            return os.path.abspath(os.path.expanduser(value))
    base = os.environ.get("XDG_CACHE_HOME", "")
    base = base if os.path.isabs(base) else os.path.join(os.path.expanduser("~"), ".cache")
    return os.path.join(base, "bert_keras")


def make_folders(root: str, folder: str) -> None:
    """Makes the cache folder, for its owner only, and a folder in it."""
    try:
        os.makedirs(os.path.dirname(root), exist_ok=True)
        with contextlib.suppress(FileExistsError):
            os.mkdir(root, mode=0o700)
        os.makedirs(folder, exist_ok=True)
        if not os.access(folder, os.W_OK):
            raise PermissionError(f"'{folder}' is read-only")
    except OSError as error:
        advice = f"{error}. Set BERT_KERAS_CACHE to a folder that you may write to."
        raise OSError(checks.message("cache_dir", "be a folder that can be made", root, advice)) from error


def tensorflow_hub_entry(root: str, handles: Iterable[str]) -> str | None:
    """The folder that tensorflow_hub made for one of these handles: ROOT/<sha1 of the handle>."""
    for handle in handles:
        folder = os.path.join(root, hashlib.sha1(handle.encode("utf-8"), usedforsecurity=False).hexdigest())
        if folders.is_saved_model(folder):
            check_owner(folder)
            return folder
    return None


def origin_of(folder: str) -> dict[str, str | int] | None:
    """What `resolve` noted when it unpacked this folder: handle, url, sha256 and num_bytes of the archive; or None."""
    try:
        with open(os.path.join(folder, archives.ORIGIN_FILE), "rb") as file:
            origin = from_json(file.read())
    except (FileNotFoundError, NoJson):
        return None
    return origin if isinstance(origin, dict) else None


@contextlib.contextmanager
def locked(target: str) -> Iterator[None]:
    """Lets one process at a time make `target`; the others wait.

    Where the file system has no locks all go ahead: each works in a folder of its own and one rename wins.
    """
    parent, name = os.path.split(target)
    with open(os.path.join(parent, f".{name}.lock"), "wb") as file:
        try:
            file_lock(file)
        except BlockingIOError:
            if sys.stderr is not None and sys.stderr.isatty():
                print(f"Another process is fetching {target}: waiting for it.", file=sys.stderr)
            file_lock(file, wait=True)
        except OSError:
            pass
        yield


def remove_leftovers(target: str) -> None:
    """Removes what a killed process left beside `target` more than a day ago."""
    parent, name = os.path.split(target)
    pattern = os.path.join(glob.escape(parent), f".{glob.escape(name)}.{'[0-9a-f]' * 32}.")
    for path in glob.glob(pattern + "partial") + glob.glob(pattern + "download"):
        with contextlib.suppress(FileNotFoundError):
            if time.time() - os.path.getmtime(path) > LEFTOVER_SECONDS:
                shutil.rmtree(path) if os.path.isdir(path) else os.remove(path)
