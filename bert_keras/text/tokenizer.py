"""`Tokenizer`: strings to WordPiece ids, as TF-Hub's preprocessing models do it, with offsets into the text."""

import os
import weakref
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.checks import boolean
from bert_keras.foreign_names import foreign_names
from bert_keras.text.base_tokenizer import BaseTokenizer, TokensWithOffsets
from bert_keras.text.basic_words import BasicWords, basic_words, placed_words
from bert_keras.text.flat_rows import row_numbers
from bert_keras.text.vocabulary import MASK_PIECE, UNKNOWN_PIECE, Vocabulary
from bert_keras.text.word_rules import WordRules
from bert_keras.text.wordpiece import SUFFIX, Pieces, WordPiece

# The first of equal tokenizers. The others take its tables and graphs, as making them takes most of a second; these
# hold it, so that it lives as long as they do.
_LIVING: "weakref.WeakValueDictionary[tuple[type, str], Tokenizer]" = weakref.WeakValueDictionary()

TF_HUB, HUGGING_FACE = "tfhub", "huggingface"  # whose rules texts are normalised by


@checks.answers(**foreign_names("Tokenizer"))
class Tokenizer(BaseTokenizer):
    """WordPiece tokenizer whose ids are those of TF-Hub's BERT preprocessing models, version 3.

    Called on a batch of strings it returns their ids without `[CLS]` and `[SEP]`. It works eagerly, in `tf.data`, in a
    `tf.function`, and as part of a SavedModel, whose graph carries the vocabulary; not under XLA or on a TPU.

    Special tokens typed by a user are text: '[SEP]' becomes the pieces '[', 'sep', ']' and never `sep_id`, as in
    TF-Hub. A word of more than 100 bytes (of normalised UTF-8) is `[UNK]`. Bytes that are not UTF-8 are part of the
    word they stand in, which is `[UNK]` then; see `bert_keras.text.strings.check_utf8`.

    Args:
        vocab_file: the path of a vocabulary file, one piece a line; see `Vocabulary.read`.
        lower_case: whether text is case-folded (NFKC) and stripped of accents, as uncased encoders want it.
        normalization: "tfhub", or "huggingface" for the ids of Hugging Face's BertTokenizer: lower case is Unicode's,
            text is taken apart by NFD alone, control and format characters are dropped and part no words.
        strip_accents: with "huggingface", whether text loses its marks; None is as `lower_case`.
        chinese_characters: with "huggingface", whether each Chinese character is a word.
        longest_word: with "huggingface", the most characters of a word that is not `[UNK]`.

    Attributes:
        vocab_size: the number of pieces.
        pad_id, unk_id, cls_id, sep_id: ids of the special pieces.
        mask_id: the id of `[MASK]`, None if the vocabulary has none.
        rules: the `WordRules` of the arguments.

    >>> tokenizer = Tokenizer("vocab.txt")
    >>> tokenizer(["Fishing is fun"])
    <tf.RaggedTensor [[5645, 2003, 4569]]>
    >>> tokenizer.tokenize_with_offsets(["ﬁshing"])
    TokensWithOffsets(ids=<tf.RaggedTensor [[5645]]>, starts=<tf.RaggedTensor [[0]]>, limits=<tf.RaggedTensor [[6]]>)
    """

    asset, kept_as = "vocab_file", "vocab.txt"

    def __init__(
        self,
        vocab_file: str | os.PathLike,
        lower_case: bool = True,
        *,
        normalization: str = TF_HUB,
        strip_accents: bool | None = None,
        chinese_characters: bool = True,
        longest_word: int = 100,
    ):
        vocabulary = Vocabulary.read(vocab_file)
        super().__init__(vocab_file, vocabulary.content())
        self.vocab_file = vocab_file
        self.lower_case = boolean("lower_case", lower_case)
        self.normalization = checks.one_of("normalization", normalization, (TF_HUB, HUGGING_FACE))
        self.strip_accents = self.lower_case if strip_accents is None else boolean("strip_accents", strip_accents)
        self.chinese_characters = boolean("chinese_characters", chinese_characters)
        self.longest_word = checks.integer("longest_word", longest_word, 1)
        self.rules = self._word_rules()
        self._vocabulary = vocabulary
        self.vocab_size = len(self._vocabulary)
        self.pad_id, self.unk_id, self.cls_id, self.sep_id, self.mask_id = map(
            self._vocabulary.id_of, ("[PAD]", UNKNOWN_PIECE, "[CLS]", "[SEP]", MASK_PIECE)
        )
        key = type(self), self.digest()
        if alike := _LIVING.get(key):
            self._wordpiece = alike._wordpiece
            self._ids_function, self._offsets_function = alike._ids_function, alike._offsets_function
        else:
            self._wordpiece = WordPiece(self._vocabulary.pieces, longest_word if self.rules.huggingface else None)
            if type(self) is Tokenizer:  # what another class would add is not in the digest
                _LIVING[key] = self

    @property
    def vocabulary(self) -> list[str]:
        """The pieces in the order of their ids."""
        return list(self._vocabulary.pieces)

    @property
    def resources(self) -> list[Any]:
        """The tables, which a SavedModel of a graph with this tokenizer must hold."""
        return [self._wordpiece.table, self._wordpiece.edges]

    @property
    def goes_on(self) -> np.ndarray:
        return np.array([piece.startswith(SUFFIX) for piece in self._vocabulary.pieces])

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        return {"vocab_file": self.vocab_file, **self.settings}

    @property
    def settings(self) -> dict[str, Any]:
        """The constructor's arguments beside the vocabulary: `lower_case`, and of Hugging Face's rules all of them."""
        names = ["lower_case"]
        if self.rules.huggingface:
            names += ["normalization", "strip_accents", "chinese_characters", "longest_word"]
        return {name: getattr(self, name) for name in names}

    def _word_rules(self) -> WordRules:
        if self.normalization == HUGGING_FACE:
            return WordRules(self.lower_case, True, self.strip_accents, self.chinese_characters)
        given = {
            "strip_accents": (self.strip_accents, self.lower_case),
            "chinese_characters": (self.chinese_characters, True),
            "longest_word": (self.longest_word, 100),
        }
        for name, (value, usual) in given.items():
            if value != usual:
                must = f"be {usual} with normalization='{TF_HUB}', which has no choice there"
                raise ValueError(checks.message(name, must, value, f"Pass normalization='{HUGGING_FACE}'."))
        return WordRules(self.lower_case)

    def _ids(self, strings: tf.Tensor) -> tf.RaggedTensor:
        words = basic_words(strings, self.rules)
        return _by_text(words, self._wordpiece(words))

    def _ids_with_offsets(self, strings: tf.Tensor) -> TokensWithOffsets:
        words, places = placed_words(strings, self.rules)
        pieces = self._wordpiece(words)
        ids = _by_text(words, pieces)
        place = tf.range(tf.size(pieces.ids, tf.int64))
        word = row_numbers(pieces.splits, place)
        begins = tf.gather(places.splits, word) + tf.cast(pieces.begins, tf.int64)
        sizes = tf.cast(pieces.sizes, tf.int64)
        ends = tf.where(sizes > 0, begins + sizes, tf.gather(places.splits, word + 1))
        starts, limits = places.within_texts(row_numbers(ids.row_splits, place), begins, ends)
        limits = tf.maximum(starts, limits)  # of bytes that are no UTF-8 a piece may have no source
        return TokensWithOffsets(ids, ids.with_values(starts), ids.with_values(limits))


def _by_text(words: BasicWords, pieces: Pieces) -> tf.RaggedTensor:
    """The ids, ragged int32 [texts, (pieces)]."""
    splits = tf.gather(pieces.splits, words.splits)
    return tf.RaggedTensor.from_row_splits(tf.cast(pieces.ids, tf.int32), splits, validate=False)
