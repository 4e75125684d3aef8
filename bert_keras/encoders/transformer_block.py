"""`TransformerBlock`: one layer of BERT in `keras.ops`, with the parts that the whole encoder uses too."""

import math
from collections.abc import Callable
from typing import Any

import keras
from keras import ops

from bert_keras.encoders.dropout import DrawnSeed, drawn_seeds, dropout

if keras.backend.backend() == "tensorflow":
    from bert_keras.encoders.written_gradient import Form, trained_layer
else:
    trained_layer = None

MASKED_SCORE = -1e9  # added to the attention scores of padding, as TF-Hub's graphs do


class TransformerBlock(keras.layers.Layer):
    """One layer of BERT on rows [batch * seq_length, hidden_size]: attention, then feed-forward, each post-normed.

    Its arguments are `BertEncoder`'s, which has checked them. `weights_by_name` maps TF-Hub's names within a layer
    (`self_attention.query.kernel`) to the weights. `own_gradient` can be set to False, for a graph to be saved with
    TensorFlow's: a SavedModel cannot hold another.
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
        self.own_gradient = trained_layer is not None
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

    def call(
        self,
        hidden: Any,
        padding: Any,
        batch: Any,
        length: Any,
        training: bool | None = None,
        first_only: bool = False,
    ) -> Any:
        """Returns [batch * seq_length, hidden_size], or with `first_only` [batch, hidden_size] of the first tokens.

        `padding` [batch, 1, 1, seq_length] is 1 at padding, else 0.
        """
        # Dropout's seeds are drawn here: what is recomputed must drop the same.
        rates = {"weights": self.attention_dropout, "attended": self.dropout, "inner": self.dropout}
        seeds = drawn_seeds(self._seeds, 3) if training and max(rates.values()) > 0 else []
        if training and self._has_written_gradient(hidden):
            return self._trained(hidden, padding, batch, length, seeds, first_only)
        places = {name: place for place, name in enumerate(rates)}

        def dropped(values: Any, name: str) -> Any:
            return dropout(values, rates[name], seeds[places[name]]) if seeds and rates[name] > 0 else values

        def forward(hidden: Any) -> Any:
            asking = self._first(hidden, batch, length) if first_only else hidden
            attended = self._attend(asking, hidden, padding, batch, length, dropped)
            normed = self._normed(asking + dropped(attended, "attended"), "self_attention_layer_norm")
            inner = gelu(self._apply(normed, "intermediate", self.intermediate_size), self.gelu)
            inner = dropped(self._apply(inner, "output", self.hidden_size), "inner")
            return self._normed(normed + inner, "output_layer_norm")

        return keras.remat(forward)(hidden) if self.recompute and training else forward(hidden)

    def _has_written_gradient(self, hidden: Any) -> bool:
        """Whether `trained_layer` is what this layer does now."""
        is_other = self.recompute or self.adapters or self.compute_dtype != "float32"
        return self.own_gradient and not is_other and not isinstance(hidden, keras.KerasTensor)

    def _trained(self, hidden: Any, padding: Any, batch: Any, length: Any, seeds: list, first_only: bool) -> Any:
        fields = {name: getattr(self, name) for name in Form._fields}
        asking = self._first(hidden, batch, length) if first_only else hidden
        bias = ops.cast(padding, "float32") * MASKED_SCORE
        drawn = [seed.next() for seed in seeds] or [None] * 3
        return trained_layer(Form(**fields), asking, hidden, bias, drawn, self.weights_by_name)

    def attention_weights(self, hidden: Any, padding: Any, batch: Any, length: Any, asking: Any = None) -> Any:
        """float32 [batch, heads, seq_length, seq_length]: what each token takes of each; the last axis sums to 1.

        With `asking` [batch, hidden_size], the rows of one token of each text, it is [batch, heads, 1, seq_length].
        """
        all_ask = asking is None or asking is hidden
        query = self._heads(hidden if all_ask else asking, "query", batch, length if all_ask else 1)
        query = query * (1.0 / math.sqrt(self.hidden_size // self.num_heads))
        scores = ops.matmul(query, ops.transpose(self._heads(hidden, "key", batch, length), (0, 1, 3, 2)))
        # Integers pass Keras' autocast as they are: in float16, -1e9 would be -inf, and a row of padding NaN.
        scores = ops.cast(scores, "float32") + ops.cast(padding, "float32") * MASKED_SCORE
        return ops.softmax(scores, axis=-1)

    def _attend(
        self, asking: Any, hidden: Any, padding: Any, batch: Any, length: Any, dropped: Callable[[Any, str], Any]
    ) -> Any:
        weights = dropped(self.attention_weights(hidden, padding, batch, length, asking), "weights")
        values = self._heads(hidden, "value", batch, length)
        context = ops.transpose(ops.matmul(ops.cast(weights, hidden.dtype), values), (0, 2, 1, 3))
        rows = ops.reshape(context, (-1, self.hidden_size))
        return self._apply(rows, "self_attention.attention_output", self.hidden_size)

    def _heads(self, hidden: Any, name: str, batch: Any, length: Any) -> Any:
        """[batch, heads, length, depth]: query, key or value of rows [batch * length, hidden_size]."""
        rows = self._apply(hidden, f"self_attention.{name}", self.hidden_size)
        shape = (batch, length, self.num_heads, self.hidden_size // self.num_heads)
        return ops.transpose(ops.reshape(rows, shape), (0, 2, 1, 3))

    def _first(self, hidden: Any, batch: Any, length: Any) -> Any:
        return ops.reshape(hidden, (batch, length, self.hidden_size))[:, 0]

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
