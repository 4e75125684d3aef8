"""What a SavedModel of ours says of its tokenizer beside vocabulary and casing: the rules by which words are made."""

import hashlib
import json
import pathlib
from typing import Any

import tensorflow as tf

from bert_keras.from_json import NoJson, from_json
from bert_keras.lasting_folder import lasting_folder
from bert_keras.text.tokenizer import Tokenizer

_ATTRIBUTE = "tokenizer_settings"  # an asset, which other programs leave alone
_NAMES = ("normalization", "strip_accents", "chinese_characters", "longest_word")


def state_settings(saved_model: Any, tokenizer: Tokenizer) -> None:
    """Gives a SavedModel the tokenizer's rules, where they are not TF-Hub's or it has others."""
    found = other_settings(tokenizer)
    if found == stated_settings(saved_model):
        return
    content = json.dumps(found).encode()
    path = pathlib.Path(lasting_folder(), f"tokenizer_{hashlib.sha256(content).hexdigest()[:16]}.json")
    path.write_bytes(content)
    setattr(saved_model, _ATTRIBUTE, tf.saved_model.Asset(str(path)))


def stated_settings(saved_model: Any) -> dict[str, Any]:
    """Arguments of `Tokenizer` beside the vocabulary and the casing; none where its rules are TF-Hub's."""
    asset = getattr(saved_model, _ATTRIBUTE, None)
    if asset is None:
        return {}
    path = asset.asset_path
    with tf.io.gfile.GFile(path.numpy().decode("utf-8") if hasattr(path, "numpy") else str(path), "rb") as file:
        try:
            found = from_json(file.read())
        except NoJson:
            return {}
    return known_settings(found)


def other_settings(tokenizer: Tokenizer | None) -> dict[str, Any]:
    """What `stated_settings` gives of this tokenizer."""
    return {} if tokenizer is None else known_settings(tokenizer.settings)


def known_settings(found: Any) -> dict[str, Any]:
    """Those of a dict that are settings of a tokenizer."""
    return {name: found[name] for name in _NAMES if name in found} if isinstance(found, dict) else {}
