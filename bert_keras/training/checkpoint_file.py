"""`CheckpointFile`: arrays with the facts that they belong to and a digest of all of it, in one safetensors file."""

import errno
import hashlib
import json
import os
import pathlib
from collections.abc import Mapping
from typing import Any

import numpy as np
from safetensors.numpy import load_file, save_file

from bert_keras.from_json import from_json
from bert_keras.replacement.to_disk import to_disk

_NOT_YET = "0" * 64  # where the digest will stand: it is that of the file with these in its place
_MOST = 100_000_000  # bytes of a header, as safetensors has it


class CheckpointFile:
    """A file that is there as a whole, or that says that it is damaged. It needs no other one beside it.

    Args:
        path: of the file.
    """

    def __init__(self, path: pathlib.Path) -> None:
        self.path = path

    def write(self, arrays: Mapping[str, np.ndarray], facts: Mapping[str, Any]) -> None:
        """Writes beside and renames; the disk has it when this returns.

        Args:
            arrays: by name.
            facts: plain JSON values.

        Raises:
            OSError, SafetensorError: if the disk does not take it; a file that was there stays.
        """
        beside = self.path.with_name("writing.safetensors")
        for left in self.path.parent.glob(".tmp??????"):  # of a process that died while safetensors wrote
            left.unlink()
        try:
            save_file(dict(arrays), beside, metadata={"facts": json.dumps(facts), "sha256": _NOT_YET})
            digest, place = _digest(beside)
            with open(beside, "r+b") as file:
                file.seek(place)
                file.write(digest.encode("ascii"))
            to_disk(beside)
            os.replace(beside, self.path)
        finally:
            beside.unlink(missing_ok=True)
        to_disk(self.path.parent)

    def facts(self) -> dict[str, Any] | None:
        """What was given to `write`; None if the file is gone, or not to the last bit what it was."""
        try:
            metadata = _header(self.path)["__metadata__"]
            digest, place = _digest(self.path)
            with open(self.path, "rb") as file:
                file.seek(place)
                is_whole = file.read(64) == digest.encode("ascii")
            return from_json(metadata["facts"]) if is_whole else None
        except (ValueError, KeyError, TypeError, FileNotFoundError):
            return None
        except OSError as error:
            if error.errno != errno.EIO:  # a sector that cannot be read is damage; a file that may not be is none
                raise
            return None

    def arrays(self) -> dict[str, np.ndarray]:
        """The arrays, by name; of a file that `facts` found whole."""
        return load_file(self.path)

    def set_aside(self) -> pathlib.Path:
        """Gives the file another name, by which no run takes it for a checkpoint; returns that."""
        return set_aside(self.path)


def set_aside(path: pathlib.Path) -> pathlib.Path:
    """Renames a damaged file to a name that is free; returns that."""
    names = [path.with_name(f"{path.name}.damaged{end}") for end in ("", *(f"-{number}" for number in range(2, 1000)))]
    free = next(name for name in names if not name.exists())
    os.replace(path, free)
    return free


def _header(path: pathlib.Path) -> dict[str, Any]:
    with open(path, "rb") as file:
        length = int.from_bytes(file.read(8), "little")
        if length > _MOST:
            raise ValueError(f"a header of {length} bytes")
        return from_json(file.read(length))


def _digest(path: pathlib.Path) -> tuple[str, int]:
    """The sha256 of a file as if its digest were not yet in it, and the byte at which that stands."""
    with open(path, "rb") as file:
        start = file.read(8)
        start += file.read(min(int.from_bytes(start, "little"), _MOST))
        place = start.index(b'"sha256":"') + len(b'"sha256":"')
        digest = hashlib.sha256(start[:place] + _NOT_YET.encode("ascii") + start[place + 64 :])
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest(), place
