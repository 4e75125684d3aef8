"""`resolve`: from a handle to a folder with a SavedModel."""

import contextlib
import dataclasses
import hashlib
import ntpath
import os
import re
import urllib.parse
from collections.abc import Callable

from bert_keras import checks
from bert_keras.hub import catalog, folders
from bert_keras.hub.downloads import archives, cache, downloading
from bert_keras.hub.downloads.check_owner import check_owner
from bert_keras.hub.made_here import MADE_HERE
from bert_keras.manifest import sha256_of_file

TFHUB_HOSTS = ("tfhub.dev", "www.tfhub.dev")
KAGGLE_HOSTS = ("kaggle.com", "www.kaggle.com")
STORAGE = "https://storage.googleapis.com/"
LOAD_FORMAT = "TFHUB_MODEL_LOAD_FORMAT"
TFHUB_FORM = "https://tfhub.dev/PUBLISHER/MODEL/VERSION"
KAGGLE_FORM = "https://www.kaggle.com/models/PUBLISHER/MODEL/FRAMEWORK/VARIATION/VERSION"
ACCEPTED = (
    f"be a folder with saved_model.pb, a .tar.gz archive, {TFHUB_FORM}, {KAGGLE_FORM}, "
    "another https address of a .tar.gz, gs://BUCKET/FOLDER, or a name of the catalogue"
)
HUB_HINT = (
    "tfhub.dev redirects to Kaggle and at times answers 403. Kaggle may want the model's terms accepted in a browser, "
    "and credentials: KAGGLE_USERNAME and KAGGLE_KEY, or ~/.kaggle/kaggle.json."
)
BUCKET_HINT = "A private bucket is not read here: copy the archive (`gcloud storage cp`) and pass the copy."


@dataclasses.dataclass(frozen=True)
class _Source:
    """One address that leads to an archive.

    Args:
        handle: as the user wrote it.
        url: where the archive is fetched.
        place: the folder under the cache.
        aliases: the handles under which tensorflow_hub would have cached it.
        hint: what to know about the host when it refuses.
    """

    handle: str
    url: str
    place: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    hint: str = ""


def resolve(
    handle: str | os.PathLike,
    cache_dir: str | os.PathLike | None = None,
    limits: archives.Limits | None = None,
    fetch: bool = True,
) -> str:
    """Returns a folder that holds the handle's SavedModel, fetching and unpacking it once.

    Args:
        handle: a folder with saved_model.pb; a .tar.gz or .tgz archive; https://tfhub.dev/PUBLISHER/MODEL/VERSION;
            https://www.kaggle.com/models/PUBLISHER/MODEL/FRAMEWORK/VARIATION/VERSION; another address of a .tar.gz;
            gs://BUCKET/FOLDER, which comes back as it is (TensorFlow reads it), or gs://BUCKET/FILE.tar.gz in a
            public bucket; a name of `bk.list_encoders()`, or "sample". A name that is also a folder here is the folder.
        cache_dir: the cache folder; None takes it from the environment, see `bert_keras.hub.downloads.cache`.
        limits: how much an archive may unpack to, `Limits()` if None.
        fetch: False refuses what would have to be asked of another machine.

    With TFHUB_MODEL_LOAD_FORMAT=UNCOMPRESSED a tfhub.dev handle gives the gs:// folder that tfhub.dev names.
    Models that tensorflow_hub has put into the same cache are used. For a mirror and for Kaggle's credentials see
    `bert_keras.hub.downloads.downloading`.

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
        if entry is None:
            return _local(os.path.expanduser(handle), cache_dir, limits)
        if entry.sample:
            return MADE_HERE[f"{entry.publisher}/{entry.name}"](cache_dir)
        handle = catalog.handle_url(entry)
    if handle.startswith("gs://") and not handle.endswith(folders.ARCHIVE_ENDINGS):
        if not fetch:
            raise _not_here(handle)
        return handle
    source = _source_of(handle)
    if fetch and urllib.parse.urlsplit(handle).hostname in TFHUB_HOSTS and _wants_bucket():
        return _bucket(source)
    root = cache.cache_root(cache_dir)
    target = os.path.join(root, *source.place)
    if not folders.is_saved_model(target):
        theirs = cache.tensorflow_hub_entry(root, source.aliases)
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
    target = os.path.join(root, "archives", f"{_stem(path)}-{digest[:16]}")
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


def _source_of(handle: str) -> _Source:
    parts = urllib.parse.urlsplit(handle)
    if parts.scheme == "gs":
        url = STORAGE + urllib.parse.quote(handle.removeprefix("gs://"))
        return _Source(handle, url, _url_place(handle), (handle,), BUCKET_HINT)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(checks.message("handle", ACCEPTED, handle))
    if parts.hostname in KAGGLE_HOSTS:
        return _kaggle_source(handle, parts.path)
    if parts.hostname in TFHUB_HOSTS:
        name = parts.path.strip("/")
        place = _plain_parts(handle, name.split("/"), TFHUB_FORM, at_least=3)
        canonical = "https://tfhub.dev/" + name
        return _Source(handle, canonical + "?tf-hub-format=compressed", place, (handle, canonical), HUB_HINT)
    packed = parts.path.endswith(folders.ARCHIVE_ENDINGS)
    if not packed and urllib.parse.parse_qs(parts.query).get("tf-hub-format") != ["compressed"]:
        raise ValueError(checks.message("handle", ACCEPTED, handle, "This address does not end in .tar.gz or .tgz."))
    return _Source(handle, handle, _url_place(handle), (handle,))


def _kaggle_source(handle: str, path: str) -> _Source:
    """Also takes the address's old form, …/frameworks/F/variations/V/versions/N."""
    parts = path.strip("/").split("/")
    if parts[0] != "models":
        raise ValueError(checks.message("handle", f"be {KAGGLE_FORM}", handle))
    parts = parts[1:]
    if parts[2::2] == ["frameworks", "variations", "versions"]:
        parts = parts[:2] + parts[3::2]
    place = _plain_parts(handle, parts, KAGGLE_FORM, at_least=5, at_most=5)
    url = "https://www.kaggle.com/api/v1/models/" + "/".join(place) + "/download"
    return _Source(handle, url, ("kaggle.com", *place), (handle,), HUB_HINT)


def _plain_parts(handle: str, parts: list[str], form: str, at_least: int, at_most: int = 20) -> tuple[str, ...]:
    """The parts of a published name, fit to be folders: plain characters, and a version at the end."""
    plain = all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", part) for part in parts)
    if plain and at_least <= len(parts) <= at_most and parts[-1].isdigit():
        return tuple(parts)
    advice = "" if parts[-1].isdigit() else "The version number at the end is missing."
    raise ValueError(checks.message("handle", f"be {form}", handle, advice))


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


def _fetch(source: _Source, target: str, limits: archives.Limits | None) -> None:
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


def _bucket(source: _Source) -> str:
    url = source.url.replace("=compressed", "=uncompressed")
    try:
        return downloading.bucket_of(url)
    except downloading.DownloadError as error:
        raise _not_fetched(source, error, f"Unset {LOAD_FORMAT} to download the model instead.") from error


def _not_fetched(source: _Source, error: OSError, advice: str) -> downloading.DownloadError:
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


def _url_place(url: str) -> tuple[str, ...]:
    parts = urllib.parse.urlsplit(url)
    digest = hashlib.sha256(url.encode("utf-8")).hexdigest()
    return "urls", re.sub(r"[^A-Za-z0-9.-]", "_", parts.netloc.rpartition("@")[2]), f"{_stem(parts.path)}-{digest[:16]}"


def _stem(path: str) -> str:
    """The file's name without its ending, in characters that any file system takes."""
    name = path.rstrip("/").rpartition("/")[2]
    for ending in folders.ARCHIVE_ENDINGS:
        name = name.removesuffix(ending)
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:80] or "model"
