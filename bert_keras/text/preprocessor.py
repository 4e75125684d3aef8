"""`Preprocessor`: strings to a BERT encoder's features, the same in training and in serving."""

from typing import Any

import tensorflow as tf

from bert_keras.checks import message, one_of
from bert_keras.features import MAX_WINDOWS, TRUNCATE, WINDOWS
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.text.long_texts import check_long_text, check_single, make_windows, window_features
from bert_keras.text.own_function import own_function
from bert_keras.text.packing import (
    BERT_PAIR,
    TRUNCATIONS,
    PairLayout,
    check_seq_length,
    combine_segments,
    special_tokens,
)
from bert_keras.text.strings import STRINGS_SPEC, string_batch

PADDINGS = ("max_length", "longest")


class Preprocessor(tf.Module):
    """Single texts or pairs of texts to {input_word_ids, input_mask, input_type_ids}.

    With its default settings the features equal those of TF-Hub's preprocessing models (`tokenize` and
    `bert_pack_inputs`). It works eagerly, in `tf.data` (on batches), in a `tf.function` and in a SavedModel, where
    single texts and pairs can both be passed; not under XLA or on a TPU. An empty text gives `[CLS] [SEP]`.

    Args:
        tokenizer: a `Tokenizer`, or what is called like one and has `pad_id`, `cls_id` and `sep_id`.
        seq_length: the most tokens of a row, special ones counted: at least 3, for pairs at least 5. The encoder's
            position table is the upper bound, usually 512. Longer texts are cut.
        truncation: how pairs share the room, "round_robin" (TF-Hub's) or "longest_first" (Hugging Face's); see
            `bert_keras.text.packing.combine_segments`.
        padding: "max_length" pads every row to `seq_length`, "longest" to the longest row of its batch.
        long_text: what becomes of single texts that are longer: "truncate" cuts them, "windows" reads them in windows
            of `seq_length` tokens, one after another: features are [batch, windows, seq_length], and a
            `bk.TextClassifier` averages the logits. See `bert_keras.text.long_texts`.
        max_windows: with "windows", of a text; what is beyond them is cut.

    >>> preprocessor = Preprocessor(Tokenizer("vocab.txt"), seq_length=128)
    >>> features = preprocessor(["A single text.", "Another."])
    >>> features = preprocessor(["Who wrote it?"], ["Nobody knows."])
    >>> dataset = tf.data.Dataset.from_tensor_slices((questions, answers)).batch(32).map(preprocessor)
    """

    def __init__(
        self,
        tokenizer: BaseTokenizer,
        seq_length: int,
        truncation: str = "round_robin",
        padding: str = "max_length",
        long_text: str = TRUNCATE,
        max_windows: int = MAX_WINDOWS,
    ):
        super().__init__()
        if not callable(tokenizer) or not all(hasattr(tokenizer, name) for name in ("pad_id", "cls_id", "sep_id")):
            raise TypeError(message("tokenizer", "be a Tokenizer", tokenizer, "Pass Tokenizer(vocab_file)."))
        check_seq_length(seq_length, num_segments=1)
        self.tokenizer = tokenizer
        self.seq_length = seq_length
        self.truncation = one_of("truncation", truncation, TRUNCATIONS)
        self.padding = one_of("padding", padding, PADDINGS)
        check_long_text(long_text, max_windows)
        self.long_text = long_text
        self.max_windows = max_windows
        self._features_function = own_function(self._features, autograph=False)
        self._ragged_function = own_function(self._ragged, autograph=False)

    def __call__(self, texts: Any, text_pairs: Any = None) -> dict[str, tf.Tensor]:
        """Returns the features of a batch, each int32 [batch, `seq_length` or the batch's longest row].

        With long_text="windows" [batch, `max_windows` or those of its longest row, `seq_length` or its longest row].

        Args:
            texts: strings [batch] (a list, an array or a tensor), or for pairs a tuple of two of them.
            text_pairs: the second texts, [batch], where `texts` are the first; None for single texts.
        """
        return _call(self._features_function, _segments(texts, text_pairs))

    def ragged(self, texts: Any, text_pairs: Any = None) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
        """Returns `word_ids` and `type_ids` before padding, ragged int32 [batch, (tokens)].

        They are cut to `seq_length`, or windows end to end.
        """
        return _call(self._ragged_function, _segments(texts, text_pairs))

    @property
    def window_tokens(self) -> int | None:
        """The tokens of a window where long texts are read in several; None where they are cut."""
        return self.seq_length if self.long_text == WINDOWS else None

    @property
    def pair_layout(self) -> PairLayout:
        """How the special tokens of a pair stand."""
        return getattr(self.tokenizer, "pair_layout", BERT_PAIR)

    @property
    def capacity(self) -> int:
        """The most tokens of a text that are kept, with the special ones of a single row."""
        return self.seq_length if self.window_tokens is None else self.max_windows * (self.seq_length - 2) + 2

    def join(self, segments: list[tf.RaggedTensor]) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
        """As `ragged`, of the ids of one or two texts, ragged int32 [batch, (pieces)] each."""
        special = self.tokenizer.cls_id, self.tokenizer.sep_id
        if self.window_tokens is None:
            return combine_segments(segments, self.seq_length, *special, self.truncation, self.pair_layout)
        check_single(self.long_text, len(segments))
        return make_windows(segments[0], self.seq_length, self.max_windows, *special)

    def pad(
        self, word_ids: tf.RaggedTensor, type_ids: tf.RaggedTensor, length: int | None = None
    ) -> dict[str, tf.Tensor]:
        """What `ragged` returns as features: rows of `length` tokens, or of the batch's longest."""
        return window_features(word_ids, type_ids, self.window_tokens, length, self.tokenizer.pad_id)

    def get_config(self) -> dict[str, Any]:
        """The constructor's arguments."""
        names = ("tokenizer", "seq_length", "truncation", "padding", "long_text", "max_windows")
        return {name: getattr(self, name) for name in names}

    def _ragged(self, *segments: tf.Tensor) -> tuple[tf.RaggedTensor, tf.RaggedTensor]:
        return self.join([self.tokenizer(segment) for segment in segments])

    def _features(self, *segments: tf.Tensor) -> dict[str, tf.Tensor]:
        most = self.seq_length if self.window_tokens is None else self.seq_length * self.max_windows
        return self.pad(*self._ragged(*segments), most if self.padding == "max_length" else None)

    def _trackable_children(self, save_type: str = "checkpoint", **kwargs: Any) -> dict[str, Any]:
        # As in Tokenizer: what a reloaded object is called with. A SavedModel holds the traced signatures only.
        if save_type == "savedmodel":
            for function in (self._features_function, self._ragged_function):
                function.get_concrete_function(STRINGS_SPEC)
                has_room = self.seq_length >= 2 + special_tokens(2, self.pair_layout)
                if has_room and self.window_tokens is None:
                    function.get_concrete_function(STRINGS_SPEC, STRINGS_SPEC)
        children = super()._trackable_children(save_type, **kwargs)
        if save_type == "savedmodel":
            children["__call__"] = self._features_function
            children["ragged"] = self._ragged_function
        return children


def _call(function: Any, segments: list[tf.Tensor]) -> Any:
    """Calls `function` by a signature of unknown batch sizes: a new size is not traced again."""
    return function.get_concrete_function(*[STRINGS_SPEC] * len(segments))(*segments)


def _segments(texts: Any, text_pairs: Any) -> list[tf.Tensor]:
    """One or two string tensors [batch]."""
    if not isinstance(texts, tuple):
        pair = (texts,) if text_pairs is None else (texts, text_pairs)
    elif text_pairs is not None or len(texts) != 2 or any(isinstance(part, str | bytes) for part in texts):
        advice = "A tuple is a pair of batches: pass (texts, text_pairs), or a list for a batch of single texts."
        raise TypeError(message("texts", "be a list of strings, or a tuple of two lists", texts, advice))
    else:
        pair = texts
    tensors = [string_batch(name, part) for name, part in zip(("texts", "text_pairs"), pair, strict=False)]
    if len(tensors) == 2:
        rows = [tensor.shape[0] for tensor in tensors]
        if None not in rows and rows[0] != rows[1]:
            must = f"have as many rows as `texts`, which has {rows[0]}"
            raise ValueError(message("text_pairs", must, rows[1], "Pass one second text for each first text."))
    return tensors
