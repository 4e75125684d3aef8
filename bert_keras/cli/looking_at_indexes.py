"""What can be said against the arguments of `index` and `ask` before TensorFlow is loaded. It loads NumPy."""

import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.open_table import TABLE_ENDINGS, ending_of, open_path
from bert_keras.hub.catalog import named_encoder
from bert_keras.hub.catalog_entry import POSITIONS
from bert_keras.retrieval.index_files import check_index_out, read_index_facts
from bert_keras.retrieval.read_documents import read_documents
from bert_keras.running.folders.folder_files import KERAS_FILE, read_config

_READS = "question_answering"


def look_at_index(encoder: str, out: str, overwrite: bool, seq_length: int | None) -> None:
    """Raises for the name of an encoder, a place or a length at fault."""
    check_index_out(out, overwrite)
    if named_encoder(encoder) is not None and seq_length is not None:
        checks.integer("seq_length", seq_length, 3, POSITIONS, "the encoder's position table")


def documents_of(source: str, columns: dict[str, Any], reading: dict[str, Any]) -> dict[str, str]:
    """The documents of a folder, a file or a table, by name.

    Args:
        source: its path.
        columns: `text` and `name`, as for `bk.search_index`.
        reading: options of `bk.open_table` that were given.
    """
    path = pathlib.Path(source).expanduser()
    if not path.is_dir() and ending_of(path) in TABLE_ENDINGS:
        return read_documents(open_path(path, reading), **columns)
    for name, value in reading.items():
        if name != "encoding":
            raise ValueError(checks.message(name, "be left out for documents that are no table", value))
    return read_documents(source, **columns, encoding=reading.get("encoding", "utf-8"))


def look_at_question(folder: str, model: str | None) -> None:
    """Raises where there is no index, or the model is none that reads."""
    read_index_facts(folder)
    if model is not None and not model.endswith(KERAS_FILE):
        kind = read_config(model).get("kind", "text_classification")  # folders had none when there was one kind
        if kind != _READS:
            must = f"be a model of {_READS}"
            raise ValueError(checks.message("model", must, model, f"This is {kind}."))
