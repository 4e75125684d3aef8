"""`ServedTexts`: a classifier with its preprocessing and its decision as the functions of a SavedModel."""

from typing import Any

import tensorflow as tf

from bert_keras.features import MULTI_LABEL, REGRESSION
from bert_keras.text_classification.text_predictor import Predictor


class ServedTexts(tf.Module):
    """Preprocessing, network and decision in one graph."""

    def __init__(self, predictor: Predictor) -> None:
        super().__init__(name="bert_keras")
        self.held = held_by(predictor.model, predictor.preprocessor.tokenizer)
        self._predictor = predictor
        self._names = list(predictor.labels or [])

    def signatures(self) -> dict[str, Any]:
        names = ["text", "text_pair"] if self._predictor.takes_pairs else ["text"]
        specs = [tf.TensorSpec([None], tf.string, name=name) for name in names]
        serve = tf.function(self._serve, input_signature=specs)
        found = {"serving_default": serve.get_concrete_function()}
        if self._names:
            constant = tf.function(lambda: {"label_names": tf.constant(self._names)}, input_signature=[])
            found["label_names"] = constant.get_concrete_function()
        return found

    def _serve(self, *texts: tf.Tensor) -> dict[str, tf.Tensor]:
        model = self._predictor.model
        features = {name: not_empty(rows) for name, rows in self._predictor.preprocessor(*texts).items()}
        logits = model(features, training=False)
        probabilities = model.probabilities(logits)
        if model.problem_type == REGRESSION:
            return {"score": probabilities[:, 0]}
        if model.problem_type == MULTI_LABEL:
            return {"label_ids": tf.cast(probabilities >= 0.5, tf.int32), "probabilities": probabilities}
        chosen = tf.argmax(logits, axis=-1, output_type=tf.int32)
        label = tf.gather(tf.constant(self._names), chosen)
        return {"label_id": chosen, "label": label, "probabilities": probabilities}


def held_by(model: Any, tokenizer: Any) -> list[Any]:
    """What a served graph needs from a model and a tokenizer: variables, tables, and the vocabulary's file.

    With the tokenizer and the preprocessor themselves, their own functions would be saved beside the signatures, and
    the graph would be two and a half times as large.
    """
    kinds = (tf.lookup.StaticHashTable, tf.lookup.TextFileInitializer)
    return [*(v.value for v in model.variables), *(v for v in vars(tokenizer).values() if isinstance(v, kinds))]


def not_empty(rows: tf.Tensor) -> tf.Tensor:
    """[batch, …, seq_length] with a column at least: a batch without texts has none, and encoders read the first."""
    wider = [0, tf.maximum(1 - tf.shape(rows)[-1], 0)]
    return tf.pad(rows, [*[[0, 0]] * (len(rows.shape) - 1), wider])
