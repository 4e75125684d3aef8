"""`MaskedLMHead`: from the encoder's output at masked places to a score for each piece of the vocabulary."""

from typing import Any

import keras
import numpy as np
from keras import ops

from bert_keras import checks

_EPSILON = 1e-12  # as TF-Hub's encoders have it


class MaskedLMHead(keras.layers.Layer):
    """BERT's own head (Devlin et al., 2018): dense, GELU, layer norm, then the word table, transposed, and a bias.

    Called on a sequence output [batch, seq_length, hidden_size], places int [batch, predictions] and the encoder's word
    table [vocab_size, hidden_size], it returns float32 logits [batch, predictions, vocab_size]. It computes in float32.

    Args:
        vocab_size: rows of the word table.
        hidden_size: of the encoder.
        gelu: "tanh" or "erf", the form that the encoder has.
        initializer_range: standard deviation of the truncated normal of the fresh dense layer.
        seed: of that.
        embedding_size: width of the word table where that is another than hidden_size.
        epsilon: added to the layer norm's variances; the encoder's.
    """

    def __init__(
        self,
        vocab_size: int,
        hidden_size: int,
        gelu: str = "tanh",
        initializer_range: float = 0.02,
        seed: int | None = None,
        embedding_size: int | None = None,
        epsilon: float = _EPSILON,
        **kwargs: Any,
    ) -> None:
        super().__init__(**{"dtype": "float32", **kwargs})
        self.vocab_size = checks.integer("vocab_size", vocab_size, 1)
        self.hidden_size = checks.integer("hidden_size", hidden_size, 1)
        self.gelu = checks.one_of("gelu", gelu, ("tanh", "erf"))
        self.epsilon = checks.number("epsilon", epsilon, 0.0, 1.0)
        width = hidden_size if embedding_size is None else checks.integer("embedding_size", embedding_size, 1)
        normal = keras.initializers.TruncatedNormal(stddev=initializer_range, seed=seed)
        self.kernel = self._weight("transform.dense.kernel", (hidden_size, width), normal)
        self.dense_bias = self._weight("transform.dense.bias", (width,), "zeros")
        self.gamma = self._weight("transform.LayerNorm.gamma", (width,), "ones")
        self.beta = self._weight("transform.LayerNorm.beta", (width,), "zeros")
        self.output_bias = self._weight("output_bias.bias", (vocab_size,), "zeros")
        self.built = True

    def named_weights(self) -> dict[str, keras.Variable]:
        """The five weights under TF-Hub's names, as `transform/dense/kernel`."""
        return {weight.name.replace(".", "/"): weight for weight in self.weights}

    def set_weights_by_name(self, values: dict[str, np.ndarray]) -> None:
        """Sets all weights, of arrays by TF-Hub's names; ValueError if there are others or of other shapes."""
        weights = self.named_weights()
        shapes = {name: tuple(weight.shape) for name, weight in weights.items()}
        received = {name: tuple(value.shape) for name, value in values.items()}
        if received != shapes:
            raise ValueError(checks.message("values", f"have the names and shapes {shapes}", received))
        for name, weight in weights.items():
            weight.assign(values[name])

    def call(self, sequence: Any, places: Any, table: Any) -> Any:
        batch, length = ops.shape(sequence)[0], ops.shape(sequence)[1]
        predictions = ops.shape(places)[1]
        begins = ops.cast(ops.arange(batch), "int32")[:, None] * length
        index = ops.reshape(ops.cast(places, "int32") + begins, (-1,))
        rows = ops.take(ops.reshape(sequence, (-1, self.hidden_size)), index, axis=0)
        hidden = ops.matmul(ops.cast(rows, "float32"), self.kernel) + self.dense_bias
        hidden = ops.gelu(hidden, approximate=self.gelu == "tanh")
        centred = hidden - ops.mean(hidden, axis=-1, keepdims=True)
        variance = ops.mean(ops.square(centred), axis=-1, keepdims=True)
        hidden = centred * ops.rsqrt(variance + self.epsilon) * self.gamma + self.beta
        logits = ops.matmul(hidden, ops.transpose(ops.cast(table, "float32"))) + self.output_bias
        return ops.reshape(logits, (batch, predictions, self.vocab_size))

    def _weight(self, name: str, shape: tuple, initializer: Any) -> keras.Variable:
        return self.add_weight(shape, initializer, name=name)
