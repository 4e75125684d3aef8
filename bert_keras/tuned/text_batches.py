"""`TextBatches`: a network over any number of texts, in batches of like lengths, in the order the texts came."""

from collections.abc import Iterable
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.batch_order import BatchOrder
from bert_keras.text.padding import backend_ladder, padded_lengths
from bert_keras.text.preprocessor import Preprocessor

_SORTED_ROWS = 4096  # texts that are tokenized and sorted by length together
_RAGGED = tf.RaggedTensorSpec([None, None], tf.int32, ragged_rank=1)


class TextBatches:
    """Runs a model over texts: one graph, traced once, whatever the sizes of the batches.

    Args:
        model: a Keras model from the three features [batch, seq_length] to float32 [batch, width].
        preprocessor: of the model's vocabulary; its padding is not looked at.
        width: numbers that the model gives for a text.
    """

    def __init__(self, model: keras.Model, preprocessor: Preprocessor, width: int) -> None:
        self.model = model
        self.preprocessor = preprocessor
        self.width = width
        self.run = tf.function(self._run, [_RAGGED, _RAGGED, tf.TensorSpec([None], tf.int64)], autograph=False)
        if keras.backend.backend() != "tensorflow":
            self.run = self._run_elsewhere

    def __call__(self, columns: tuple[list[str], ...], batch_size: int) -> np.ndarray:
        """float32 [texts, width] of one list of checked texts, or of two for pairs, in the order they came."""
        outputs = np.zeros((len(columns[0]), self.width), "float32")
        for start in range(0, len(outputs), _SORTED_ROWS):
            part = outputs[start : start + _SORTED_ROWS]
            ids = self.preprocessor.ragged(*(column[start : start + _SORTED_ROWS] for column in columns))
            for rows in BatchOrder(ids[0].row_lengths().numpy(), batch_size, shuffle=False).batches(0):
                part[rows] = np.asarray(self.run(*ids, tf.constant(rows, tf.int64)))
        return outputs

    def _run(self, word_ids: tf.RaggedTensor, type_ids: tf.RaggedTensor, rows: tf.Tensor) -> tf.Tensor:
        words, types = tf.gather(word_ids, rows), tf.gather(type_ids, rows)
        return self.model(self.preprocessor.pad(words, types), training=False)

    def _run_elsewhere(self, word_ids: tf.RaggedTensor, type_ids: tf.RaggedTensor, rows: tf.Tensor) -> np.ndarray:
        """As `_run`, where the model is no part of TensorFlow's graph: in few lengths, for each is compiled."""
        words, types = tf.gather(word_ids, rows), tf.gather(type_ids, rows)
        longest = int(tf.reduce_max(words.row_lengths()))
        ladder = backend_ladder(max(self.preprocessor.seq_length, longest), self.preprocessor.window_tokens)
        features = self.preprocessor.pad(words, types, int(padded_lengths(np.array([longest]), ladder)[0]))
        return self.model.predict_on_batch({name: column.numpy() for name, column in features.items()})


def text_list(name: str, texts: Any) -> list[str]:
    """`texts` as a list of checked str; TypeError or ValueError, naming the place, for what is none."""
    if isinstance(texts, (str, bytes, dict)) or not isinstance(texts, Iterable):
        raise TypeError(checks.message(name, "be a list of str", texts))
    texts = list(texts)
    for place, text in enumerate(texts):
        check_text(text, place, name)
    return texts


def check_text(text: Any, place: int, name: str = "texts") -> None:
    """Raises unless `text`, number `place` of the argument `name`, is a str that UTF-8 can express."""
    if not isinstance(text, str):
        raise TypeError(checks.message(name, "be str", text, f"It is number {place}."))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        advice = (
            f"Number {place} has half a surrogate pair at character {error.start}: decode it with errors='replace'."
        )
        raise ValueError(checks.message(name, "be text that UTF-8 can express", text, advice)) from None
