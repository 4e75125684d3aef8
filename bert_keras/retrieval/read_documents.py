"""`read_documents`: a user's documents, by name. Loads nothing heavy for files: the command line reads them first."""

import itertools
import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from bert_keras import checks
from bert_keras.bar import bar
from bert_keras.data.tables.is_missing import is_missing
from bert_keras.data.tables.open_table import TABLE_ENDINGS, ending_of, open_table
from bert_keras.data.tables.row_source import RowSource
from bert_keras.question_answering.question_examples import is_blank
from bert_keras.text.lines import decoded_lines

ENDINGS = (".txt", ".md")  # of files that are a document each
_LONGEST_PATH = 1000  # characters; what is longer is no path but a text
_TEXT_COLUMNS = ("text", "document", "context", "content", "body")  # if not said
_FORMS = "a folder of .txt and .md files, one such file, a table, a dict from names to texts, or a list of texts"


def read_documents(source: Any, text: str | None = None, name: str | None = None, encoding: str = "utf-8") -> dict:
    """Texts by name, in their order; those without a visible character are left out, with a warning.

    Args:
        source, text, name, encoding: as for `bk.search_index`.

    Raises:
        FileNotFoundError, TypeError, ValueError: as `bk.search_index` for its documents.
    """
    is_path = isinstance(source, (str, os.PathLike))
    if is_path and (len(os.fspath(source)) > _LONGEST_PATH or "\n" in os.fspath(source)):
        raise ValueError(checks.message("documents", f"be {_FORMS}", source, "One text alone is passed in a list."))
    if not is_path and encoding != "utf-8":
        advice = "Of a table: bk.open_table(file, encoding=…)."
        raise ValueError(checks.message("encoding", "be left out for what is no file", encoding, advice))
    table = _table(source, encoding)
    for argument, column in {"text": text, "name": name}.items():
        if column is not None and table is None:
            raise ValueError(checks.message(argument, "be left out for documents that are no table", column))
    if table is not None:
        pairs: Iterable[tuple[str, str]] = _rows(table, text, name)
    elif is_path:
        pairs = _files(pathlib.Path(source).expanduser(), encoding)
    else:
        pairs = _held(source)
    return _checked(pairs)


def _table(source: Any, encoding: str) -> RowSource | None:
    """The table that `source` is, or is the name of; None of other documents."""
    if isinstance(source, RowSource):
        return source
    if isinstance(source, (str, os.PathLike)):
        path = pathlib.Path(source).expanduser()
        is_table = not path.is_dir() and ending_of(path) in TABLE_ENDINGS
        return open_table(source, encoding=encoding) if is_table else None
    named = hasattr(source, "columns") or hasattr(source, "column_names")
    listed = isinstance(source, (list, tuple)) and len(source) > 0 and isinstance(source[0], Mapping)
    return open_table(source) if named or listed else None


def _rows(table: RowSource, text: str | None, name: str | None) -> Iterator[tuple[str, str]]:
    if text is None:
        found = [column for column in _TEXT_COLUMNS if column in table.columns]
        found = found or (list(table.columns) if len(table.columns) == 1 else [])
        if not found:
            there = ", ".join(f"'{column}'" for column in table.columns)
            advice = f"{table.name} has: {there}. Pass text='…' (--text-column …)."
            raise ValueError(checks.message("text", "name the column of the texts", None, advice))
        text = found[0]
    wanted = [table.column("text", text), *([] if name is None else [table.column("name", name)])]
    for chunk in table.rows(wanted):
        for place, *cells in zip(chunk.places, *(chunk.columns[column] for column in wanted), strict=True):
            content = "" if is_missing(cells[0]) else cells[0]
            if not isinstance(content, str):
                raise TypeError(f"{table.where(place)}: {checks.message('text', 'be a text', content)}")
            if name is not None and (is_missing(cells[1]) or not str(cells[1]).strip()):
                must = f"be there in the column '{name}' for every document"
                raise ValueError(f"{table.where(place)}: {checks.message('name', must, cells[1])}")
            yield table.where(place) if name is None else str(cells[1]), content


def _files(path: pathlib.Path, encoding: str) -> Iterator[tuple[str, str]]:
    """Of a folder the files below it, by their paths in it with slashes, in order; hidden ones are passed over."""
    if path.is_dir():
        found = sorted(item for item in _below(path) if item.suffix.lower() in ENDINGS)
        others = [item.name for item in _below(path) if item.suffix.lower() not in ENDINGS]
        if not found:
            shown = ", ".join(sorted(others)[:5]) or "nothing"
            must = "hold .txt or .md files"
            raise ValueError(checks.message("documents", must, str(path), f"It holds: {shown}."))
        if others:
            first = sorted(others)[0]
            checks.warn(f"{len(others):,} files in '{path}' are no .txt or .md and were not read, as '{first}'.")
        with bar("reading documents", len(found)) as shown_bar:
            for number, item in enumerate(found, 1):
                yield item.relative_to(path).as_posix(), _content(item, encoding)
                shown_bar(number)
        return
    if path.is_file() and path.suffix.lower() not in ENDINGS:
        advice = f"A table ends in one of {', '.join(TABLE_ENDINGS)}. One text alone is passed in a list."
        raise ValueError(checks.message("documents", f"be {_FORMS}", str(path)[:200], advice))
    if not path.is_file() and path.suffix.lower() not in ENDINGS:
        near = [item.name for item in path.parent.iterdir()] if path.parent.is_dir() else []
        near = checks.did_you_mean(path.name, near) or "One text alone is passed in a list."
        advice = f"There is no such file or folder. {near}"
        raise FileNotFoundError(checks.message("documents", f"be {_FORMS}", str(path)[:200], advice))
    yield path.name, _content(path, encoding)


def _below(folder: pathlib.Path) -> Iterator[pathlib.Path]:
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (pathlib.Path(root, name) for name in names if not name.startswith("."))


def _content(path: pathlib.Path, encoding: str) -> str:
    """A file as it stands, its ends of lines too, without a byte order mark."""
    return "".join(decoded_lines(path, encoding))


def _held(source: Any) -> Iterator[tuple[str, str]]:
    if isinstance(source, bytes) or not isinstance(source, (Mapping, Iterable)):
        raise TypeError(checks.message("documents", f"be {_FORMS}", source))
    if isinstance(source, Mapping):
        yield from source.items()
        return
    for number, item in enumerate(source):
        if isinstance(item, (tuple, list)):
            if len(item) != 2:
                must = f"be pairs (name, text), and number {number} is none"
                raise ValueError(checks.message("documents", must, item))
            yield item[0], item[1]
        else:
            yield str(number), item


def _checked(pairs: Iterable[tuple[Any, Any]]) -> dict[str, str]:
    found: dict[str, str] = {}
    seen: set[str] = set()
    blank = []
    for number, (name, text) in enumerate(pairs):
        if not isinstance(name, str) or not name:
            must = f"have names that are str and not empty, and number {number} has another"
            raise TypeError(checks.message("documents", must, name))
        where = f"'{name}'"
        if not isinstance(text, str):
            raise TypeError(checks.message("documents", f"be texts, str, and {where} is none", text))
        for what, value in (("name", name), ("text", text)):
            fault = checks.beyond_utf8(value)
            if fault is not None:
                advice = "Decode it with errors='replace'."
                raise ValueError(checks.message("documents", f"{fault}, in the {what} of {where}", value, advice))
        if name in seen:
            advice = "Name each document otherwise, or put the texts of one together."
            raise ValueError(checks.message("documents", "have a name each, and two share one", name, advice))
        seen.add(name)
        if is_blank(text):
            blank.append(name)
        else:
            found[name] = text
    if not found:
        received = f"{len(blank):,} without a visible character" if blank else "none"
        raise ValueError(checks.message("documents", "hold at least one text", received))
    if blank:
        shown = ", ".join(f"'{name}'" for name in itertools.islice(blank, 3))
        checks.warn(f"{len(blank):,} documents have no visible character and were left out: {shown}.")
    return found
