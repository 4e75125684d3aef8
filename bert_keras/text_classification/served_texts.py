"""`ServedTexts`: a classifier with its preprocessing and its decision as the functions of a SavedModel."""

from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.features import MULTI_LABEL, REGRESSION
from bert_keras.text_classification.text_predictor import TextPredictor
from bert_keras.tuned.served import Served, constant_names


class ServedTexts(Served):
    """Strings to labels in one graph."""

    def __init__(self, predictor: TextPredictor) -> None:
        super().__init__(predictor, predictor.network, predictor.preprocessor.tokenizer)

    def signatures(self) -> dict[str, Any]:
        names = ["text", "text_pair"] if self._predictor.takes_pairs else ["text"]
        specs = [tf.TensorSpec([None], tf.string, name=name) for name in names]
        functions = {"serving_default": tf.function(self._serve, specs, autograph=False).get_concrete_function()}
        labels = self._predictor.labels
        return {**functions, "label_names": constant_names(labels)} if labels else functions

    def _serve(self, *texts: tf.Tensor) -> dict[str, tf.Tensor]:
        model = self._predictor.model
        logits, distance = self._predictor.read(*texts)
        probabilities = model.probabilities(logits)
        if model.problem_type == REGRESSION:
            return {"score": probabilities[:, 0]}
        thresholds, unlike = self._predictor.thresholds(), {}
        if distance is not None:
            unlike = {"unlike": distance > self._predictor.unlike_above, "distance": distance}
        if model.problem_type == MULTI_LABEL:
            return self._several(probabilities, thresholds, unlike)
        chosen = tf.argmax(logits, axis=-1, output_type=tf.int32)
        label = tf.gather(tf.constant(list(self._predictor.labels)), chosen)
        answer = {"label_id": chosen, "label": label, "probabilities": probabilities}
        if thresholds is None and not unlike:
            return answer
        is_sure = tf.reduce_max(probabilities, axis=-1) >= (0.0 if thresholds is None else thresholds[0])
        is_sure &= ~unlike["unlike"] if unlike else True
        said = {"label_id": tf.where(is_sure, chosen, -1), "label": tf.where(is_sure, label, "")}
        return {**answer, **said, "unsure": tf.where(is_sure, "", label), **unlike}

    @staticmethod
    def _several(
        probabilities: tf.Tensor, thresholds: np.ndarray | None, unlike: dict[str, tf.Tensor]
    ) -> dict[str, tf.Tensor]:
        would = probabilities >= 0.5
        if thresholds is None and not unlike:
            return {"label_ids": tf.cast(would, tf.int32), "probabilities": probabilities}
        is_sure = probabilities >= (0.0 if thresholds is None else tf.constant(thresholds))
        is_sure &= ~unlike["unlike"][:, None] if unlike else True
        both = {"label_ids": would & is_sure, "unsure_ids": would & ~is_sure}
        ids = {name: tf.cast(value, tf.int32) for name, value in both.items()}
        return {**ids, "probabilities": probabilities, **unlike}
