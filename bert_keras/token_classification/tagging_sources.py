"""`own_source` and `sentences_of`: what of a user's own holds tags of words, and the sentences in it."""

import os
import pathlib
from collections.abc import Iterable, Mapping
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.glimpse import glimpse
from bert_keras.data.tables.held_table import HeldTable
from bert_keras.data.tables.open_table import TABLE_ENDINGS, open_table
from bert_keras.data.tables.row_source import RowSource
from bert_keras.features import PARTS
from bert_keras.token_classification.annotated_texts import read_annotated_texts
from bert_keras.token_classification.annotations import holds_annotated_texts
from bert_keras.token_classification.holds_tags import EXTENSIONS, STEMS, holds_rows, is_pair
from bert_keras.token_classification.read_conll import read_conll
from bert_keras.token_classification.tagged_sentences import TaggedSentences, listed_sentences
from bert_keras.token_classification.tagged_table import read_tagged_table
from bert_keras.token_classification.tfds_tagging import own_conll2003, read_tfds_tagging

_ENDINGS = (*EXTENSIONS, ".txt", ".tsv", "")
_USUAL = {"tag_column": -1, "encoding": "utf-8"}  # what a user who says nothing has said; else None
_OF_FILES = ("columns", "word_column", "sentence_column")


def files_in(folder: pathlib.Path) -> dict[str, pathlib.Path]:
    """The CoNLL files of a folder by part. FileNotFoundError where none is for training or testing."""
    files = {}
    for part, stems in STEMS.items():
        names = [stem + ending for stem in stems for ending in _ENDINGS]
        of_part = [folder / name for name in names if (folder / name).is_file()]
        if len(of_part) > 1:
            names, advice = sorted(path.name for path in of_part), "Pass the files by part: {'train': …}."
            raise ValueError(checks.message("folder", f"hold one file for {part}", names, advice))
        if of_part:
            files[part] = of_part[0]
    if not files:
        there = sorted(path.name for path in folder.iterdir())[:8] if folder.is_dir() else "no such folder"
        must = "hold CoNLL files named train, dev (valid, testa) or test (testb), with .txt, .conll or .tsv"
        raise FileNotFoundError(checks.message("folder", must, str(folder), f"There is: {there}."))
    return files


def own_source(part: str, source: Any) -> pathlib.Path | TaggedSentences | RowSource:
    """A user's file as a path, a table as one, other lists as sentences; raises for what is neither."""
    if isinstance(source, (str, os.PathLike)):
        return pathlib.Path(source).expanduser()
    if holds_rows(source) or hasattr(source, "columns") or hasattr(source, "column_names"):
        return open_table(source)
    if isinstance(source, Mapping):
        must = f"be files or lists by part, out of {', '.join(PARTS)}, or a table of words and tags"
        raise ValueError(checks.message("source", must, list(source)))
    if not isinstance(source, Iterable):
        must = "be a task, a file, a folder, a list of (words, tags), a table, or a dict of those by part"
        raise TypeError(checks.message("source", must, source))
    rows = list(source)
    if rows and is_pair(rows[0]) and any(isinstance(tag, int) for tag in rows[0][1]) and all(map(is_pair, rows)):
        return HeldTable({"tokens": [row[0] for row in rows], "tags": [row[1] for row in rows]}, "sentences")
    return listed_sentences(rows, part)


def sentences_of(source: Any, part: str, reading: dict[str, Any]) -> TaggedSentences:
    """The sentences of one part."""
    if isinstance(source, pathlib.Path) and source.is_dir():
        files = files_in(source)
        source = files[checks.one_of("part", part, files)]
    if isinstance(source, pathlib.Path) and source.name.lower().endswith(TABLE_ENDINGS) and _is_table(source, reading):
        options = {} if reading["encoding"] == "utf-8" else {"encoding": reading["encoding"]}
        source = open_table(source, **options)
    if isinstance(source, pathlib.Path):
        _check_left_out(reading, ("sentence_column",), "CoNLL files")
        own = ("tag_column", "columns", "word_column", "encoding")
        return read_conll(source, **{name: reading[name] for name in own})
    if isinstance(source, RowSource):
        _check_left_out(reading, ("columns",), "tables, whose columns have names")
        if holds_annotated_texts(glimpse(source)):
            _check_left_out(reading, ("tag_column", "word_column", "sentence_column"), "texts with spans")
            return read_annotated_texts(source, reading["repair"])
        own = ("tag_column", "word_column", "sentence_column", "label_names")
        return read_tagged_table(source, **{name: reading[name] for name in own})
    if isinstance(source, TaggedSentences):
        _check_left_out(reading, (*_OF_FILES, "tag_column", "encoding"), "lists of (words, tags)")
        return source
    _check_left_out(reading, (*_OF_FILES, "encoding"), "TFDS, which names its own")
    return read_tfds_tagging(source() if source is own_conll2003 else source, part, reading["tag_column"])


def _is_table(path: pathlib.Path, reading: dict[str, Any]) -> bool:
    """Whether a file by the name of a table is one, and no CoNLL file in tabs."""
    if path.suffix.lower() not in (".tsv", ".tab"):
        return True
    return holds_rows(path) or (isinstance(reading["word_column"], str) and reading["columns"] is None)


def _check_left_out(reading: dict[str, Any], names: tuple[str, ...], source: str) -> None:
    for name in names:
        if reading[name] != _USUAL.get(name):
            raise ValueError(checks.message(name, f"be left out for {source}", reading[name]))
