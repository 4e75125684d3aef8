"""The note beside a SavedModel of ours: which native encoder it was written from.

TensorFlow takes seconds to load a SavedModel, and as long again to compare its outputs with the native encoder's. With
the note the weights alone are read. It is believed where all of it fits; else the SavedModel is loaded and compared,
which finds out what is wrong and says so.
"""

import dataclasses
import hashlib
import json
import os
import pathlib
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.encoder import INITIALIZER_RANGE, SIZES
from bert_keras.encoders.from_hub_encoder import assign_weights, mlm_weights
from bert_keras.encoders.stated_tokenizer import known_settings, other_settings
from bert_keras.encoders.tokenizer_asset import CASING, TokenizerAsset
from bert_keras.from_json import from_json
from bert_keras.hub.check_graph import check_links
from bert_keras.hub.check_written import check_written
from bert_keras.hub.saved_models import CHECKPOINT_ERRORS, saved_variables
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.written_tokenizer import TOKENIZERS

NOTE = os.path.join("assets.extra", "bert_keras.json")  # TensorFlow leaves this folder of a SavedModel to others
HEAD = "cls/predictions/"  # how the names of the masked-word head begin
_FORMAT = 1  # of the note; another one is not read
_NETWORK = (*SIZES, "gelu", "layer_norm_epsilon")  # what the weights alone do not tell, or tell less clearly


@dataclasses.dataclass(frozen=True)
class NotedEncoder:
    """What lies in a SavedModel with a note.

    Args:
        native: the encoder with its weights.
        stated: what is said of its text.
    """

    native: BertEncoder
    stated: TokenizerAsset


def write_note(folder: pathlib.Path, encoder: BertEncoder, tokenizer: BaseTokenizer | None) -> None:
    """Adds the note to the SavedModel of `encoder` in `folder`."""
    network = {name: getattr(encoder, name) for name in _NETWORK} | encoder.variations
    vocab_file = None if tokenizer is None else os.path.basename(os.fspath(tokenizer.file))
    note = {"format": _FORMAT, "network": network, "vocab_file": vocab_file}
    if tokenizer is not None and tokenizer.asset != Tokenizer.asset:
        note["asset"] = tokenizer.asset
    if other_settings(tokenizer):
        note["tokenizer"] = other_settings(tokenizer)
    (folder / NOTE).parent.mkdir()
    (folder / NOTE).write_text(json.dumps({**note, "sha256": _digest(folder, note)}, indent=1) + "\n", encoding="utf-8")


def read_noted(folder: str, trainable: bool = True, **options: Any) -> NotedEncoder | None:
    """The native encoder of a SavedModel by its note.

    None where there is no note or one of another format, where it or saved_model.pb were changed since, where
    files are links to other places, and where the variables are not exactly the encoder's, in names, shapes and finite
    numbers.

    Args:
        folder: of the SavedModel.
        trainable: whether the encoder's weights are trained.
        **options: `dropout`, `attention_dropout`, `seed`, `dtype` and `name`, for `BertEncoder`.

    Raises:
        ValueError: for files that are not those of the folder's list of digests.
    """
    path = pathlib.Path(folder)
    if not (path / NOTE).is_file():
        return None
    check_written(folder)
    try:
        note = from_json((path / NOTE).read_bytes())
        if note["format"] != _FORMAT or note.pop("sha256") != _digest(path, note):
            return None
        if note.get("asset", Tokenizer.asset) not in TOKENIZERS:
            return None
        check_links(folder, folder)
        variables = saved_variables(folder)
    except (OSError, TypeError, AttributeError, *CHECKPOINT_ERRORS):
        return None
    head = {name: variables.pop(name) for name in list(variables) if name.startswith(HEAD)}
    casing = variables.pop(CASING, None)
    if not all(np.isfinite(values).all() for values in variables.values()):
        return None
    try:
        native = BertEncoder(**note["network"], trainable=trainable, initializer_range=0.0, **options)
        assign_weights(native, variables)
    except (TypeError, ValueError):
        return None
    native.initializer_range = INITIALIZER_RANGE
    native.mlm_weights = mlm_weights(head, native)
    vocab_file = note["vocab_file"] and str(
        path / tf.saved_model.ASSETS_DIRECTORY / os.path.basename(note["vocab_file"])
    )
    asset, settings = note.get("asset", Tokenizer.asset), known_settings(note.get("tokenizer"))
    stated = TokenizerAsset(vocab_file, None if casing is None else bool(casing), asset, settings)
    return NotedEncoder(native, stated)


def noted_epsilon(folder: str) -> float | None:
    """What the note in a SavedModel's folder says is added to variances, None where it does not say it.

    It is a word to be compared with outputs: nothing is said of whether the note fits the SavedModel.
    """
    try:
        found = from_json((pathlib.Path(folder) / NOTE).read_bytes())["network"]["layer_norm_epsilon"]
    except (OSError, TypeError, ValueError, KeyError):
        return None
    is_number = isinstance(found, (int, float)) and not isinstance(found, bool)
    return float(found) if is_number and found >= 0 else None


def _digest(folder: pathlib.Path, note: dict[str, Any]) -> str:
    """Of the graph and what the note says of it, so that neither can change alone."""
    digest = hashlib.sha256((folder / tf.saved_model.SAVED_MODEL_FILENAME_PB).read_bytes())
    digest.update(json.dumps(note, sort_keys=True).encode("utf-8"))
    return digest.hexdigest()
