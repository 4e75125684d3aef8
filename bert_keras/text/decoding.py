"""`decoded_lines`: a file as lines of text, with the line and the byte of what is not in its encoding."""

import codecs
import pathlib
from collections.abc import Callable, Iterator

from bert_keras import checks

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
