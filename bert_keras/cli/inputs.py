"""What commands read and write: arguments, files and standard input as rows of text; lines of JSON."""

import json
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from bert_keras import checks


def json_line(value: dict[str, Any]) -> str:
    """JSON with every script as it is, but for the characters that some programs take for the end of a line."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x85\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def arguments(texts: list[str], pairs: bool) -> Iterator[Any]:
    if not pairs:
        return iter(texts)
    if len(texts) % 2:
        raise ValueError(
            checks.message("TEXT", "come in pairs for this model", texts, "Give two texts for each answer.")
        )
    return iter(list(zip(texts[::2], texts[1::2], strict=True)))


def stream(file: str | None) -> BinaryIO:
    """The file, or standard input for None, opened before the model is loaded, which takes longer."""
    if file is None:
        return sys.stdin.buffer
    try:
        return open(pathlib.Path(file).expanduser(), "rb")
    except OSError as error:
        raise OSError(checks.message("file", "be a file that can be read", file, f"{error.strerror}.")) from error


def lines(stream: BinaryIO, name: str, pairs: bool) -> Iterator[Any]:
    """The texts of a file or of standard input, each checked to be UTF-8 and, for pairs, to hold one tab."""
    with stream:
        for number, raw in enumerate(stream, 1):
            raw = raw.removeprefix(b"\xef\xbb\xbf") if number == 1 else raw
            try:
                text = raw.decode("utf-8").rstrip("\r\n")
            except UnicodeDecodeError as error:
                must = f"be UTF-8; line {number} of {name} is not, at byte {error.start + 1}"
                raise ValueError(checks.message("file", must, raw[:40])) from None
            if not pairs:
                yield text
                continue
            parts = text.split("\t")
            if len(parts) != 2:
                must = f"hold two texts with a tab between; line {number} of {name} has {len(parts)}"
                raise ValueError(checks.message("file", must, text))
            yield tuple(parts)


def chunks(rows: Iterator[Any], size: int) -> Iterator[list[Any]]:
    chunk: list[Any] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == size:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
