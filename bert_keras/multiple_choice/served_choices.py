"""`ServedChoices`: a model of choices with its preprocessing as the function of a SavedModel."""

from typing import Any

import tensorflow as tf

from bert_keras.multiple_choice.choice_predictor import ChoicePredictor
from bert_keras.tuned.served import Served

_ROWS = "`choices` must have a row for each prompt."


class ServedChoices(Served):
    """Pairs of prompt and choice, network and decision in one graph."""

    def __init__(self, predictor: ChoicePredictor) -> None:
        super().__init__(predictor, predictor.model, predictor.preprocessor.tokenizer)

    def signatures(self) -> dict[str, Any]:
        specs = [
            tf.TensorSpec([None], tf.string, name="prompt"),
            tf.TensorSpec([None, None], tf.string, name="choices"),
        ]
        return {"serving_default": tf.function(self._serve, specs, autograph=False).get_concrete_function()}

    def _serve(self, prompt: tf.Tensor, choices: tf.Tensor) -> dict[str, tf.Tensor]:
        model, shape = self._predictor.model, tf.shape(choices)
        with tf.control_dependencies([tf.debugging.assert_equal(tf.shape(prompt)[0], shape[0], _ROWS)]):
            prompts = tf.repeat(prompt, shape[1])
        logits = tf.reshape(self._predictor.read(prompts, tf.reshape(choices, [-1])), shape)
        chosen = tf.argmax(logits, axis=-1, output_type=tf.int32)
        return {
            "choice_id": chosen,
            "choice": tf.gather(choices, chosen, batch_dims=1),
            "probabilities": model.probabilities(logits),
        }
