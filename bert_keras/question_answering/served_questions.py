"""`ServedQuestions`: question answering as the functions of a SavedModel, windows and decoding in the graph."""

from typing import Any

import tensorflow as tf

from bert_keras.question_answering.question_predictor import QuestionPredictor
from bert_keras.question_answering.span_reader import N_BEST, span_probabilities
from bert_keras.tuned.served import Served

_NO_THRESHOLD = 3e38  # no null score is above it: the model was trained on questions that all have an answer


class ServedQuestions(Served):
    """The reader's own graph, the decision, and the answer cut out of the context."""

    def __init__(self, predictor: QuestionPredictor) -> None:
        super().__init__(predictor, predictor.model, predictor.reader.preprocessor.tokenizer)
        self._with_null = predictor.null_threshold is not None
        self._threshold = predictor.null_threshold if self._with_null else _NO_THRESHOLD

    def signatures(self) -> dict[str, Any]:
        strings = [tf.TensorSpec([None], tf.string, name=name) for name in ("question", "context")]
        threshold = tf.TensorSpec([], tf.float32, name="null_threshold")

        def serve(question: tf.Tensor, context: tf.Tensor) -> dict[str, tf.Tensor]:
            return self._serve(question, context, self._threshold)

        default = tf.function(serve, strings, autograph=False)
        chosen = tf.function(self._serve, [*strings, threshold], autograph=False)
        return {"serving_default": default.get_concrete_function(), "with_threshold": chosen.get_concrete_function()}

    def _serve(self, question: tf.Tensor, context: tf.Tensor, null_threshold: Any) -> dict[str, tf.Tensor]:
        spans, _ = self._predictor.reader.read(question, context, tf.constant(N_BEST))
        shares, null_shares = span_probabilities(spans, self._with_null)
        is_null = spans.null_scores > null_threshold
        start, end = (tf.where(is_null, 0, column[:, 0]) for column in (spans.starts, spans.ends))
        return {
            "answer": tf.strings.substr(context, start, end - start, unit="UTF8_CHAR"),
            "start": start,
            "end": end,
            "score": tf.where(is_null, null_shares, shares[:, 0]),
            "null_score": spans.null_scores,
        }
