"""`source_of`: where the archive of an address is fetched, and where it lies in the cache."""

import dataclasses
import hashlib
import os
import re
import urllib.parse

from bert_keras import checks
from bert_keras.hub import catalog, folders
from bert_keras.hub.kaggle import KAGGLE_FORM, kaggle_parts, what_is_there

TFHUB_HOSTS = ("tfhub.dev", "www.tfhub.dev")
KAGGLE_HOSTS = ("kaggle.com", "www.kaggle.com")
KAGGLE_PLACE = "kaggle.com"  # in the cache
STORAGE = "https://storage.googleapis.com/"
TFHUB_FORM = "https://tfhub.dev/PUBLISHER/MODEL/VERSION"
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
class Source:
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


def source_of(handle: str, root: str) -> Source:
    """The source of an address, whose archive the cache folder `root` holds or will hold.

    Raises:
        ValueError: if it leads to no archive, as far as it shows.
    """
    parts = urllib.parse.urlsplit(handle)
    if parts.scheme == "gs":
        url = STORAGE + urllib.parse.quote(handle.removeprefix("gs://"))
        return Source(handle, url, _url_place(handle), (handle,), BUCKET_HINT)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(checks.message("handle", ACCEPTED, handle))
    if parts.hostname in KAGGLE_HOSTS:
        return _kaggle_source(handle, root)
    if parts.hostname in TFHUB_HOSTS:
        name = parts.path.strip("/")
        place = _plain_parts(handle, name.split("/"), TFHUB_FORM, at_least=3)
        canonical = "https://tfhub.dev/" + name
        hint = HUB_HINT
        if int(place[-1]) not in (catalog.versions_of("/".join(place[:-1])) or [int(place[-1])]):
            hint = _known_versions("/".join(place[:-1]))
        return Source(handle, canonical + "?tf-hub-format=compressed", place, (handle, canonical), hint)
    packed = parts.path.endswith(folders.ARCHIVE_ENDINGS)
    if not packed and urllib.parse.parse_qs(parts.query).get("tf-hub-format") != ["compressed"]:
        raise ValueError(checks.message("handle", ACCEPTED, handle, "This address does not end in .tar.gz or .tgz."))
    return Source(handle, handle, _url_place(handle), (handle,))


def _kaggle_source(handle: str, root: str) -> Source:
    """Also takes the address's old form, …/frameworks/F/variations/V/versions/N."""
    parts = kaggle_parts(handle)
    if not parts:
        raise ValueError(checks.message("handle", f"be {KAGGLE_FORM}", handle))
    known = [f"{entry.publisher}/{entry.name}" for entry in catalog.list_encoders(newest_only=True)]
    advice = what_is_there(parts, os.path.join(root, KAGGLE_PLACE), known)
    place = _plain_parts(handle, parts, KAGGLE_FORM, at_least=5, at_most=5, advice=advice)
    url = "https://www.kaggle.com/api/v1/models/" + "/".join(place) + "/download"
    return Source(handle, url, (KAGGLE_PLACE, *place), (handle,), HUB_HINT)


def _known_versions(name: str) -> str:
    """Which versions of a name tfhub.dev has, as far as the catalogue has the name."""
    versions = catalog.versions_of(name)
    return f"Of '{name}' there are the versions {', '.join(map(str, versions))}." if versions else ""


def _plain_parts(
    handle: str, parts: list[str], form: str, at_least: int, at_most: int = 20, advice: str = ""
) -> tuple[str, ...]:
    """The parts of a published name, fit to be folders: plain characters, and a version at the end."""
    plain = all(re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9._-]*", part) for part in parts)
    if plain and at_least <= len(parts) <= at_most and parts[-1].isdigit():
        return tuple(parts)
    if not advice and not parts[-1].isdigit():
        advice = f"The version number at the end is missing. {_known_versions('/'.join(parts))}".strip()
    raise ValueError(checks.message("handle", f"be {form}", handle, advice))


def _url_place(url: str) -> tuple[str, ...]:
    parts = urllib.parse.urlsplit(url)
    digest = hashlib.sha256(url.encode("utf-8")).hexdigest()
    return "urls", re.sub(r"[^A-Za-z0-9.-]", "_", parts.netloc.rpartition("@")[2]), f"{stem(parts.path)}-{digest[:16]}"


def stem(path: str) -> str:
    """A file's name without its ending, in characters that any file system takes."""
    name = path.rstrip("/").rpartition("/")[2]
    for ending in folders.ARCHIVE_ENDINGS:
        name = name.removesuffix(ending)
    return re.sub(r"[^A-Za-z0-9_-]", "_", name)[:80] or "model"
