"""`raw_questions`: the questions of a file or an object, as they stand there, whatever their form."""

import os
import pathlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import tensorflow_datasets as tfds

from bert_keras.checks import did_you_mean, message
from bert_keras.data.tables.glimpse import glimpse
from bert_keras.data.tables.is_missing import is_missing
from bert_keras.data.tables.open_table import ending_of, open_table
from bert_keras.data.tables.row_source import RowSource
from bert_keras.data.tables.table_lines import TableLines
from bert_keras.from_json import NoJson, from_json

ID, TITLE, CONTEXT, QUESTION, ANSWERS, IMPOSSIBLE = "id", "title", "context", "question", "answers", "is_impossible"
_TEXT, _START = "text", "answer_start"
_ONE_ANSWER = ("answer", "answer_text")  # columns of tables with an answer a row
_OTHER_FIELDS = (ID, TITLE, IMPOSSIBLE, _START)


class RawQuestion(NamedTuple):
    """A question as it is written; None for what is not.

    Args:
        where: its path in the file, or its line.
        answers: (text, start) pairs as they are written; None where the field is null or absent.
        is_row: whether it is a row of a table, which has no other way to say that there is no answer than none.
        fault: what is wrong about its form; "" for nothing.
    """

    where: str
    id: Any = None
    title: Any = None
    context: Any = None
    question: Any = None
    answers: tuple[tuple[Any, Any], ...] | None = None
    is_impossible: Any = None
    is_row: bool = False
    fault: str = ""


def raw_questions(source: Any) -> list[RawQuestion]:
    """All questions of a source.

    Args:
        source: a path of SQuAD's JSON, nested in articles and paragraphs, or of a table with a row a question; what
            `json.load` makes of the former; what `bk.open_table` takes.

    Raises:
        ValueError: for a file that is no JSON (line and column), has no questions, or no columns of them.
    """
    if isinstance(source, (str, os.PathLike)):
        path = tfds.core.Path(os.fspath(source)).expanduser()
        is_table = ending_of(pathlib.Path(path)) != ".json" or {CONTEXT, QUESTION} <= set(glimpse(source).columns)
        document = None if is_table else read_json(path)
        if not is_table and _articles(document) is None:
            received = list(document) if isinstance(document, Mapping) else _shown(document)
            must = "hold an object with the list 'data', as SQuAD's do, or questions with their contexts"
            raise ValueError(message("the file", must, received))
    else:
        document = source
    nested = _articles(document)
    found = list(_of_table(open_table(source))) if nested is None else list(_of_articles(*nested))
    if not found:
        raise ValueError(message("data", "hold at least one question", "none"))
    return found


def read_json(path: Any) -> Any:
    """What stands in a file of JSON; ValueError with line and column for what is none."""
    try:
        content = TableLines(path).content() if os.path.isfile(path) else path.read_bytes()  # of gs:// and the like
        return from_json(content.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        *lines, before = error.object[: error.start].split(b"\n")
        raise ValueError(
            f"{path}, line {len(lines) + 1}, byte {len(before) + 1}: this must be UTF-8. Received: "
            f"0x{error.object[error.start]:02x}. Convert the file to UTF-8 (`iconv -t utf-8`)."
        ) from error
    except NoJson as error:
        place = path if error.place is None else f"{path}, line {error.line}, column {error.column}"
        raise ValueError(f"{place}: this must be JSON, one object with the list 'data'. Received: {error}.") from None


def _articles(document: Any) -> tuple[Any, str] | None:
    """The list of articles in SQuAD's form and its path; None for what may be a table."""
    if isinstance(document, Mapping):
        if "data" not in document:
            return None
        own = document["data"]
        is_table = isinstance(own, list) and own and all(isinstance(row, Mapping) and QUESTION in row for row in own)
        return None if is_table else (own, "data")
    if isinstance(document, list) and all(isinstance(row, Mapping) and _PARAGRAPHS & set(row) for row in document):
        return document, "data"
    return None


_PARAGRAPHS = {"paragraphs", "qas"}


def _of_articles(data: Any, where: str) -> Iterator[RawQuestion]:
    """The questions of SQuAD's articles; a list may hold paragraphs at once."""
    if not isinstance(data, (list, tuple)):
        raise ValueError(message(where, "be a list", _shown(data)))
    for row, article in enumerate(data):
        path = f"{where}[{row}]"
        if not isinstance(article, Mapping):
            yield RawQuestion(path, fault=message(path, "be an object (a dict)", article))
            continue
        if "qas" in article and "paragraphs" not in article:
            yield from _of_paragraph(path, article, article.get(TITLE))
            continue
        if "paragraphs" not in article:
            near = did_you_mean("paragraphs", map(str, article))
            yield RawQuestion(path, fault=message(path, "have the field 'paragraphs'", list(article), near))
            continue
        for place, fault, paragraph in _objects(article["paragraphs"], f"{path}.paragraphs"):
            if fault:
                yield RawQuestion(place, fault=fault)
            else:
                yield from _of_paragraph(place, paragraph, article.get(TITLE))


def _of_paragraph(path: str, paragraph: Mapping[str, Any], title: Any) -> Iterator[RawQuestion]:
    if CONTEXT not in paragraph and paragraph.get("qas"):
        near = did_you_mean(CONTEXT, map(str, paragraph))
        yield RawQuestion(path, fault=message(path, "have the field 'context'", list(paragraph), near))
        return
    for place, fault, entry in _objects(paragraph.get("qas"), f"{path}.qas"):
        if fault:
            yield RawQuestion(place, fault=fault)
            continue
        answers, fault = _answers(entry.get(ANSWERS), f"{place}.answers")
        if QUESTION not in entry:
            near = did_you_mean(QUESTION, map(str, entry))
            fault = message(place, "have the field 'question'", list(entry), near)
        own = (entry.get(ID), title, paragraph.get(CONTEXT), entry.get(QUESTION), answers, entry.get(IMPOSSIBLE))
        yield RawQuestion(place, *own, fault=fault)


def _objects(values: Any, where: str) -> Iterator[tuple[str, str, Any]]:
    """The objects of a list, none of null, each with its path and what is wrong about it."""
    if values is None:
        return
    if not isinstance(values, (list, tuple)):
        yield where, message(where, "be a list", _shown(values)), None
        return
    for row, value in enumerate(values):
        path = f"{where}[{row}]"
        yield path, "" if isinstance(value, Mapping) else message(path, "be an object (a dict)", value), value


def _of_table(source: RowSource) -> Iterator[RawQuestion]:
    """The questions of a table, a row each."""
    for name in (CONTEXT, QUESTION):
        source.column(name, name)
    answer = next((name for name in (ANSWERS, *_ONE_ANSWER) if name in source.columns), None)
    if answer is None:
        source.column(ANSWERS, ANSWERS)
    more = [name for name in _OTHER_FIELDS if name in source.columns]
    for chunk in source.rows([CONTEXT, QUESTION, answer, *more]):
        for row, place in enumerate(chunk.places):
            cells = {name: _plain(chunk.columns[name][row]) for name in chunk.columns}
            where = source.where(place)
            value = cells[answer]
            if answer in _ONE_ANSWER and _START in cells:
                value = None if value is None else {_TEXT: value, _START: cells[_START]}
            answers, fault = _answers(value, f"{where}, {answer}")
            own = [cells.get(name) for name in (ID, TITLE, CONTEXT, QUESTION)]
            yield RawQuestion(where, *own, answers, cells.get(IMPOSSIBLE), True, fault)


def _answers(value: Any, where: str) -> tuple[tuple[tuple[Any, Any], ...] | None, str]:
    """The answers of a question as (text, start), in any form that they are written in, and what is wrong about it."""
    if value is None:
        return None, ""
    if isinstance(value, str):
        return ((value, None),), ""
    if isinstance(value, Mapping):
        texts, starts = _listed(value.get(_TEXT)), _listed(value.get(_START))
        starts = starts or [None] * len(texts)
        if len(texts) != len(starts):
            must = f"have as many starts as texts, {len(texts)}"
            return None, message(where, must, len(starts))
        return tuple(zip(texts, starts, strict=True)), ""
    if not isinstance(value, (list, tuple)):
        return None, message(where, "be a list", value)
    found = []
    for row, answer in enumerate(value):
        path = f"{where}[{row}]"
        if isinstance(answer, str):
            found.append((answer, None))
        elif not isinstance(answer, Mapping):
            return None, message(path, "be an object (a dict)", answer)
        elif _TEXT not in answer:
            near = did_you_mean(_TEXT, map(str, answer))
            return None, message(path, "have the field 'text'", list(answer), near)
        else:
            found.append((answer[_TEXT], answer.get(_START)))
    return tuple(found), ""


def _listed(value: Any) -> list[Any]:
    if value is None:
        return []
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _plain(value: Any) -> Any:
    """A cell with lists for arrays, also inside, and None for what is missing."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    if isinstance(value, Mapping):
        return {name: _plain(own) for name, own in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, (str, bytes)):
        return [_plain(own) for own in value]
    return None if is_missing(value) else value


def _shown(value: Any) -> Any:
    """The keys of an object, which may be a whole data set, and other values as they are."""
    return f"an object with the keys {list(value)}" if isinstance(value, Mapping) else value
