"""Unpacks a .tar.gz archive that a stranger may have made: nothing is written outside one fresh folder.

`tarfile`'s own extraction filters differ between Python 3.10 and 3.12, so each rule stands here.
"""

import contextlib
import dataclasses
import errno
import gzip
import json
import os
import shutil
import tarfile
import unicodedata
import zlib
from collections.abc import Iterator, Mapping
from typing import BinaryIO

from bert_keras import checks
from bert_keras.hub import folders
from bert_keras.manifest import Manifest
from bert_keras.replacement.to_disk import to_disk

ORIGIN_FILE = "bert_keras_origin.json"
CHUNK_BYTES = 1 << 20
# What tarfile may read on the way to the next member: long names and PAX headers are held in memory as a whole.
HEADER_BYTES = 1 << 20
BY_HAND = "If you trust it, unpack it yourself and pass the folder."


class ArchiveError(ValueError):
    """An archive that is damaged, hostile, too large, or not one SavedModel."""


@dataclasses.dataclass(frozen=True)
class Limits:
    """How much an archive may unpack to.

    Args:
        max_bytes: of the unpacked stream, and of the packed file. BERT-large is about 1.4 GB.
        max_members: files and folders; a SavedModel has about ten.
        max_ratio: unpacked bytes to packed ones; weights reach about 1.1, gzip's own bound is 1032.
        ratio_from_bytes: the ratio counts only beyond so many unpacked bytes (untrained weights of zeros pack well).
    """

    max_bytes: int = 16 << 30
    max_members: int = 10_000
    max_ratio: float = 100.0
    ratio_from_bytes: int = 1 << 30

    def __post_init__(self):
        checks.integer("max_bytes", self.max_bytes, 1)
        checks.integer("max_members", self.max_members, 1)
        checks.number("max_ratio", self.max_ratio, 1)
        checks.integer("ratio_from_bytes", self.ratio_from_bytes, 0)


def extract(
    archive: str,
    target: str,
    limits: Limits | None = None,
    source: str | None = None,
    origin: Mapping[str, str | int] | None = None,
) -> bool:
    """Unpacks the one SavedModel in an archive to the folder `target`; on any error nothing is left.

    The files go to a fresh folder beside `target`, which is renamed at the end: `target` is there whole or not at all.
    An archive that keeps the SavedModel in a sub-folder is taken too; then only that sub-folder is kept.

    Args:
        archive: the path of a .tar.gz file.
        target: the folder to make; its parents are made too.
        limits: how much it may unpack to, `Limits()` if None.
        source: what the messages call the archive; its path if None.
        origin: written to bert_keras_origin.json in the folder. The digests of all files stand in bert_keras.sha256.

    Returns:
        True, or False where another process finished the same target first (its folder stays, ours is removed).

    Raises:
        ArchiveError: says which member broke which rule.
    """
    source = source or archive
    fresh = folders.beside(target, "partial")
    os.makedirs(os.path.dirname(fresh), exist_ok=True)
    os.mkdir(fresh)
    try:
        with _translated(source), open(archive, "rb") as packed:
            _unpack(packed, fresh, limits or Limits(), source)
        model = _only_saved_model(fresh, source)
        if origin is not None:
            with open(os.path.join(model, ORIGIN_FILE), "w", encoding="utf-8") as file:
                json.dump(dict(origin), file, indent=1)
        if not Manifest(model).exists():  # an archive of an encoder of ours brings its own
            Manifest(model).write()
            to_disk(Manifest(model).file)
        _sync(model)
        return _move(model, target)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def what_bytes_are(head: bytes) -> str:
    """What a file that starts with these bytes is, or an empty string if it is gzip."""
    if head[:2] == b"\x1f\x8b":
        return ""
    start = head.lstrip()[:16].lower()
    if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
        return "a web page"
    if head[:4] == b"PK\x03\x04":
        return "a zip file"
    return "not a gzip file" if head else "an empty file"


class _Unpacked:
    """The unpacked bytes of a gzip file for tarfile, bounded while they are read."""

    def __init__(self, packed: BinaryIO, limits: Limits, source: str):
        self._packed, self._limits, self._source = packed, limits, source
        self._gzip = gzip.GzipFile(fileobj=packed)
        self._count = 0
        self.allow(0)

    def allow(self, num_bytes: int) -> None:
        """Sets how much may be read from here on, HEADER_BYTES more than `num_bytes`."""
        self._stop = self._count + num_bytes + HEADER_BYTES

    def read(self, size: int) -> bytes:
        data = self._gzip.read(size)
        self._count += len(data)
        limits, name = self._limits, self._source
        if self._count > limits.max_bytes:
            raise _error(f"unpack to at most {limits.max_bytes} bytes", name, f"It is larger. {BY_HAND}")
        ratio = self._count / max(1, self._packed.tell())
        if self._count > limits.ratio_from_bytes and ratio > limits.max_ratio:
            why = f"Here it is {ratio:.0f} times, as in a file made to fill the disk. {BY_HAND}"
            raise _error(f"unpack to at most {limits.max_ratio:g} times its size", name, why)
        if self._count > self._stop:
            raise _error(f"have headers of at most {HEADER_BYTES} bytes", name, "A header is longer.")
        return data


def _unpack(packed: BinaryIO, folder: str, limits: Limits, source: str) -> None:
    other_kind = what_bytes_are(packed.read(512))
    if other_kind:
        raise _error("be a gzip-compressed tar file", source, f"It is {other_kind}.")
    packed.seek(0)
    stream = _Unpacked(packed, limits, source)
    are_folders: dict[str, bool] = {}
    with tarfile.open(fileobj=stream, mode="r|") as tar:
        for number, member in enumerate(iter(tar.next, None)):
            if number >= limits.max_members:
                raise _error(f"hold at most {limits.max_members} files and folders", source, f"It has more. {BY_HAND}")
            parts = _safe_parts(member.name, source)
            _check_type(member, source)
            _check_new(parts, member.isdir(), are_folders, source)
            path = os.path.join(folder, *parts)
            if member.isdir():
                os.makedirs(path, exist_ok=True)
            else:
                stream.allow(member.size)
                _write(tar, member, path)
            stream.allow(0)
    stream.allow(limits.max_bytes)
    while stream.read(CHUNK_BYTES):  # to the end, where gzip's checksum stands
        pass


def _write(tar: tarfile.TarFile, member: tarfile.TarInfo, path: str) -> None:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with tar.extractfile(member) as content, open(path, "xb") as file:
        shutil.copyfileobj(content, file, CHUNK_BYTES)
        file.flush()
        os.fsync(file.fileno())


def _safe_parts(name: str, source: str) -> list[str]:
    """The parts of a member's name; ArchiveError if it could lead out of the folder or be read in two ways."""
    if not name.isprintable():
        raise _error("have names of printable characters", source, f"Its member {name!r} has another.")
    if "\\" in name:
        raise _error("have names without a backslash", source, f"Its member '{name}' has one.")
    if name.startswith("/") or name[1:2] == ":":
        raise _error("have relative names", source, f"Its member '{name}' has an absolute path.")
    parts = [part for part in name.split("/") if part not in ("", ".")]
    if ".." in parts:
        raise _error("have names without '..'", source, f"Its member '{name}' leads out of its folder.")
    return parts


def _check_type(member: tarfile.TarInfo, source: str) -> None:
    """Files and folders pass. A sparse file is refused: it unpacks to any size from a few bytes."""
    if member.isdir() or (member.type in (tarfile.REGTYPE, tarfile.AREGTYPE) and not member.issparse()):
        return
    if member.issym() or member.islnk():
        what = f"a {'symbolic' if member.issym() else 'hard'} link to '{member.linkname}'"
    elif member.isdev():
        what = "a device or pipe"
    else:
        what = "a sparse file" if member.issparse() else f"of type {member.type!r}"
    raise _error("hold plain files and folders only", source, f"Its member '{member.name}' is {what}.")


def _check_new(parts: list[str], is_folder: bool, are_folders: dict[str, bool], source: str) -> None:
    """A name may come once, and a file has nothing below it, also where the file system ignores case or accents' form.

    `are_folders` holds the names of the members so far; this one and its parents are added.
    """
    if not parts and not is_folder:
        raise _error("have a name for each file", source, "One of its files has none.")
    for end in range(1, len(parts) + 1):
        name = unicodedata.normalize("NFC", "/".join(parts[:end])).casefold()
        folder_here = is_folder or end < len(parts)
        if name in are_folders and not (are_folders[name] and folder_here):
            raise _error("hold each name once", source, f"Its member '{'/'.join(parts)}' comes twice.")
        are_folders[name] = folder_here


def _only_saved_model(folder: str, source: str) -> str:
    """The folder itself or the one below it that holds saved_model.pb."""
    if folders.is_saved_model(folder):
        return folder
    models = sorted(path for path, _, _ in os.walk(folder) if folders.is_saved_model(path))
    if len(models) == 1:
        return models[0]
    if models:
        names = ", ".join(f"'{os.path.relpath(path, folder)}'" for path in models[:5])
        raise _error("hold one SavedModel", source, f"It holds {len(models)}: {names}. {BY_HAND}")
    inside = folders.describe_folder(folder).replace(f"'{folder}'", "It").replace(folder + os.sep, "")
    raise _error("hold a SavedModel, a folder with saved_model.pb", source, inside)


def _sync(folder: str) -> None:
    """Flushes the folders' own entries, so that a power cut cannot leave a renamed folder with missing files."""
    for path, _, _ in os.walk(folder):
        _sync_folder(path)


def _sync_folder(path: str) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _move(folder: str, target: str) -> bool:
    try:
        os.rename(folder, target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST, errno.ENOTDIR):
            raise
        if folders.is_saved_model(target):
            return False
        raise ValueError(checks.message("target", "be absent or an empty folder", target, "Move it away.")) from error
    _sync_folder(os.path.dirname(os.path.abspath(target)))
    return True


@contextlib.contextmanager
def _translated(source: str) -> Iterator[None]:
    """Turns what gzip and tarfile raise on bad bytes into an ArchiveError."""
    try:
        yield
    except ArchiveError:
        raise
    except EOFError as error:
        raise _error("be whole", source, "It ends early, as after a broken download. Fetch it again.") from error
    except (gzip.BadGzipFile, zlib.error, tarfile.TarError, ValueError, OverflowError) as error:
        raise _error("be a whole gzip-compressed tar file", source, f"It is damaged: {error}.") from error


def _error(must: str, source: str, advice: str) -> ArchiveError:
    return ArchiveError(checks.message("archive", must, source, advice))
