"""`load_index`: an index from its folder, with the encoder that it was made with."""

import os
import pathlib
from typing import Any

import keras
import numpy as np

from bert_keras import checks
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.from_json import NoJson, from_json
from bert_keras.hub.check_written import check_written
from bert_keras.retrieval.encoder_identity import encoder_identity
from bert_keras.retrieval.index_files import DOCUMENTS, ENCODER, VECTORS, WINDOWS, read_index_facts
from bert_keras.retrieval.search_index import SearchIndex, index_embedder

_NEAR = 1e-3  # of a vector's length, to 1


@checks.answers()
def load_index(
    folder: str | os.PathLike, encoder: Any = None, batch_size: int = 32, *, trust: bool = False
) -> SearchIndex:
    """An index that `SearchIndex.save` or `bert-keras index` wrote.

    >>> index = bk.load_index("indexes/manuals")
    >>> index.search("How is the filter cleaned?", k=3)

    Args:
        folder: of the index.
        encoder: what the index was made with, a handle or an encoder; None for the one that lies in the folder, or
            else the one that it names. Any other is refused, as its vectors do not compare.
        batch_size: queries that are run together.
        trust: as for `bk.load_encoder`, where the encoder is loaded here.

    Raises:
        ValueError: if the folder is no whole index, its files are not those that were written, or the encoder is
            another one.
        OSError: if the encoder that it names is not there.
    """
    checks.integer("batch_size", batch_size, 1)
    facts = read_index_facts(folder)
    path = pathlib.Path(folder).expanduser()
    check_written(path)
    documents, windows, vectors = _contents(path, facts)
    handle = facts["encoder"]["source"]
    if encoder is None:
        encoder = path / ENCODER if (path / ENCODER).is_dir() else handle
    if encoder is None:
        must = "be given for this index, whose encoder came from no handle"
        advice = "Pass the encoder that made it; save(…, with_encoder=True) keeps it in the folder."
        raise ValueError(checks.message("encoder", must, None, advice))
    if isinstance(encoder, (str, os.PathLike)):
        native = keras.backend.backend() != "tensorflow"
        encoder = load_encoder(encoder, trainable=False, native=native, trust=trust)
    embedder = index_embedder(encoder, facts["pooling"], facts["seq_length"], batch_size)
    if encoder_identity(embedder.encoder) != facts["encoder"]["sha256"]:
        must = "be the one that the index was made with, by its weights and its tokenizer"
        named = f"It names '{handle}'; one that was tuned from that is another. " if handle else ""
        advice = f"{named}Pass the encoder that made it, or make the index anew."
        raise ValueError(checks.message("encoder", must, embedder.encoder.source, advice))
    return SearchIndex(embedder, documents, windows, vectors, facts["overlap"], handle)


def _contents(path: pathlib.Path, facts: dict[str, Any]) -> tuple[dict[str, str], np.ndarray, np.ndarray]:
    """Texts, places and vectors, which fit together."""
    try:
        documents = _documents(path / DOCUMENTS)
        # Mapped first: an array that says it is larger than its file is an error then, and not a memory that is full.
        windows, vectors = (np.array(np.load(path / name, mmap_mode="r")) for name in (WINDOWS, VECTORS))
    except (NoJson, KeyError, TypeError, ValueError, EOFError) as error:
        raise ValueError(_damaged(path, f"cannot be read ({error})")) from None
    size = (facts["windows"], facts["encoder"]["hidden_size"])
    if windows.dtype != np.int64 or windows.shape != (size[0], 3) or vectors.dtype != np.float32:
        raise ValueError(_damaged(path, f"has other places than {size[0]}, or other numbers"))
    if vectors.shape != size or len(documents) != facts["documents"] or not size[0]:
        raise ValueError(_damaged(path, f"has no {facts['documents']} documents in {size[0]} windows"))
    lengths = np.array([len(text) for text in documents.values()])
    numbers, starts, ends = windows.T
    is_whole = (np.diff(numbers, prepend=-1) >= 0) & (np.diff(numbers, prepend=-1) <= 1) & (numbers < len(lengths))
    if numbers[-1] != len(lengths) - 1 or not is_whole.all():
        raise ValueError(_damaged(path, "has windows of other documents"))
    if ((starts < 0) | (starts > ends) | (ends > lengths[numbers])).any():
        raise ValueError(_damaged(path, "has windows beyond their documents"))
    if not (np.abs(np.linalg.norm(vectors, axis=1) - 1) < _NEAR).all():
        raise ValueError(_damaged(path, "has vectors of another length than 1"))
    return documents, windows, vectors


def _documents(file: pathlib.Path) -> dict[str, str]:
    documents: dict[str, str] = {}
    with open(file, "rb") as lines:
        for line in lines:
            entry = from_json(line)
            name, text = entry["name"], entry["text"]
            if not isinstance(name, str) or not isinstance(text, str) or name in documents:
                raise ValueError("a document's name or text is none")
            documents[name] = text
    return documents


def _damaged(path: pathlib.Path, what: str) -> str:
    return checks.message("folder", f"hold a whole index, and it {what}", str(path), "Make it anew.")
