"""What commands read and write: arguments, files and standard input as rows of text; lines of JSON."""

import json
import pathlib
import re
import sys
from collections.abc import Iterator
from typing import Any, BinaryIO

from bert_keras import checks
from bert_keras.text.lines import decoded_lines, without_end


def json_line(value: dict[str, Any]) -> str:
    """JSON with every script as it is, but for the characters that some programs take for the end of a line."""
    text = json.dumps(value, ensure_ascii=False)
    return re.sub("[\x85\u2028\u2029]", lambda found: f"\\u{ord(found[0]):04x}", text)


def arguments(texts: list[str], columns: int) -> Iterator[Any]:
    """The texts as rows of 1 or 2, or as one row for 0 columns, which is as many as there are."""
    if columns == 1:
        return iter(texts)
    if columns == 0:
        return iter([_with_choices(tuple(texts), "TEXT", "be a prompt and two choices or more")])
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


def _with_choices(row: tuple[str, ...], name: str, must: str) -> tuple[str, ...]:
    if len(row) < 3:
        raise ValueError(checks.message(name, must, row))
    return row


def lines(stream: BinaryIO, name: str, columns: int) -> Iterator[Any]:
    """The texts of a file or of standard input, each checked to be UTF-8 and to hold the tabs of as many columns.

    With 0 columns, a prompt and two choices or more.
    """
    with stream:
        for number, line in enumerate(decoded_lines(stream, name=name, advice="Give texts as UTF-8."), 1):
            text = without_end(line)
            if columns == 1:
                yield text
                continue
            parts = text.split("\t")
            if columns == 0:
                must = f"hold a prompt and two choices or more with tabs between, in line {number} of {name}"
                yield _with_choices(tuple(parts), "file", must)
                continue
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
