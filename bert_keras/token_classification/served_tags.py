"""`ServedTags`: a tagger as the functions of a SavedModel: words, windows, network and entities in the graph."""

from typing import Any

import tensorflow as tf

from bert_keras.text.words import split_words
from bert_keras.token_classification.tag_predictor import TagPredictor
from bert_keras.tuned.served import Served, constant_names


class ServedTags(Served):
    """The reader's own graph between the words of a text and its entities."""

    def __init__(self, predictor: TagPredictor) -> None:
        super().__init__(predictor, predictor.model, predictor.reader.preprocessor.tokenizer)

    def signatures(self) -> dict[str, Any]:
        text = [tf.TensorSpec([None], tf.string, name="text")]
        return {
            "serving_default": tf.function(self._entities, text, autograph=False).get_concrete_function(),
            "words": tf.function(self._words, text, autograph=False).get_concrete_function(),
            "label_names": constant_names(self._predictor.labels),
        }

    def _entities(self, text: tf.Tensor) -> dict[str, tf.Tensor]:
        words, decoder = split_words(text), self._predictor.decoder
        classes, scores = self._predictor.reader.read(words.words)
        entities = decoder(classes, scores, tf.cast(words.words.value_rowids(), tf.int32))
        start = tf.gather(words.starts.flat_values, entities.firsts)
        end = tf.gather(words.limits.flat_values, entities.lasts)
        cut = tf.strings.substr(tf.gather(text, entities.rows), start, end - start, unit="UTF8_CHAR")
        label = tf.gather(tf.constant(decoder.kinds), entities.kinds)
        columns = {"label": label, "entity": cut, "start": start, "end": end, "score": entities.scores}
        return _padded(columns, entities.rows, tf.size(text))

    def _words(self, text: tf.Tensor) -> dict[str, tf.Tensor]:
        words = split_words(text)
        classes, scores = self._predictor.reader.read(words.words)
        places = {"start": words.starts.flat_values, "end": words.limits.flat_values}
        columns = {"word": words.words.flat_values, **places, "label_id": classes, "score": scores}
        return _padded(columns, tf.cast(words.words.value_rowids(), tf.int32), tf.size(text))


def _padded(columns: dict[str, tf.Tensor], rows: tf.Tensor, count: tf.Tensor) -> dict[str, tf.Tensor]:
    """Columns [items] as [texts, most items of a text], "" and 0 behind the last, and `count`, the items of each."""
    padded = {
        name: tf.RaggedTensor.from_value_rowids(column, rows, nrows=count, validate=False).to_tensor()
        for name, column in columns.items()
    }
    return {**padded, "count": tf.math.bincount(rows, minlength=count, maxlength=count, dtype=tf.int32)}
