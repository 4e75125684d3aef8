"""`huggingface_place`: where the files of a Hugging Face model lie: a folder, its cache on this machine, `hf://`."""

import os
import pathlib
import re

from bert_keras import checks
from bert_keras.encoders.huggingface.native_arguments import CONFIG
from bert_keras.encoders.huggingface.weight_files import has_weights
from bert_keras.hub.downloads.downloading import DownloadError

SCHEME = "hf://"
_PARTS = r"[A-Za-z0-9][\w.-]*"
_FORM = rf"({_PARTS}/)?{_PARTS}(@[\w./-]+)?"
_WANTED = ("*.json", "*.safetensors", "vocab.txt", "*.model", "merges.txt")
_REVISION = "main"


def is_huggingface(handle: str) -> bool:
    """Whether a handle is `hf://…`, a folder with Hugging Face's files, or one of their cache."""
    if handle.startswith(SCHEME):
        return True
    folder = pathlib.Path(handle).expanduser()
    if "://" in handle or not os.path.isdir(folder) or (folder / "saved_model.pb").exists():
        return False
    weights = ("pytorch_model.bin", "pytorch_model.bin.index.json", "tf_model.h5", "flax_model.msgpack")
    written = (folder / CONFIG).is_file() and any((folder / name).is_file() for name in weights)
    return written or has_weights(folder) or (folder.name.startswith("models--") and (folder / "snapshots").is_dir())


def huggingface_place(handle: str | os.PathLike) -> pathlib.Path:
    """The folder of the files of `handle`.

    `hf://owner/name`, or `hf://owner/name@revision`, is looked for in the cache of Hugging Face's libraries, in
    HF_HUB_CACHE, HF_HOME/hub or ~/.cache/huggingface/hub. What is not there is downloaded by the package
    huggingface_hub, where that is installed.

    Raises:
        ValueError: for an `hf://` that names no model.
        DownloadError: an OSError, where the files are not here and cannot be had; it names the folder to fill.
    """
    handle = os.fspath(handle)
    if not handle.startswith(SCHEME):
        folder = pathlib.Path(handle).expanduser()
        if folder.name.startswith("models--") and (folder / "snapshots").is_dir():
            return _snapshot(folder, _REVISION) or folder
        return folder
    name = handle.removeprefix(SCHEME).rstrip("/")
    if not re.fullmatch(_FORM, name) or ".." in name:
        must = "be hf://owner/name, or hf://owner/name@revision"
        raise ValueError(checks.message("handle", must, handle, "Such as hf://google-bert/bert-base-uncased."))
    name, _, revision = name.partition("@")
    folder = cache_folder() / f"models--{name.replace('/', '--')}"
    found = _snapshot(folder, revision or _REVISION)
    if found is not None and (found / CONFIG).is_file() and has_weights(found):
        return found
    return _fetched(handle, name, revision or None, folder)


def cache_folder() -> pathlib.Path:
    """The folder in which Hugging Face's libraries keep what they download."""
    own = os.environ.get("HF_HUB_CACHE") or os.environ.get("HUGGINGFACE_HUB_CACHE")
    if own:
        return pathlib.Path(own).expanduser()
    cache = os.environ.get("XDG_CACHE_HOME") or "~/.cache"
    home = os.environ.get("HF_HOME") or os.path.join(cache, "huggingface")
    return pathlib.Path(home).expanduser() / "hub"


def _snapshot(folder: pathlib.Path, revision: str) -> pathlib.Path | None:
    """The snapshot of a revision, a branch or the beginning of a commit, in a model's folder of the cache."""
    reference = folder / "refs" / revision
    commit = reference.read_text(encoding="utf-8").strip() if reference.is_file() else revision
    snapshots = folder / "snapshots"
    if re.fullmatch(r"[0-9a-f]{7,40}", commit):
        found = [path for path in snapshots.glob(f"{commit}*") if path.is_dir()]
        return found[0] if len(found) == 1 else None
    return snapshots / commit if "/" not in commit and (snapshots / commit).is_dir() else None


def _fetched(handle: str, name: str, revision: str | None, folder: pathlib.Path) -> pathlib.Path:
    by_hand = (
        f"On a machine with a network, `hf download {name}` puts it into its cache: copy the folder "
        f"'{folder.name}' of that to '{folder.parent}'. Or put config.json, model.safetensors and the tokenizer's "
        "files into a folder of your own, and pass that."
    )
    try:
        import huggingface_hub
    except ImportError:
        what = f"'{handle}' is not in the cache '{folder.parent}', and huggingface_hub, which downloads, is not here."
        raise DownloadError(f"{what} pip install huggingface_hub, or fill the cache. {by_hand}") from None
    try:
        found = huggingface_hub.snapshot_download(
            name, revision=revision, cache_dir=folder.parent, allow_patterns=list(_WANTED)
        )
    except Exception as error:  # of many libraries; each means that the files are not here
        said = str(error).strip().splitlines()[:1] or [type(error).__name__]
        what = f"'{handle}' is not in the cache '{folder.parent}' and could not be downloaded: {said[0]}"
        raise DownloadError(f"{what} {by_hand}") from error
    return pathlib.Path(found)
