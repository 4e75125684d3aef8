"""`TokenizerAsset`: what a SavedModel of TF-Hub says of the text that its encoder wants."""

import os
from typing import Any, NamedTuple

import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.stated_tokenizer import state_settings, stated_settings
from bert_keras.hub.tf1_modules import TF1_FACTS
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.text.hugging_face_tokenizer import HuggingFaceTokenizer
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text.written_tokenizer import TOKENIZERS, read_tokenizer

CASING = "do_lower_case"


class TokenizerAsset(NamedTuple):
    """None where nothing is said.

    Args:
        file: the path of the vocabulary among the assets.
        lower_case: whether text is lower-cased.
        asset: the name of that asset, which says what vocabulary it is: TF-Hub's `vocab_file` for WordPiece and
            `sp_model_file` for SentencePiece, and ours.
        settings: further arguments of a `bk.Tokenizer`.
    """

    file: str | None
    lower_case: bool | None
    asset: str = Tokenizer.asset
    settings: dict[str, Any] | None = None

    @classmethod
    def of(cls, saved_model: Any) -> "TokenizerAsset":
        """What a loaded SavedModel says."""
        for asset in TOKENIZERS:
            file = _asset_path(getattr(saved_model, asset, None))
            if file is not None:
                return cls(file, stated_casing(saved_model), asset, stated_settings(saved_model))
        return cls(None, stated_casing(saved_model), settings=stated_settings(saved_model))

    @property
    def is_word_pieces(self) -> bool:
        return self.asset == Tokenizer.asset

    def tokenizer(self, lower_case: bool | None = None) -> BaseTokenizer | None:
        """The tokenizer, if all of it is said. TF-Hub's ALBERTs are lower-cased where they do not say.

        Args:
            lower_case: goes before what is said.
        """
        cls, casing = TOKENIZERS[self.asset], self.lower_case if lower_case is None else lower_case
        if self.file is None or (self.is_word_pieces and casing is None):
            return None
        if cls is HuggingFaceTokenizer:
            return read_tokenizer(self.file, lower_case)
        settings = (self.settings or {}) if self.is_word_pieces else {}
        return cls(self.file, True if casing is None else casing, **settings)


def fitting(tokenizer: BaseTokenizer | None, rows: int | None) -> BaseTokenizer | None:
    """The tokenizer, after a look whether the encoder's word table, of so many rows, has all its pieces."""
    if tokenizer is not None and rows is not None and tokenizer.vocab_size > rows:
        must = f"have at most {rows:,} pieces, the rows of the encoder's word table"
        advice = f"It has {tokenizer.vocab_size:,}."
        raise ValueError(checks.message("vocab_file", must, os.fspath(tokenizer.file), advice))
    return tokenizer


def state_tokenizer(saved_model: Any, tokenizer: BaseTokenizer | None) -> None:
    """Gives a SavedModel the tokenizer's file and casing, where it has others or none."""
    if tokenizer is None:
        return
    stated, file = TokenizerAsset.of(saved_model), os.fspath(tokenizer.file)
    if (stated.asset, stated.file) != (tokenizer.asset, file):
        if stated.file is not None and stated.asset != tokenizer.asset:
            setattr(saved_model, stated.asset, None)
        setattr(saved_model, tokenizer.asset, tf.saved_model.Asset(file))
    if isinstance(tokenizer, Tokenizer):
        state_settings(saved_model, tokenizer)
    lower_case = tokenizer.settings.get("lower_case")
    if lower_case is None:
        return
    if stated.lower_case is None:
        saved_model.do_lower_case = tf.Variable(lower_case, trainable=False, name=CASING)
    elif stated.lower_case != lower_case:
        saved_model.do_lower_case.assign(lower_case)


def stated_casing(saved_model: Any) -> bool | None:
    """Whether a SavedModel says that its text is lower-cased, None where it says nothing."""
    variable = getattr(saved_model, CASING, None)
    if variable is None and TF1_FACTS in (getattr(saved_model, "signatures", None) or {}):
        variable = saved_model.signatures[TF1_FACTS]().get(CASING)
    return None if variable is None else bool(variable.numpy())


def _asset_path(asset: Any) -> str | None:
    if asset is None:
        return None
    path = asset.asset_path
    return path.numpy().decode("utf-8") if hasattr(path, "numpy") else str(path)
