"""Plain text, a line or a paragraph each, from files or from a list of strings."""

import os
import pathlib
from collections.abc import Iterable, Iterator
from typing import Any

from bert_keras.checks import did_you_mean, message

_BOM = b"\xef\xbb\xbf"


def sources(files_or_texts: Any) -> list[pathlib.Path] | list[str]:
    """What a user gave: paths of files that are there, or texts.

    A str or path alone is a file. A list of paths is files, and so is a list of str that names files only.

    Raises:
        TypeError: for what is neither, and for a list of both.
        ValueError: for an empty list, or one of texts among which is the name of a file.
        FileNotFoundError: naming the file that is not there.
    """
    name, given = "files_or_texts", files_or_texts
    if isinstance(given, (str, os.PathLike)):
        return [_file(given)]
    if isinstance(given, (bytes, dict)) or not isinstance(given, Iterable):
        raise TypeError(message(name, "be a file, or a list of files or of texts", given))
    items = list(given)
    if not items:
        raise ValueError(message(name, "hold at least one file or text", items))
    for place, item in enumerate(items):
        if not isinstance(item, (str, os.PathLike)):
            raise TypeError(message(name, "hold str or paths only", item, f"It is number {place}."))
    if any(isinstance(item, os.PathLike) for item in items) or all(map(_names_file, items)):
        return [_file(item) for item in items]
    files = [item for item in items if _names_file(item)]
    if files:
        advice = f"There is a file '{files[0]}', and other entries are none. Pass pathlib.Path objects for files."
        raise ValueError(message(name, "be all files, or all texts", items[:5], advice))
    return items


def read_lines(source: pathlib.Path) -> Iterator[str]:
    """The lines of a UTF-8 file without their ends, one at a time; a byte order mark is left out.

    Raises:
        ValueError: naming the line that is not UTF-8, and its byte.
    """
    with open(source, "rb") as file:
        for number, raw in enumerate(file, 1):
            raw = raw.removeprefix(_BOM) if number == 1 else raw
            try:
                yield raw.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                must = f"be UTF-8; line {number} of {source.name} is not, at byte {error.start + 1}"
                advice = "Save the file as UTF-8."
                raise ValueError(message("files_or_texts", must, raw[:40], advice)) from None


def documents(given: list[pathlib.Path] | list[str]) -> Iterator[list[str]]:
    """The lines of each document, without empty ones: an empty line ends a document, and so does the end of a file.

    Args:
        given: as `sources` returns it; texts stand for the lines of one file.

    Raises:
        ValueError: naming a file without any text.
    """
    for source in given if isinstance(given[0], pathlib.Path) else [given]:
        document, some = [], False
        for line in read_lines(source) if isinstance(source, pathlib.Path) else source:
            if line.strip():
                document.append(line)
                some = True
            elif document:
                yield document
                document = []
        if document:
            yield document
        if not some:
            received = str(source) if isinstance(source, pathlib.Path) else source[:5]
            raise ValueError(message("files_or_texts", "hold text, and there is none in it", received))


def _names_file(item: str | os.PathLike) -> bool:
    if isinstance(item, str) and (not item or len(item) > 1000 or "\n" in item or "\0" in item):
        return False
    looks = str(item).lower().endswith(".txt") and len(str(item).split()) == 1
    return looks or os.path.isfile(os.path.expanduser(item))


def _file(item: str | os.PathLike) -> pathlib.Path:
    path = pathlib.Path(item).expanduser()
    if path.is_file():
        return path
    if path.is_dir():
        advice = f"It is a folder. Pass its files: sorted(pathlib.Path({str(path)!r}).glob('*.txt'))."
        raise ValueError(message("files_or_texts", "be files of text", str(item)[:200], advice))
    beside = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    advice = did_you_mean(path.name, beside) or "A text is passed in a list."
    raise FileNotFoundError(message("files_or_texts", "be an existing file", str(item)[:200], advice))
