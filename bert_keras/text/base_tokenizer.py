"""`BaseTokenizer`: what the library asks of a tokenizer, whatever its vocabulary is."""

import hashlib
import json
import os
import pathlib
from typing import Any, ClassVar, NamedTuple

import numpy as np
import tensorflow as tf

from bert_keras.text.own_function import own_function
from bert_keras.text.packing import BERT_PAIR, PairLayout
from bert_keras.text.strings import STRINGS_SPEC, string_batch

SETTINGS = "tokenizer_config.json"  # beside the vocabulary where a tokenizer is written


class TokensWithOffsets(NamedTuple):
    """Pieces and where they stand: three ragged int32 [batch, (pieces)]; `text[start:limit]` is a piece's source."""

    ids: tf.RaggedTensor
    starts: tf.RaggedTensor
    limits: tf.RaggedTensor


class BaseTokenizer(tf.Module):
    """Called on a batch of strings it returns their ids without the special tokens, as offsets have it too.

    A class of its own says what its file is, and has `_ids` and `_ids_with_offsets`, from string [batch] in a graph.

    Args:
        file: the path of the vocabulary, of which all that the tokenizer does is a function, with `settings`.
        content: its bytes.

    Attributes:
        asset: the name under which a SavedModel holds the file.
        kept_as: the name of the file where a tokenizer is written.
        in_graph: whether the TensorFlow graph is all that it takes, so that a SavedModel can hold it.
        pair_layout: how the special tokens of a pair stand.
        mask_piece: what stands for a hidden piece in a text for `bk.fill_mask`.
        vocab_size: the number of pieces, at most as many as the encoder's word table has rows.
        pad_id, unk_id, cls_id, sep_id: ids of the special pieces: padding, what is not in the vocabulary, and what
            stands at the beginning and at the end of a row.
        mask_id: the id of the mask, None if the vocabulary has none.
    """

    asset: ClassVar[str]
    kept_as: ClassVar[str]
    in_graph: ClassVar[bool] = True
    pair_layout: PairLayout = BERT_PAIR
    mask_piece: str = "[MASK]"
    vocab_size: int
    pad_id: int
    unk_id: int | None
    cls_id: int
    sep_id: int
    mask_id: int | None

    def __init__(self, file: str | os.PathLike, content: bytes) -> None:
        super().__init__()
        self.file = file
        self._content = content
        self._ids_function = own_function(self._ids, input_signature=[STRINGS_SPEC], autograph=False)
        self._offsets_function = own_function(self._ids_with_offsets, input_signature=[STRINGS_SPEC], autograph=False)

    @property
    def vocabulary(self) -> list[str]:
        """The pieces in the order of their ids."""
        raise NotImplementedError

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments beside the file."""
        return {}

    @property
    def resources(self) -> list[Any]:
        """What a SavedModel of a graph with this tokenizer must hold."""
        return []

    @property
    def special_ids(self) -> list[int]:
        """The ids that stand for no text: they are neither hidden nor drawn where words are masked."""
        ids = (self.pad_id, self.unk_id, self.cls_id, self.sep_id, self.mask_id)
        return sorted({number for number in ids if number is not None})

    @property
    def goes_on(self) -> np.ndarray:
        """bool [vocab_size]: whether a piece goes on with the word before it."""
        raise NotImplementedError

    def __call__(self, strings: Any) -> tf.RaggedTensor:
        """Returns the ids of `strings` (str, bytes or a string tensor, [batch]): ragged int32 [batch, (pieces)]."""
        return self._ids_function(string_batch("strings", strings))

    def tokenize_words(self, words: Any) -> tf.RaggedTensor:
        """As a call, of strings [words] that each are a word in the middle of a text."""
        return self(words)

    def tokenize_with_offsets(self, strings: Any) -> TokensWithOffsets:
        """Returns ids, as a call does, and for each piece the part of the original text that it came from.

        Offsets count Unicode characters as Python does, in the text as it was given, before any normalisation:
        `text[start:limit]` is the source. Sources are in order; two of them share a character where one character
        makes several pieces.

        Args:
            strings: str, bytes or a string tensor, [batch].
        """
        return self._offsets_function(string_batch("strings", strings))

    def write(self, folder: str | os.PathLike) -> None:
        """Writes the vocabulary and the settings into a folder that exists, for `written_tokenizer`."""
        pathlib.Path(folder, self.kept_as).write_bytes(self._content)
        pathlib.Path(folder, SETTINGS).write_text(json.dumps(self.settings), encoding="utf-8")

    def digest(self) -> str:
        """sha256 in hexadecimal of what decides the ids."""
        found = hashlib.sha256(json.dumps(self.settings, sort_keys=True).encode("utf-8"))
        found.update(self._content)
        return found.hexdigest()

    def _ids(self, strings: tf.Tensor) -> tf.RaggedTensor:
        raise NotImplementedError

    def _ids_with_offsets(self, strings: tf.Tensor) -> TokensWithOffsets:
        raise NotImplementedError

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        # A SavedModel keeps tf.functions only. The methods above check their argument in Python first, so the
        # functions behind them are saved under the methods' names: a reloaded tokenizer is called the same way.
        children = super()._trackable_children(save_type, **kwargs)
        if save_type == "savedmodel":
            children["__call__"] = self._ids_function
            children["tokenize_with_offsets"] = self._offsets_function
        return children
