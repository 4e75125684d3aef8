"""Lines of text: the one decoder of files, and texts, a line or a paragraph each, from files or from a list."""

import codecs
import itertools
import os
import pathlib
from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO

from bert_keras.checks import did_you_mean, message
from bert_keras.text.shown_stream import ShownStream, size_of

# In this order: UTF-32's mark begins with that of UTF-16.
_MARKS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32-le",
    codecs.BOM_UTF32_BE: "utf-32-be",
    codecs.BOM_UTF16_LE: "utf-16-le",
    codecs.BOM_UTF16_BE: "utf-16-be",
}
_BLOCK = 1 << 18  # bytes that are read together
LONGEST_LINE = 1 << 24  # bytes, sixteen times a text of a megabyte; what is longer is no line of text
_WITHOUT_MARK = {"utf-8-sig": "utf-8", "utf-16": "utf-16-le", "utf-32": "utf-32-le"}


class NotInEncoding(ValueError):
    """A line is not in the file's encoding."""


def decoded_lines(
    source: Any,
    encoding: str = "utf-8",
    fault: Callable[[int, UnicodeDecodeError], None] | None = None,
    *,
    name: str | None = None,
    advice: str | Callable[[bytes], str] = "Save the file as UTF-8.",
    longest: int | None = LONGEST_LINE,
) -> Iterator[str]:
    r"""The lines of a file with their ends, a byte order mark left out; one of UTF-16 goes before `encoding`.

    A line ends at `\n` and nowhere else: U+0085, U+2028 and a lone `\r` stand in texts.

    Args:
        source: a path, of pathlib or of TFDS, which knows gs://; or a binary stream, which stays open.
        encoding: a name that Python knows.
        fault: called with the number of each line that is not in the encoding, from 1, and the error; U+FFFD takes the
            place of what cannot be read. If None that is an error.
        name: of the source, for messages; its path if None.
        advice: what to do where a line is not in the encoding, or what says so of the line.
        longest: bytes of a line, at most; None where a line may be all of a document.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for an unknown encoding; at the first line that is not in the encoding, `NotInEncoding`, with the
            number of the line and of the byte in it, both from 1; for a longer line.
    """
    if hasattr(source, "read"):
        name = name or str(getattr(source, "name", "the stream"))
        yield from _decoded(source, encoding, fault, name, advice, longest)
        return
    path = pathlib.Path(source) if isinstance(source, str) else source
    if not path.is_file():
        where = "It is a folder." if path.is_dir() else _beside(path)
        raise FileNotFoundError(message("files", "be a file that is there", str(path), where))
    with path.open("rb") as file, ShownStream(file, f"reading {path.name}", size_of(file)) as shown:
        yield from _decoded(shown, encoding, fault, name or str(path), advice, longest)


def without_end(line: str) -> str:
    r"""A line without its `\n`, or `\r\n`."""
    return line.removesuffix("\n").removesuffix("\r")


def _decoded(
    file: BinaryIO,
    encoding: str,
    fault: Callable[[int, UnicodeDecodeError], None] | None,
    name: str,
    advice: str | Callable[[bytes], str],
    longest: int | None,
) -> Iterator[str]:
    try:
        codec = codecs.lookup(encoding).name
        "\n".encode(codec)  # base64 is a codec, too
    except (LookupError, TypeError, ValueError):
        raise ValueError(message("encoding", "be one that Python knows, as 'utf-8' or 'cp1252'", encoding)) from None
    blocks = _blocks(file)
    start = next(blocks)
    mark = next((mark for mark in _MARKS if start.startswith(mark)), b"")
    if mark not in (b"", codecs.BOM_UTF8):
        encoding = codec = _MARKS[mark]
    codec = _WITHOUT_MARK.get(codec, codec)
    blocks = itertools.chain([start.removeprefix(mark)], blocks)
    for number, raw in enumerate(_raw_lines(blocks, "\n".encode(codec), longest), 1):
        if longest is not None and len(raw) > longest:
            raise ValueError(too_long(f"{name}, line {number}", longest))
        try:
            yield raw.decode(codec)
        except UnicodeDecodeError as error:
            if fault is None:
                around = raw[max(error.start - 20, 0) : error.start + 20]
                place = f"{name}, line {number}, byte {error.start + 1}"
                told = advice(raw) if callable(advice) else advice
                raise NotInEncoding(f"{place}: this must be {encoding}. Received: {around!r}. {told}") from None
            fault(number, error)
            yield raw.decode(codec, errors="replace")


def _blocks(file: BinaryIO) -> Iterator[bytes]:
    r"""What a stream holds; the first block has all of a mark. TensorFlow's own `readline` would drop every `\r`."""
    read = getattr(file, "read1", file.read)  # of a pipe, what has come
    start = b""
    while len(start) < 4 and b"\n" not in start and (block := read(_BLOCK)):
        start += block
    yield start
    while block := read(_BLOCK):
        yield block


def too_long(where: str, longest: int = LONGEST_LINE) -> str:
    """What is said of a line that is too long."""
    return f"{where}: a line must have at most {longest:,} bytes, and this one has more. Is it a file of text?"


def _raw_lines(blocks: Iterable[bytes], end: bytes, longest: int | None) -> Iterator[bytes]:
    r"""The lines of a file, as bytes: each ends with `end`, `\n` in the file's encoding; the last one need not.

    What is longer than `longest` comes as soon as that is known, and with it reading is over.
    """
    rest = bytearray()
    for block in blocks:
        begin, place = 0, max(len(rest) - len(end) + 1, 0)
        rest += block
        while (place := rest.find(end, place)) >= 0:
            if (place - begin) % len(end):  # halves of two characters
                place += 1
                continue
            place += len(end)
            yield bytes(rest[begin:place])
            begin = place
        del rest[:begin]
        if longest is not None and len(rest) > longest:
            break
    if rest:
        yield bytes(rest)


def _beside(path: Any) -> str:
    folder = path.parent
    if not folder.is_dir():
        return f"There is no folder '{folder}' either."
    return did_you_mean(path.name, sorted(item.name for item in folder.iterdir()))


def sources(files_or_texts: Any) -> list[pathlib.Path] | list[str]:
    """What a user gave: paths of files that are there, or texts.

    A str or path alone is a file. A list of paths is files, and so is a list of str that names files only.

    Raises:
        TypeError: for what is neither, and for a list of both.
        ValueError: for an empty list, or one of texts among which is the name of a file.
        FileNotFoundError: naming the file that is not there.
    """
    name = "files_or_texts"
    if isinstance(files_or_texts, (str, os.PathLike)):
        return [_file(files_or_texts)]
    if isinstance(files_or_texts, (bytes, dict)) or not isinstance(files_or_texts, Iterable):
        raise TypeError(message(name, "be a file, or a list of files or of texts", files_or_texts))
    items = list(files_or_texts)
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


def documents(files_or_texts: list[pathlib.Path] | list[str]) -> Iterator[list[str]]:
    """The lines of each document, without empty ones: an empty line ends a document, and so does the end of a file.

    Args:
        files_or_texts: as `sources` returns it; texts stand for the lines of one file.

    Raises:
        ValueError: naming a file without any text.
    """
    for source in files_or_texts if isinstance(files_or_texts[0], pathlib.Path) else [files_or_texts]:
        document, is_empty = [], True
        for line in decoded_lines(source) if isinstance(source, pathlib.Path) else source:
            if line.strip():
                document.append(without_end(line))
                is_empty = False
            elif document:
                yield document
                document = []
        if document:
            yield document
        if is_empty:
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
