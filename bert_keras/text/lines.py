"""Lines of text: the one decoder of files, and texts, a line or a paragraph each, from files or from a list."""

import codecs
import os
import pathlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bert_keras import checks
from bert_keras.checks import did_you_mean, message

_MARKS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}


class NotInEncoding(ValueError):
    """A line is not in the file's encoding."""


def decoded_lines(
    path: pathlib.Path, encoding: str = "utf-8", fault: Callable[[int, UnicodeDecodeError], None] | None = None
) -> Iterator[str]:
    """The lines of a file with their ends, a byte order mark left out; one of UTF-16 goes before `encoding`.

    Args:
        path: the file.
        encoding: a name that Python knows.
        fault: called with the number of each line that is not in the encoding, from 1, and the error; U+FFFD takes the
            place of what cannot be read. If None that is an error.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: at the first line that is not in the encoding, or for an unknown encoding.
    """
    encoding = _checked_encoding(path, encoding)
    if "16" in encoding or "32" in encoding:  # a line's end is no byte of its own
        try:
            with open(path, encoding=encoding, newline="", errors="strict" if fault is None else "replace") as file:
                yield from file
        except UnicodeError as error:
            raise NotInEncoding(f"{path} must be {encoding}, and is not: {error}.") from None
        return
    with open(path, "rb") as file:
        for number, raw in enumerate(file, 1):
            raw = raw.removeprefix(codecs.BOM_UTF8) if number == 1 else raw
            try:
                yield raw.decode(encoding)
            except UnicodeDecodeError as error:
                if fault is None:
                    raise NotInEncoding(_told(path, number, raw, error, encoding)) from None
                fault(number, error)
                yield raw.decode(encoding, errors="replace")


def _checked_encoding(path: pathlib.Path, encoding: str) -> str:
    if not path.is_file():
        advice = "It is a folder." if path.is_dir() else _beside(path)
        raise FileNotFoundError(checks.message("files", "be a file that is there", str(path), advice))
    try:
        codecs.lookup(encoding)
    except (LookupError, TypeError):
        raise ValueError(
            checks.message("encoding", "be one that Python knows, as 'utf-8' or 'cp1252'", encoding)
        ) from None
    with open(path, "rb") as file:
        start = file.read(4)
    marked = next((name for mark, name in _MARKS.items() if start.startswith(mark)), encoding)
    return encoding if marked == "utf-8-sig" else marked


def _beside(path: pathlib.Path) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder '{folder}' either."
    return checks.did_you_mean(path.name, sorted(item.name for item in folder.iterdir()))


def _told(path: pathlib.Path, number: int, raw: bytes, error: UnicodeDecodeError, encoding: str) -> str:
    around = raw[max(error.start - 20, 0) : error.start + 20]
    told = f"{path}, line {number}, byte {error.start + 1}: this must be {encoding}. Received: {around!r}."
    if encoding.replace("-", "").lower() != "utf8":
        return f"{told} Pass the encoding that the file has."
    return (
        f"{told} Save the file as UTF-8; a table can be read in the encoding it has, encoding='cp1252' (--encoding"
        " cp1252), if that holds for all of it, and `bert-keras check` counts such lines."
    )


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


def documents(given: list[pathlib.Path] | list[str]) -> Iterator[list[str]]:
    """The lines of each document, without empty ones: an empty line ends a document, and so does the end of a file.

    Args:
        given: as `sources` returns it; texts stand for the lines of one file.

    Raises:
        ValueError: naming a file without any text.
    """
    for source in given if isinstance(given[0], pathlib.Path) else [given]:
        document, some = [], False
        for line in decoded_lines(source) if isinstance(source, pathlib.Path) else source:
            if line.strip():
                document.append(line.rstrip("\r\n"))
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
