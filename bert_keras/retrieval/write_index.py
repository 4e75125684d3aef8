"""`write_index`: an index as a folder, whole or not at all."""

import json
import os
import pathlib
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.disk import clear_errors, recover, replacing
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.manifest import Manifest
from bert_keras.retrieval.encoder_identity import encoder_identity
from bert_keras.retrieval.index_files import (
    DOCUMENTS,
    ENCODER,
    FORMAT,
    INDEX,
    VECTORS,
    WINDOWS,
    check_index_out,
)


def write_index(index: Any, folder: str | os.PathLike, with_encoder: bool = False, overwrite: bool = False) -> str:
    """As `SearchIndex.save`."""
    if not isinstance(folder, (str, os.PathLike)):
        raise TypeError(checks.message("folder", "be a path", folder))
    checks.boolean("with_encoder", with_encoder)
    path = pathlib.Path(folder).expanduser()
    recover("folder", path)
    check_index_out(path, overwrite)
    encoder = index.encoder
    facts = {
        "format": FORMAT,
        "encoder": {
            "source": _lasting(index.handle),
            "sha256": encoder_identity(encoder),
            "hidden_size": encoder.config.hidden_size,
        },
        "pooling": index.embedder.pooling,
        "seq_length": index.embedder.seq_length,
        "overlap": index.overlap,
        "documents": len(index.documents),
        "windows": len(index),
    }
    with clear_errors("folder", path, "Nothing was written."), replacing(path) as beside:
        (beside / INDEX).write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        with open(beside / DOCUMENTS, "w", encoding="utf-8", newline="\n") as file:
            for name, text in index.documents.items():
                file.write(json.dumps({"name": name, "text": text}) + "\n")
        np.save(beside / WINDOWS, index.windows, allow_pickle=False)
        np.save(beside / VECTORS, index.vectors, allow_pickle=False)
        if with_encoder:
            save_encoder(encoder, beside / ENCODER)
        Manifest(beside).write()
    return str(path)


def _lasting(handle: str | None) -> str | None:
    """A handle that names the same encoder from any working folder."""
    if handle is None or "://" in handle:
        return handle
    path = os.path.expanduser(handle)
    return os.path.abspath(path) if os.path.exists(path) else handle
