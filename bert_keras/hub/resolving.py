"""`resolve`: from a handle to a folder with a SavedModel."""

import contextlib
import dataclasses
import ntpath
import os
import urllib.parse
from collections.abc import Callable

from bert_keras import checks
from bert_keras.hub import catalog, folders
from bert_keras.hub.downloads import archives, cache, downloading
from bert_keras.hub.downloads.check_owner import check_owner
from bert_keras.hub.kaggle import KAGGLE, kaggle_parts, kagglehub_entry
from bert_keras.hub.made_here import MADE_HERE
from bert_keras.hub.source_of import ACCEPTED, KAGGLE_PLACE, TFHUB_HOSTS, Source, source_of, stem
from bert_keras.manifest import sha256_of_file

LOAD_FORMAT = "TFHUB_MODEL_LOAD_FORMAT"


def resolve(
    handle: str | os.PathLike,
    cache_dir: str | os.PathLike | None = None,
    limits: archives.Limits | None = None,
    fetch: bool = True,
) -> str:
    """Returns a folder that holds the handle's SavedModel, fetching and unpacking it once.

    Args:
        handle: a folder with saved_model.pb; a .tar.gz or .tgz archive; https://tfhub.dev/PUBLISHER/MODEL/VERSION;
            https://www.kaggle.com/models/PUBLISHER/MODEL/FRAMEWORK/VARIATION/VERSION, or what stands behind models/ in
            it, as kagglehub writes it; another address of a .tar.gz;
            gs://BUCKET/FOLDER, which comes back as it is (TensorFlow reads it), or gs://BUCKET/FILE.tar.gz in a
            public bucket; a name of `bk.list_encoders()`, or "sample". A name that is also a folder here is the folder.
        cache_dir: the cache folder; None takes it from the environment, see `bert_keras.hub.downloads.cache`.
        limits: how much an archive may unpack to, `Limits()` if None.
        fetch: False refuses what would have to be asked of another machine.

    With TFHUB_MODEL_LOAD_FORMAT=UNCOMPRESSED a tfhub.dev handle gives the gs:// folder that tfhub.dev names.
    Models that tensorflow_hub has put into the same cache are used, and without `cache_dir` those in kagglehub's. For a
    mirror and for Kaggle's credentials see `bert_keras.hub.downloads.downloading`.

    Raises:
        ValueError: the handle is none of these, or the folder or archive holds something else; without `fetch`, what it
            names is not on this machine.
        DownloadError: an OSError; what answered what, and the folder in which to put the files by hand.

    >>> resolve("https://tfhub.dev/tensorflow/bert_en_uncased_L-12_H-768_A-12/4")    # doctest: +SKIP
    '~/.cache/bert_keras/tensorflow/bert_en_uncased_L-12_H-768_A-12/4'
    """
    handle = _text(handle)
    if not fetch and _is_share(handle):
        raise _not_here(handle)
    if "://" not in handle:
        entry = _named(handle)
        if entry is not None and entry.sample:
            return MADE_HERE[f"{entry.publisher}/{entry.name}"](cache_dir)
        if entry is not None:
            handle = catalog.handle_url(entry)
        elif _may_be_a_name(handle) and not os.path.exists(handle) and kaggle_parts(handle):
            handle = KAGGLE + "/".join(kaggle_parts(handle))
        else:
            return _local(os.path.expanduser(handle), cache_dir, limits)
    if handle.startswith("gs://") and not handle.endswith(folders.ARCHIVE_ENDINGS):
        if not fetch:
            raise _not_here(handle)
        return handle
    root = cache.cache_root(cache_dir)
    source = source_of(handle, root)
    if fetch and urllib.parse.urlsplit(handle).hostname in TFHUB_HOSTS and _wants_bucket():
        return _bucket(source)
    target = os.path.join(root, *source.place)
    if not folders.is_saved_model(target):
        theirs = cache.tensorflow_hub_entry(root, source.aliases)
        if not theirs and cache_dir is None and source.place[0] == KAGGLE_PLACE:
            theirs = kagglehub_entry(source.place[1:])
        if theirs:
            return theirs
        if not fetch:
            raise _not_here(handle)
    return _in_cache(target, handle, root, lambda: _fetch(source, target, limits))


def _is_share(handle: str, system: str = os.name) -> bool:
    """Whether Windows would ask another machine for a path, and tell it who the user is."""
    return system == "nt" and ntpath.splitdrive(handle)[0].startswith(("\\\\", "//"))


def _not_here(handle: str) -> ValueError:
    must = "name what is on this machine: while a model is made of a config, nothing is fetched"
    advice = (
        f"If you want what it names: bk.hub.resolve({handle!r}) fetches it; then load the model again. Keras fetches "
        "it with safe_mode=False, and then runs Python, too, that the file may hold."
    )
    return ValueError(checks.message("handle", must, handle, advice))


def _text(handle: str | os.PathLike) -> str:
    if not isinstance(handle, (str, os.PathLike)) or not isinstance(os.fspath(handle), str):
        raise TypeError(checks.message("handle", "be a str or a path", handle))
    handle = os.fspath(handle)
    if not handle.strip() or "\0" in handle:
        raise ValueError(checks.message("handle", ACCEPTED, handle))
    return handle


def _named(handle: str) -> catalog.CatalogEntry | None:
    """The encoder of the catalogue that a text names; None for the path of what is here, and where there is none."""
    if os.path.exists(os.path.expanduser(handle)) or not _may_be_a_name(handle):
        return None
    with contextlib.suppress(ValueError):
        return catalog.find_encoder(handle)
    return None


def _may_be_a_name(handle: str) -> bool:
    return not handle.startswith((".", "/", "~")) and not handle.endswith(folders.ARCHIVE_ENDINGS)


def _local(path: str, cache_dir: str | os.PathLike | None, limits: archives.Limits | None) -> str:
    if os.path.isdir(path):
        if folders.is_saved_model(path):
            return path
        advice = folders.describe_folder(path)
        raise ValueError(checks.message("handle", "name a folder that holds saved_model.pb", path, advice))
    if not os.path.exists(path):
        raise ValueError(checks.message("handle", ACCEPTED, path, _missing(path)))
    if not path.endswith(folders.ARCHIVE_ENDINGS):
        raise ValueError(checks.message("handle", ACCEPTED, path, folders.describe_file(path)))
    root = cache.cache_root(cache_dir)
    digest = sha256_of_file(path)
    target = os.path.join(root, "archives", f"{stem(path)}-{digest[:16]}")
    origin = {"handle": os.path.basename(path), "sha256": digest, "num_bytes": os.path.getsize(path)}
    return _in_cache(target, path, root, lambda: archives.extract(path, target, limits, origin=origin))


def _missing(path: str) -> str:
    """What is missing of a path, with near names: of files, and of the catalogue."""
    parent, name = os.path.split(path.rstrip("/"))
    while parent and not os.path.exists(parent):
        parent, name = os.path.split(parent)
    neighbours = []
    with contextlib.suppress(OSError):  # `parent` is a file, or may not be read: then no names are suggested
        neighbours = os.listdir(parent or ".")
    sentences = [f"There is no '{name}' in '{parent or '.'}'.", checks.did_you_mean(name, neighbours)]
    if _may_be_a_name(path):
        sentences.append(f"It is no encoder of the catalogue either. {catalog.advice(path)}")
    return " ".join(sentence for sentence in sentences if sentence)


def _in_cache(target: str, handle: str, root: str, make: Callable[[], object]) -> str:
    """`target`, made by one process if the cache does not have it."""
    check_owner(target)
    if not _is_there(target, handle):
        cache.make_folders(root, os.path.dirname(target))
        with cache.locked(target):
            if not _is_there(target, handle):
                cache.remove_leftovers(target)
                make()
    return target


def _fetch(source: Source, target: str, limits: archives.Limits | None) -> None:
    limits = limits or archives.Limits()
    packed = folders.beside(target, "download")
    try:
        download = downloading.fetch(source.url, packed, limits.max_bytes)
        origin = {"handle": source.handle, **dataclasses.asdict(download)}
        archives.extract(packed, target, limits, source.handle, origin)
    except downloading.DownloadError as error:
        by_hand = (
            f"By hand: put saved_model.pb, variables/ and assets/ into '{target}' (make that folder) and call again, "
            "or pass the path of the downloaded .tar.gz."
        )
        raise _not_fetched(source, error, by_hand) from error
    finally:
        if os.path.exists(packed):
            os.remove(packed)


def _bucket(source: Source) -> str:
    url = source.url.replace("=compressed", "=uncompressed")
    try:
        return downloading.bucket_of(url)
    except downloading.DownloadError as error:
        raise _not_fetched(source, error, f"Unset {LOAD_FORMAT} to download the model instead.") from error


def _not_fetched(source: Source, error: OSError, advice: str) -> downloading.DownloadError:
    text = " ".join(part for part in (str(error), source.hint, advice) if part)
    return downloading.DownloadError(checks.message("handle", "lead to a SavedModel", source.handle, text))


def _is_there(target: str, handle: str) -> bool:
    """True if the cache holds the SavedModel; ValueError if somebody put something else there."""
    if folders.is_saved_model(target):
        return True
    if os.path.isdir(target) and os.listdir(target):
        advice = f"{folders.describe_folder(target)} Put the files right, or remove that folder to fetch it again."
        raise ValueError(checks.message("handle", f"have a SavedModel in the cache at '{target}'", handle, advice))
    return False


def _wants_bucket() -> bool:
    value = os.environ.get(LOAD_FORMAT) or "AUTO"
    return checks.one_of(LOAD_FORMAT, value, ("AUTO", "COMPRESSED", "UNCOMPRESSED")) == "UNCOMPRESSED"
