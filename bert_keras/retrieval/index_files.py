"""What lies in the folder of an index, and whether a folder is one. Loads nothing heavy: the command line asks first.

bert_keras.sha256  the digests of all that follows
index.json       format, encoder: source, sha256 and size; pooling, seq_length, overlap; how many documents and windows
documents.jsonl  {"name", "text"}, a line for each document
windows.npy      int64 [windows, 3]: the number of a document, and the characters of a window in it, from and to
vectors.npy      float32 [windows, hidden_size], each of length 1
encoder/         the encoder as a SavedModel, where it was to lie there
"""

import os
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.from_json import from_json
from bert_keras.hub.check_written import check_written
from bert_keras.manifest import Manifest

INDEX, DOCUMENTS, WINDOWS, VECTORS, ENCODER = "index.json", "documents.jsonl", "windows.npy", "vectors.npy", "encoder"
PARTS = (INDEX, DOCUMENTS, WINDOWS, VECTORS)
FORMAT = 1  # of index.json; a newer one is refused by an older library
_MOST = 1 << 20  # bytes of index.json
_FIELDS = {"pooling": str, "seq_length": int, "overlap": int, "documents": int, "windows": int}
_OF_ENCODER = {"sha256": str, "hidden_size": int}


def read_index_facts(folder: str | os.PathLike) -> dict[str, Any]:
    """The content of an index's `index.json`.

    Raises:
        TypeError: if `folder` is no path.
        ValueError: if the folder is no index, a newer library wrote it, or the file is not the one that was written.
    """
    if not isinstance(folder, (str, os.PathLike)):
        raise TypeError(checks.message("folder", "be the path of an index", folder))
    path = pathlib.Path(folder).expanduser()
    missing = [name for name in (*PARTS, Manifest.NAME) if not (path / name).is_file()]
    if missing:
        must = f"be an index that bert_keras wrote, with {', '.join((*PARTS, Manifest.NAME))}"
        raise ValueError(checks.message("folder", must, str(folder), _what_it_is(path, missing)))
    check_written(path, lambda name: name == INDEX)
    with open(path / INDEX, "rb") as file:
        content = file.read(_MOST)
    try:
        facts = from_json(content)
        fits = isinstance(facts, dict) and isinstance(facts["format"], int)
        if fits and facts["format"] > FORMAT:
            raise ValueError(
                checks.message("folder", f"have format {FORMAT} or older", facts["format"], "Update bert_keras.")
            )
        fits = fits and _has(facts, _FIELDS) and _has(facts["encoder"], _OF_ENCODER)
        fits = fits and isinstance(facts["encoder"].get("source"), (str, type(None)))
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError):
        fits = False
    except ValueError as error:
        if "`folder`" in str(error):
            raise
        fits = False
    if not fits:
        must = f"hold an {INDEX} that bert_keras wrote"
        raise ValueError(checks.message("folder", must, str(folder), "It is damaged: copy the whole index again."))
    return facts


def check_index_out(folder: str | os.PathLike, overwrite: bool) -> pathlib.Path:
    """The place of a new index, as a path, after all that can be said against it was looked at.

    Raises:
        FileExistsError: if something is there, but for an index that `overwrite` lets go.
    """
    path = pathlib.Path(folder).expanduser()
    checks.boolean("overwrite", overwrite)
    if path.exists() and not path.is_dir():
        raise FileExistsError(checks.message("folder", "be new or empty", str(folder), "There is a file of that name."))
    names = sorted(item.name for item in path.iterdir()) if path.is_dir() else []
    strange = set(names) - {*PARTS, ENCODER, Manifest.NAME}
    if names and (strange or INDEX not in names):
        advice = f"It holds {sorted(strange)[:5] or names}, no index alone: pass a new folder."
        raise FileExistsError(checks.message("folder", "be new or empty", str(folder), advice))
    if names and not overwrite:
        advice = "It holds an index. Pass --overwrite (overwrite=True) to replace it."
        raise FileExistsError(checks.message("folder", "be new or empty", str(folder), advice))
    return path


def _has(values: dict[str, Any], kinds: dict[str, type]) -> bool:
    return all(isinstance(values[name], kind) and not isinstance(values[name], bool) for name, kind in kinds.items())


def _what_it_is(path: pathlib.Path, missing: list[str]) -> str:
    if not path.exists():
        return "There is no such folder."
    if not path.is_dir():
        return "It is a file."
    if (path / INDEX).is_file():
        return f"It has no {' and no '.join(missing)}: copy the whole index again."
    if (path / "config.json").is_file():
        return "It is a model folder, which bk.load reads and `bert-keras ask INDEX --model DIR` takes."
    return f"There is: {sorted(item.name for item in path.iterdir())[:8]}. `bert-keras index` makes one."
