"""`PairSimilarity`: an encoder that learns which texts are alike."""

from typing import Any

import keras
from keras import ops

from bert_keras.features import REGRESSION
from bert_keras.models.sequence_model import SequenceModel
from bert_keras.models.token_mean import mean_output


class PairSimilarity(SequenceModel):
    """The cosine of two texts' vectors, each the mean of its tokens (Reimers and Gurevych, 2019), and these vectors.

    Features [batch, 2, seq_length] give the cosines, float32 [batch], which are trained by their squared distance to
    labels of 0 and 1. Features [batch, seq_length] give the vectors, float32 [batch, hidden_size].

    Args:
        encoder: as of a `TaskModel`.
    """

    crossentropy = ""
    problem_type = REGRESSION

    def __init__(self, encoder: keras.layers.Layer, **kwargs: Any) -> None:
        super().__init__(encoder, **kwargs)
        self.compile()
        self.built = True

    def call(self, inputs: dict[str, Any], training: bool | None = None) -> Any:
        if len(next(iter(inputs.values())).shape) == 2:
            return mean_output(self.encoder, inputs, training)
        rows = {name: ops.reshape(column, (-1, ops.shape(column)[2])) for name, column in inputs.items()}
        vectors = mean_output(self.encoder, rows, training)
        pairs = ops.reshape(vectors, (-1, 2, self.encoder.config.hidden_size))
        return ops.mean(pairs[:, 0] * pairs[:, 1], axis=-1)  # their length is the root of their size

    def default_loss(self) -> keras.losses.Loss:
        return keras.losses.MeanSquaredError()
