"""`HuggingFaceTokenizer`: the ids of a tokenizer.json, by Hugging Face's own library, in Python.

Byte-level BPE cuts text by a regular expression that looks ahead, and Unigram normalises text by a table of its own:
TensorFlow has operations for neither that give the same ids on all texts. So the strings go to Python and the ids come
back, within `tf.data` and `tf.function` too, and no SavedModel can hold such a tokenizer.
"""

import json
import os
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.foreign_names import foreign_names
from bert_keras.from_json import from_json
from bert_keras.text.base_tokenizer import BaseTokenizer, TokensWithOffsets
from bert_keras.text.packing import PairLayout
from bert_keras.text.vocabulary_content import vocabulary_content
from bert_keras.text.whole_words import begins_word

MODELS = ("BPE", "Unigram")
_PADDING, _UNKNOWN, _MASKS = ("<pad>", "[PAD]"), ("<unk>", "[UNK]"), ("<mask>", "[MASK]")
_TYPED = "a b"  # a text with tokens, by which the special ones around it are found


@checks.answers(**foreign_names("HuggingFaceTokenizer"))
class HuggingFaceTokenizer(BaseTokenizer):
    """The tokenizer of a `tokenizer.json` with a byte-level BPE or a Unigram model, such as RoBERTa's and XLM-R's.

    Ids, and how special tokens stand around texts, are those of Hugging Face's library `tokenizers`, which must be
    installed. Special tokens typed in a text are text: transformers' `split_special_tokens=True`. It works eagerly, in
    `tf.data` and in a `tf.function` of this Python. A SavedModel cannot hold it, so `bk.export(…, to="savedmodel")`
    refuses a model that has it.

    Args:
        tokenizer_file: the path of the `tokenizer.json`.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: `tokenizers` is not installed.
        ValueError: for a file that is no tokenizer.json, one of another model, or one whose special tokens do not stand
            as `<s> a </s>` and `<s> a </s></s> b </s>`, with one or more in the middle.

    >>> tokenizer = HuggingFaceTokenizer("roberta-base/tokenizer.json")
    >>> tokenizer(["Fishing is fun"])
    <tf.RaggedTensor [[597, 6077, 16, 1531]]>
    """

    asset, kept_as, in_graph = "tokenizer_file", "tokenizer.json", False

    def __init__(self, tokenizer_file: str | os.PathLike) -> None:
        content = vocabulary_content("tokenizer_file", tokenizer_file, ".json")
        super().__init__(tokenizer_file, content)
        self.tokenizer_file = tokenizer_file
        shown = os.fspath(tokenizer_file)
        described = _described(content, shown)
        library = _library(content, shown)
        vocabulary = library.get_vocab(with_added_tokens=True)
        self.vocab_size = max(vocabulary.values()) + 1
        self._vocabulary = [library.id_to_token(number) or "" for number in range(self.vocab_size)]
        self._special = [entry["id"] for entry in described.get("added_tokens") or () if entry.get("special")]
        self._library = _library(_hidden(described, self._special), shown) if _is_unigram(described) else library
        self.cls_id, self.sep_id, self.pair_layout = _layout(library, shown)
        self.pad_id = _first(vocabulary, _PADDING, self.sep_id)
        self.unk_id, self.mask_id = _first(vocabulary, _UNKNOWN), _first(vocabulary, _MASKS)
        self.mask_piece = next((piece for piece in _MASKS if piece in vocabulary), _MASKS[0])
        steps = list(_steps(described.get("pre_tokenizer")))
        self._space = "\u0120" if any(step.get("type") == "ByteLevel" for step in steps) else "\u2581"
        self._space_id = vocabulary.get(self._space)
        self._spaced = any(step.get("type") == "ByteLevel" and not step.get("add_prefix_space") for step in steps)

    @property
    def vocabulary(self) -> list[str]:
        return list(self._vocabulary)

    @property
    def special_ids(self) -> list[int]:
        return sorted({*super().special_ids, *self._special})

    @property
    def goes_on(self) -> np.ndarray:
        return ~np.array([begins_word(piece, self._space) for piece in self._vocabulary])

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"tokenizer_file": self.tokenizer_file}

    def tokenize_words(self, words: Any) -> tf.RaggedTensor:
        return self(tf.strings.join([" ", words]) if self._spaced else words)

    def _ids(self, strings: tf.Tensor) -> tf.RaggedTensor:
        splits, ids = tf.numpy_function(self._flat_ids, [strings], [tf.int64, tf.int32], stateful=False)
        return _ragged(splits, ids)

    def _ids_with_offsets(self, strings: tf.Tensor) -> TokensWithOffsets:
        types = [tf.int64, tf.int32, tf.int32, tf.int32]
        splits, *columns = tf.numpy_function(self._flat_offsets, [strings], types, stateful=False)
        return TokensWithOffsets(*(_ragged(splits, column) for column in columns))

    def _flat_ids(self, strings: np.ndarray) -> tuple[np.ndarray, ...]:
        rows = [row.ids for row in self._library.encode_batch_fast(_texts(strings), add_special_tokens=False)]
        return _splits(rows), _flat(rows)

    def _flat_offsets(self, strings: np.ndarray) -> tuple[np.ndarray, ...]:
        texts = _texts(strings)
        rows = self._library.encode_batch(texts, add_special_tokens=False)
        ids = [row.ids for row in rows]
        places = [self._sources(text, row) for text, row in zip(texts, rows, strict=True)]
        return _splits(ids), _flat(ids), *(_flat([[place[side] for place in row] for row in places]) for side in (0, 1))

    def _sources(self, text: str, row: Any) -> list[tuple[int, int]]:
        """The offsets. The space before a word is written in its piece, and is no part of its source.

        A piece of nothing but that space has no source, unless it stands within a character that becomes several words.
        """
        places, last = [], 0
        for number, (start, limit) in zip(row.ids, row.offsets, strict=True):
            while start < limit and text[start].isspace():
                start += 1
            last = max(start, last) if number == self._space_id else limit
            places.append((start, last))
        return places

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        if save_type == "savedmodel":
            must = "be one that TensorFlow's graph can hold, to be saved: this one is run by Python"
            raise ValueError(checks.message("tokenizer", must, os.fspath(self.file)))
        return super()._trackable_children(save_type, **kwargs)


def _described(content: bytes, shown: str) -> dict[str, Any]:
    """The file's JSON, of one of `MODELS`."""
    try:
        described = from_json(content)
        model = described["model"]
        # Files of before 0.14 do not name the type.
        untyped = "Unigram" if _is_unigram(described) else "BPE" if "merges" in model else "WordPiece"
        kind = model.get("type") or untyped
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        advice = "Copy the tokenizer.json again from where the encoder's weights are."
        raise ValueError(checks.message("tokenizer_file", "be a tokenizer.json", shown, advice)) from error
    if kind not in MODELS:
        advice = "A WordPiece vocabulary is bk.Tokenizer's." if kind == "WordPiece" else ""
        must = f"have a model of {' or '.join(MODELS)}"
        raise ValueError(checks.message("tokenizer_file", must, kind or shown, advice))
    return described


def _library(content: bytes, shown: str) -> Any:
    try:
        import tokenizers
    except ImportError as error:
        advice = "pip install 'tokenizers>=0.20'."
        raise ImportError(f"A tokenizer.json of BPE or Unigram needs the library tokenizers. {advice}") from error
    try:
        library = tokenizers.Tokenizer.from_str(content.decode("utf-8"))
    except Exception as error:  # the library raises nothing narrower
        must = "be a tokenizer.json that the library tokenizers reads"
        raise ValueError(checks.message("tokenizer_file", must, shown, f"It says: {error}.")) from error
    library.no_truncation()
    library.no_padding()
    library.encode_special_tokens = True
    return library


def _is_unigram(described: dict[str, Any]) -> bool:
    return isinstance(described["model"]["vocab"], list)


def _hidden(described: dict[str, Any], special: list[int]) -> bytes:
    """The file with other names for the special pieces, which a Unigram model would find in a text that has them.

    No text has the new ones: the spaces of a text become another character before it is cut.
    """
    vocabulary = enumerate(described["model"]["vocab"])
    pieces = [[f"special {number}", piece[1]] if number in special else piece for number, piece in vocabulary]
    others = [entry for entry in described.get("added_tokens") or () if not entry.get("special")]
    model = {**described["model"], "vocab": pieces}
    return json.dumps({**described, "model": model, "added_tokens": others}).encode("utf-8")


def _layout(library: Any, shown: str) -> tuple[int, int, PairLayout]:
    """What stands before and after texts, and how pairs stand, as the library itself puts them."""
    text = library.encode(_TYPED, add_special_tokens=False).ids
    single, pair = library.encode(_TYPED), library.encode(_TYPED, _TYPED)
    size, ids = len(text), pair.ids
    cls_id, sep_id, separators = ids[0], ids[-1], len(ids) - 2 * size - 2
    expected = [cls_id, *text, *[sep_id] * separators, *text, sep_id]
    second_type = pair.type_ids[-1]
    types = [0] * (1 + size + separators) + [second_type] * (size + 1)
    if separators < 1 or [single.ids, ids, pair.type_ids] != [[cls_id, *text, sep_id], expected, types]:
        must = "put one special token before and one after a text, and that one between two texts"
        received = json.dumps([single.tokens, pair.tokens], ensure_ascii=False)
        raise ValueError(checks.message("tokenizer_file", must, shown, f"It makes {received}."))
    return cls_id, sep_id, PairLayout(separators, second_type)


def _steps(entry: Any) -> Any:
    """The steps of a pre-tokenizer, out of sequences."""
    if isinstance(entry, dict):
        yield entry
        for step in entry.get("pretokenizers") or ():
            yield from _steps(step)


def _first(vocabulary: dict[str, int], pieces: tuple[str, ...], default: int | None = None) -> int | None:
    return next((vocabulary[piece] for piece in pieces if piece in vocabulary), default)


def _texts(strings: np.ndarray) -> list[str]:
    return [text.decode("utf-8", errors="replace") for text in strings]


def _flat(rows: list[list[int]]) -> np.ndarray:
    return np.fromiter((value for row in rows for value in row), np.int32)


def _splits(rows: list[list[int]]) -> np.ndarray:
    return np.cumsum([0, *map(len, rows)], dtype=np.int64)


def _ragged(splits: tf.Tensor, values: tf.Tensor) -> tf.RaggedTensor:
    splits, values = tf.ensure_shape(splits, [None]), tf.ensure_shape(values, [None])
    return tf.RaggedTensor.from_row_splits(values, splits, validate=False)
