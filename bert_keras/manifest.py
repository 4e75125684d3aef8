"""`Manifest`: the sha256 of a folder's files, in a file beside them that `sha256sum -c` reads as well."""

import hashlib
import os
import pathlib
import re
from collections.abc import Callable, Iterable

_LINE = re.compile(rb"([0-9a-f]{64})  ([^\\].*)", re.DOTALL)
_MOST = 16 << 20  # bytes of a list; a model has some ten lines of a hundred
_BLOCK = 1 << 20

GONE, CHANGED = "is not there", "has changed since it was written"


class Manifest:
    """The list of digests in a folder, `bert_keras.sha256`: a line for each file that decides answers.

    A line is the sha256 in hexadecimal, two spaces and the path in the folder, so that `sha256sum -c bert_keras.sha256`
    checks the folder without this library. A folder in it with a list of its own stands in it by that list alone.

    Args:
        folder: on this machine.
    """

    NAME = "bert_keras.sha256"

    def __init__(self, folder: str | os.PathLike) -> None:
        self.folder = pathlib.Path(folder)
        self.file = self.folder / self.NAME

    def exists(self) -> bool:
        """Whether the folder has a list; those of before there were any have none."""
        return self.file.is_file()

    def write(self, parts: Iterable[str] | None = None) -> None:
        """Lists what is there now.

        Args:
            parts: files and folders of the folder; those that are not there are left out, None for all there is.

        Raises:
            OSError: if a file cannot be read, or the list not be written.
        """
        parts = os.listdir(self.folder) if parts is None else parts
        names = sorted(name for part in dict.fromkeys(parts) if part != self.NAME for name in self._below(part))
        names = [name for name in names if "\n" not in name and name[0] != "\\"]  # of which a line cannot be
        lines = [sha256_of_file(self.folder / name).encode("ascii") + b"  " + os.fsencode(name) for name in names]
        self.file.write_bytes(b"".join(line + b"\n" for line in lines))

    def names(self) -> list[str]:
        """The files that are listed, by their paths in the folder.

        Raises:
            ValueError: if the list is not one that `write` wrote.
            OSError: if it cannot be read.
        """
        return list(self._digests())

    def faults(self, checked: Callable[[str], bool] = lambda name: True) -> dict[str, str]:
        """By file, what is wrong with it, in words that follow its name; empty where all is as it was written.

        Args:
            checked: whether a file's digest is to be compared, by its path in the folder.

        Raises:
            OSError: if a file cannot be read.
        """
        try:
            digests = self._digests()
        except ValueError as error:
            return {self.NAME: str(error)}
        found = {}
        for name, digest in digests.items():
            if checked(name):
                path = self.folder / name
                if not path.is_file():
                    found[name] = GONE
                elif sha256_of_file(path) != digest:
                    found[name] = CHANGED
        return found

    def _digests(self) -> dict[str, str]:
        with open(self.file, "rb") as file:
            content = file.read(_MOST + 1)
        lines = content.removesuffix(b"\n").split(b"\n")
        found = {}
        for number, line in enumerate(lines, start=1):
            match = _LINE.fullmatch(line)
            name = os.fsdecode(match[2]) if match else ""
            if not name or "\0" in name or os.path.isabs(name) or ".." in name.split("/"):
                raise ValueError(f"is no list of digests: line {number} is not a sha256, two spaces and a file's path")
            found[name] = match[1].decode("ascii")
        if len(found) < len(lines) or len(content) > _MOST or not content.endswith(b"\n"):
            raise ValueError("is no whole list of digests")
        return found

    def _below(self, part: str) -> Iterable[str]:
        """The paths of a part's files in the folder, with slashes; of one with a list of its own, that list."""
        top = self.folder / part
        if top.is_file():
            return [part]
        if Manifest(top).exists():
            return [f"{part}/{self.NAME}"]
        paths = [pathlib.Path(root, name) for root, _, names in os.walk(top) for name in names]
        return [path.relative_to(self.folder).as_posix() for path in paths]


def sha256_of_file(path: str | os.PathLike) -> str:
    """The digest of a file's content."""
    digest = hashlib.sha256()
    with open(path, "rb", buffering=0) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()
