"""`TransformerBlock`: one layer of BERT in `keras.ops`, with the parts that the whole encoder uses too."""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

MASKED_SCORE = -1e9  # added to the attention scores of padding, as TF-Hub's graphs do


class TransformerBlock(keras.layers.Layer):
    """One layer of BERT on rows [batch * seq_length, hidden_size]: attention, then feed-forward, each post-normed.

    Its arguments are `BertEncoder`'s, which has checked them. `weights_by_name` maps TF-Hub's names within a layer
    (`self_attention.query.kernel`) to the weights.
    """

    def __init__(
        self,
        hidden_size: int,
        num_heads: int,
        intermediate_size: int,
        gelu: str,
        dropout: float,
        attention_dropout: float,
        layer_norm_epsilon: float,
        initializer_range: float,
        seed: int | None = None,
        recompute: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.recompute = recompute
        self.hidden_size = hidden_size
        self.num_heads = num_heads
        self.intermediate_size = intermediate_size
        self.gelu = gelu
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.layer_norm_epsilon = layer_norm_epsilon
        self.initializer_range = initializer_range
        self._seeds = keras.random.SeedGenerator(seed)
        width, heads, depth = hidden_size, num_heads, hidden_size // num_heads
        self.weights_by_name = {}
        self.adapters = {}  # LoRA's, by the name of what they are added to: `self_attention.query`
        for name in ("query", "key", "value"):
            self._dense(f"self_attention.{name}", (width, heads, depth), (heads, depth))
        self._dense("self_attention.attention_output", (heads, depth, width), (width,))
        self._norm("self_attention_layer_norm")
        self._dense("intermediate", (width, intermediate_size), (intermediate_size,))
        self._dense("output", (intermediate_size, width), (width,))
        self._norm("output_layer_norm")
        self.built = True

    def call(self, hidden: Any, padding: Any, batch: Any, length: Any, training: bool | None = None) -> Any:
        """Returns [batch * seq_length, hidden_size]; `padding` [batch, 1, 1, seq_length] is 1 at padding, else 0."""
        # Dropout's seeds are drawn here, in the order of their use: what is recomputed must drop the same.
        rates = {"weights": self.attention_dropout, "attended": self.dropout, "inner": self.dropout}
        seeds = {name: DrawnSeed(self._seeds.next()) for name, rate in rates.items() if training and rate > 0}

        def dropped(values: Any, name: str) -> Any:
            return dropout(values, rates[name], seeds[name]) if name in seeds else values

        def forward(hidden: Any) -> Any:
            attended = dropped(self._attend(hidden, padding, batch, length, dropped), "attended")
            normed = self._normed(hidden + attended, "self_attention_layer_norm")
            inner = gelu(self._apply(normed, "intermediate", self.intermediate_size), self.gelu)
            inner = dropped(self._apply(inner, "output", self.hidden_size), "inner")
            return self._normed(normed + inner, "output_layer_norm")

        return keras.remat(forward)(hidden) if self.recompute and training else forward(hidden)

    def attention_weights(self, hidden: Any, padding: Any, batch: Any, length: Any) -> Any:
        """float32 [batch, heads, seq_length, seq_length]: what each token takes of each; the last axis sums to 1."""
        query = self._heads(hidden, "query", batch, length) * (1.0 / math.sqrt(self.hidden_size // self.num_heads))
        scores = ops.matmul(query, ops.transpose(self._heads(hidden, "key", batch, length), (0, 1, 3, 2)))
        # Integers pass Keras' autocast as they are: in float16, -1e9 would be -inf, and a row of padding NaN.
        scores = ops.cast(scores, "float32") + ops.cast(padding, "float32") * MASKED_SCORE
        return ops.softmax(scores, axis=-1)

    def _attend(self, hidden: Any, padding: Any, batch: Any, length: Any, dropped: Callable[[Any, str], Any]) -> Any:
        weights = dropped(self.attention_weights(hidden, padding, batch, length), "weights")
        values = self._heads(hidden, "value", batch, length)
        context = ops.transpose(ops.matmul(ops.cast(weights, hidden.dtype), values), (0, 2, 1, 3))
        rows = ops.reshape(context, (-1, self.hidden_size))
        return self._apply(rows, "self_attention.attention_output", self.hidden_size)

    def _heads(self, hidden: Any, name: str, batch: Any, length: Any) -> Any:
        """[batch, heads, seq_length, depth]: query, key or value."""
        rows = self._apply(hidden, f"self_attention.{name}", self.hidden_size)
        shape = (batch, length, self.num_heads, self.hidden_size // self.num_heads)
        return ops.transpose(ops.reshape(rows, shape), (0, 2, 1, 3))

    def _apply(self, rows: Any, name: str, width: int) -> Any:
        # Cast here: Keras' autocast is over when a layer is worked out again for its gradient.
        kernel, bias = (ops.cast(self._weight(f"{name}.{part}"), rows.dtype) for part in ("kernel", "bias"))
        outputs = ops.matmul(rows, ops.reshape(kernel, (-1, width))) + ops.reshape(bias, (width,))
        return outputs + self.adapters[name](rows) if name in self.adapters else outputs

    def _normed(self, rows: Any, name: str) -> Any:
        gamma, beta = self._weight(f"{name}.gamma"), self._weight(f"{name}.beta")
        return layer_norm(rows, gamma, beta, self.layer_norm_epsilon)

    def _weight(self, name: str) -> Any:
        weight = self.weights_by_name[name]
        # TensorFlow's recomputing works out the gradients of frozen weights too, unless it is told.
        return ops.stop_gradient(weight) if self.recompute and not weight.trainable else weight

    def _dense(self, name: str, kernel: tuple, bias: tuple) -> None:
        normal = fresh_normal(self.initializer_range, self._seeds)
        self.weights_by_name[f"{name}.kernel"] = self.add_weight(kernel, normal, name=f"{name}.kernel")
        self.weights_by_name[f"{name}.bias"] = self.add_weight(bias, "zeros", name=f"{name}.bias")

    def _norm(self, name: str) -> None:
        for part, initializer in (("gamma", "ones"), ("beta", "zeros")):  # float32 at any dtype policy
            weight = self.add_weight((self.hidden_size,), initializer, name=f"{name}.{part}", autocast=False)
            self.weights_by_name[f"{name}.{part}"] = weight


class DrawnSeed(keras.random.SeedGenerator):
    """A seed that is drawn already: it is the same each time that it is asked for."""

    def __init__(self, seed: Any) -> None:  # without a state of its own, which SeedGenerator would make
        self.drawn = seed

    def next(self, ordered: bool = True) -> Any:
        return self.drawn


def fresh_normal(deviation: float, seeds: keras.random.SeedGenerator) -> keras.initializers.Initializer:
    """The truncated normal of one fresh weight. Its seed is drawn here: Keras traces what makes a large, split weight,
    and a generator's state may not change inside a traced function of JAX."""
    return keras.initializers.TruncatedNormal(stddev=deviation, seed=DrawnSeed(seeds.next()))


def gelu(values: Any, form: str) -> Any:
    """GELU (Hendrycks and Gimpel, https://arxiv.org/abs/1606.08415), exact ("erf") or its tanh approximation."""
    if form == "erf":
        return 0.5 * values * (1.0 + ops.erf(values * (1.0 / math.sqrt(2.0))))
    inner = math.sqrt(2.0 / math.pi) * (values + 0.044715 * values * values * values)
    return 0.5 * values * (1.0 + ops.tanh(inner))


def layer_norm(rows: Any, gamma: Any, beta: Any, epsilon: float) -> Any:
    """Layer normalisation over the last axis, in float32 at any dtype policy; returns the dtype of `rows`."""
    wide = ops.cast(rows, "float32")
    centred = wide - ops.mean(wide, axis=-1, keepdims=True)
    variance = ops.mean(ops.square(centred), axis=-1, keepdims=True)
    scale = ops.rsqrt(variance + epsilon) * ops.cast(gamma, "float32")
    return ops.cast(centred * scale + ops.cast(beta, "float32"), rows.dtype)


def dropout(values: Any, rate: float, seed: Any) -> Any:
    """Dropout drawn and scaled in float32 at any dtype policy; returns the dtype of `values`.

    A uniform number in bfloat16 is a multiple of 1/128: a rate of 0.1 would be 0.102, and one of 0.001 would be 0.008.
    """
    return ops.cast(keras.random.dropout(ops.cast(values, "float32"), rate, seed=seed), values.dtype)
