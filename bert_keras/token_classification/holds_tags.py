"""`holds_tags`: whether a file or an object holds tags of words, told by its beginning, and lightly."""

import os
import pathlib
from typing import Any

from bert_keras.data.tables.glimpse import glimpse
from bert_keras.token_classification.annotations import holds_annotated_texts
from bert_keras.token_classification.tagged_table import holds_tagged_rows

EXTENSIONS = (
    ".conll",
    ".conllu",
    ".bio",
    ".iob",
    ".iob2",
    ".bioes",
    ".bilou",
    ".bmes",
)  # of files that hold tags by their name alone
STEMS = {
    "train": ("train", "eng.train"),
    "validation": ("dev", "valid", "validation", "testa", "eng.testa"),
    "test": ("test", "testb", "eng.testb"),
}


def holds_tags(source: Any) -> bool:
    """Whether a file or an object holds tags of words: a folder with CoNLL files, a list of pairs of two lists, a table
    with words and tags, or of texts with spans.

    So does a folder's name with "/" behind, as a `TaggingData` has it for a task. CoNLL files do by their endings.
    """
    if not isinstance(source, (str, os.PathLike)):
        return (isinstance(source, (list, tuple)) and bool(source) and is_pair(source[0])) or holds_rows(source)
    path = pathlib.Path(source).expanduser()
    if path.is_file():
        return holds_rows(path)
    if path.is_dir():
        names = [stem + ending for stems in STEMS.values() for stem in stems for ending in (*EXTENSIONS, ".txt")]
        return any((path / name).is_file() for name in names)
    return os.fspath(source).endswith("/")


def is_pair(row: Any) -> bool:
    """Whether a row is a list of words and one of tags."""
    return isinstance(row, (list, tuple)) and len(row) == 2 and all(isinstance(own, (list, tuple)) for own in row)


def holds_rows(source: Any) -> bool:
    """Whether a table is of words and tags, or of texts with spans."""
    found = glimpse(source)
    return holds_tagged_rows(found) or holds_annotated_texts(found)
