r"""`SentencePieceTokenizer`: strings to SentencePiece ids, as TF-Hub's preprocessing for ALBERT does it.

Text is taken apart (NFD), loses its marks, is case-folded (NFKC) if it is lower-cased, and cut into pieces by
tensorflow-text. None of the three steps but the last says where a character came from, so that offsets are found by
parts: a part is a character and those after it that may act upon it, a mark, a vowel of Hangul, a mark of width. No
step changes anything across two parts, so that the normalised text is the normalised parts end to end. A piece's source
begins with the part of its first byte and ends with that of its last.
"""

import os
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.foreign_names import foreign_names
from bert_keras.text.base_tokenizer import BaseTokenizer, TokensWithOffsets
from bert_keras.text.flat_rows import decoded, encoded, first_not_below, places_of, row_numbers
from bert_keras.text.vocabulary_content import vocabulary_content
from bert_keras.text.whole_words import begins_word

_SPECIAL = ("<pad>", "<unk>", "[CLS]", "[SEP]")
_MASK = "[MASK]"
_CONTROLS = ("<s>", "</s>")  # which a model may have beside them
_UNREADABLE = 0xFFFD
# What acts upon the character before it in NFD or NFKC, or goes when text is case-folded: marks, format characters,
# letters of Hangul that join into syllables, in each of their widths, the voiced marks of half-width Katakana.
_JOINS = (
    r"\p{M}|\p{Cf}|[\x{115F}-\x{11FF}\x{3131}-\x{318E}\x{D7B0}-\x{D7FF}\x{FF9E}-\x{FFDC}\x{2065}"
    r"\x{FFF0}-\x{FFF8}\x{16D63}-\x{16D6A}\x{E0000}-\x{E0FFF}]"
)
_SPACE = r"[\s\p{Z}\p{Cc}\x{2581}]"


@checks.answers(**foreign_names("SentencePieceTokenizer"))
class SentencePieceTokenizer(BaseTokenizer):
    """SentencePiece tokenizer whose ids are those of TF-Hub's preprocessing models for ALBERT.

    It works wherever `bk.Tokenizer` does, by operations of tensorflow-text: whoever loads a SavedModel with it in
    Python imports `tensorflow_text` first. `[CLS]` typed in a text is text.

    Args:
        model_file: the path of a SentencePiece model with the pieces <pad>, <unk>, [CLS] and [SEP], ALBERT's
            `30k-clean.model`.
        lower_case: whether text is case-folded. Accents go in either case, as in TF-Hub's preprocessing.

    Raises:
        FileNotFoundError: there is no such file.
        ImportError: tensorflow-text is not there; it has no wheels for Windows.
        ValueError: for a file that is no SentencePiece model, or one without these pieces.

    >>> tokenizer = SentencePieceTokenizer("30k-clean.model")
    >>> tokenizer(["Fishing is fun"])
    <tf.RaggedTensor [[5220, 25, 2414]]>
    """

    asset, kept_as = "sp_model_file", "spiece.model"

    def __init__(self, model_file: str | os.PathLike, lower_case: bool = True) -> None:
        content = vocabulary_content("model_file", model_file, ".model")
        self._text = _tensorflow_text()
        super().__init__(model_file, content)
        self.model_file = model_file
        self.lower_case = checks.boolean("lower_case", lower_case)
        with tf.init_scope(), tf.device("CPU"):
            try:
                pieces = self._model()
                count = int(pieces.vocab_size())
                self._vocabulary = [piece.decode("utf-8") for piece in pieces.id_to_string(tf.range(count)).numpy()]
            except (tf.errors.OpError, UnicodeDecodeError) as error:
                advice = "Pass the .model file that the encoder was trained with."
                shown = os.fspath(model_file)
                raise ValueError(checks.message("model_file", "be a SentencePiece model", shown, advice)) from error
        missing = [piece for piece in _SPECIAL if piece not in self._vocabulary]
        if missing:
            advice = f"It has {count} pieces without {', '.join(missing)}. Is it ALBERT's?"
            must = f"hold {', '.join(_SPECIAL)}"
            raise ValueError(checks.message("model_file", must, os.fspath(model_file), advice))
        self.vocab_size = count
        self.pad_id, self.unk_id, self.cls_id, self.sep_id = map(self._vocabulary.index, _SPECIAL)
        self.mask_id = self._vocabulary.index(_MASK) if _MASK in self._vocabulary else None

    @property
    def vocabulary(self) -> list[str]:
        return list(self._vocabulary)

    @property
    def settings(self) -> dict[str, Any]:
        return {"lower_case": self.lower_case}

    @property
    def special_ids(self) -> list[int]:
        controls = {self._vocabulary.index(piece) for piece in _CONTROLS if piece in self._vocabulary}
        return sorted({*super().special_ids, *controls})

    @property
    def goes_on(self) -> np.ndarray:
        return ~np.array([begins_word(piece, "\u2581") for piece in self._vocabulary])

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"model_file": self.model_file, **self.settings}

    def _model(self) -> Any:
        """The model, in each graph anew: what it is read into goes with the operation that reads it, and that of an
        eager call goes when `keras.utils.set_random_seed` clears TensorFlow's kernels."""
        return self._text.SentencepieceTokenizer(self._content, out_type=tf.int32)

    def _normalized(self, strings: tf.Tensor) -> tf.Tensor:
        strings = self._text.normalize_utf8(strings, "NFD")
        strings = tf.strings.regex_replace(strings, r"\p{Mn}", "")
        return self._text.case_fold_utf8(strings) if self.lower_case else strings

    def _ids(self, strings: tf.Tensor) -> tf.RaggedTensor:
        return self._model().tokenize(self._normalized(strings))

    def _ids_with_offsets(self, strings: tf.Tensor) -> TokensWithOffsets:
        text_splits, codes = decoded(strings, _UNREADABLE)
        count = tf.size(codes, tf.int64)
        joins, is_space = _classes(codes)
        is_first = tf.scatter_nd(text_splits[:-1, None], tf.ones_like(text_splits[:-1]), [count + 1])[:-1] > 0
        splits = tf.concat([places_of(~joins | is_first), [count]], 0)  # where each part begins, in characters
        parts = self._normalized(encoded(splits, codes))
        byte_splits = tf.concat([[0], tf.cumsum(tf.cast(tf.strings.length(parts), tf.int64))], 0)
        of_texts = first_not_below(splits, text_splits)  # the first part of each text

        ids, starts, limits = self._model().tokenize_with_offsets(self._normalized(strings))
        rows = row_numbers(ids.row_splits, tf.range(tf.size(ids.flat_values, tf.int64)))
        first_part, next_part, origin = (tf.gather(column, rows) for column in (of_texts, of_texts[1:], text_splits))
        base = tf.gather(byte_splits, first_part)
        begin, end = (tf.cast(column.flat_values, tf.int64) + base for column in (starts, limits))

        def part_of(byte: tf.Tensor) -> tf.Tensor:
            return tf.maximum(tf.minimum(row_numbers(byte_splits, byte), next_part - 1), 0)

        start = tf.gather(splits, part_of(begin))
        limit = tf.where(end > begin, tf.gather(splits, part_of(end - 1) + 1), start)
        # The space before a word is written in its piece, and is no part of its source.
        shown = places_of(~is_space)
        start = tf.minimum(tf.gather(tf.concat([shown, [count]], 0), first_not_below(shown, start)), limit)
        start, limit = (tf.cast(column - origin, tf.int32) for column in (start, limit))
        return TokensWithOffsets(ids, ids.with_flat_values(start), ids.with_flat_values(limit))


def _tensorflow_text() -> Any:
    try:
        import tensorflow_text
    except ImportError as error:
        advice = "pip install tensorflow-text, of TensorFlow's version; it has no wheels for Windows."
        raise ImportError(f"A SentencePiece model needs tensorflow-text. {advice}") from error
    return tensorflow_text


def _classes(codes: tf.Tensor) -> list[tf.Tensor]:
    """bool [characters] twice: what joins the character before it, and white space."""
    distinct, which = tf.unique(codes)
    shown = tf.strings.unicode_encode(distinct[:, None], "UTF-8")
    return [tf.gather(tf.strings.regex_full_match(shown, pattern), which) for pattern in (_JOINS, _SPACE)]
