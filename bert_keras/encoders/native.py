"""`BertEncoder`: BERT in plain Keras layers, written with `keras.ops` alone so that it runs on every Keras backend.

Post-norm BERT as published by Devlin et al. (2018, https://arxiv.org/abs/1810.04805), with TF-Hub's variable names.
This file imports no TensorFlow.
"""

import math
from typing import Any

import keras
from keras import ops

from bert_keras import checks
from bert_keras.encoders.encoder import Encoder, EncoderConfig
from bert_keras.encoders.guards import guard_ids
from bert_keras.features import ENCODER_OUTPUTS, MASK, POOLED_OUTPUT, SEQUENCE_OUTPUT, TYPE_IDS, WORD_IDS

MASKED_SCORE = -1e9  # added to the attention scores of padding, as TF-Hub's graphs do


@keras.saving.register_keras_serializable(package="bert_keras")
class BertEncoder(Encoder):
    """BERT with random weights; `bk.load_encoder(handle, native=True)` gives it the weights of a published one.

    Called on a dict of three integer tensors [batch, seq_length] (`input_word_ids`, `input_mask`, `input_type_ids`), it
    returns `pooled_output` [batch, hidden_size], `sequence_output` [batch, seq_length, hidden_size] and
    `encoder_outputs`, one [batch, seq_length, hidden_size] for each layer.

    Args:
        vocab_size: rows of the word table.
        num_layers, hidden_size, num_heads: the L, H and A of TF-Hub's names; num_heads must divide hidden_size.
        intermediate_size: width of the feed-forward layer; 4 * hidden_size if None.
        max_positions: rows of the position table, the longest seq_length possible.
        type_vocab_size: rows of the segment table.
        gelu: "tanh", the approximation that Google's weights were trained with, or "erf", Hugging Face's exact form.
        dropout, attention_dropout: rates in [0, 1), after each sub-layer and on the attention weights.
        layer_norm_epsilon: added to variances.
        initializer_range: standard deviation of the truncated normal that fresh weights are drawn from.
        seed: of dropout and of the fresh weights; None draws from Keras' global seed.
    """

    def __init__(
        self,
        vocab_size: int = 30522,
        num_layers: int = 12,
        hidden_size: int = 768,
        num_heads: int = 12,
        intermediate_size: int | None = None,
        max_positions: int = 512,
        type_vocab_size: int = 2,
        gelu: str = "tanh",
        dropout: float = 0.1,
        attention_dropout: float = 0.1,
        layer_norm_epsilon: float = 1e-12,
        initializer_range: float = 0.02,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.vocab_size = checks.integer("vocab_size", vocab_size, 1)
        self.num_layers = checks.integer("num_layers", num_layers, 1)
        self.hidden_size = checks.integer("hidden_size", hidden_size, 1)
        self.num_heads = checks.integer("num_heads", num_heads, 1)
        self.intermediate_size = checks.integer("intermediate_size", intermediate_size or 4 * hidden_size, 1)
        self.max_positions = checks.integer("max_positions", max_positions, 1)
        self.type_vocab_size = checks.integer("type_vocab_size", type_vocab_size, 1)
        self.gelu = checks.one_of("gelu", gelu, ("tanh", "erf"))
        self.dropout = checks.number("dropout", dropout, 0.0, 0.999)
        self.attention_dropout = checks.number("attention_dropout", attention_dropout, 0.0, 0.999)
        self.layer_norm_epsilon = checks.number("layer_norm_epsilon", layer_norm_epsilon, 0.0)
        self.initializer_range = checks.number("initializer_range", initializer_range, 0.0)
        self.seed = seed
        if hidden_size % num_heads:
            raise ValueError(checks.message("num_heads", f"divide hidden_size={hidden_size}", num_heads))
        self._seeds = keras.random.SeedGenerator(seed)
        self.blocks = [self._block(index) for index in range(num_layers)]
        self._add_tables()

    @property
    def config(self) -> EncoderConfig:
        return EncoderConfig(
            num_layers=self.num_layers,
            hidden_size=self.hidden_size,
            num_heads=self.num_heads,
            intermediate_size=self.intermediate_size,
            vocab_size=self.vocab_size,
            max_positions=self.max_positions,
            type_vocab_size=self.type_vocab_size,
            parameters=sum(math.prod(weight.shape) for weight in self.named_weights().values()),
        )

    def set_gelu(self, form: str) -> None:
        """Changes the form of GELU, "tanh" or "erf", of every layer."""
        self.gelu = checks.one_of("gelu", form, ("tanh", "erf"))
        for block in self.blocks:
            block.gelu = form

    def named_weights(self) -> dict[str, keras.Variable]:
        """Every weight under its TF-Hub name, e.g. `transformer/layer_0/self_attention/query/kernel`."""
        named = {weight.name.replace(".", "/"): weight for weight in self._own_weights}
        head = {name: weight for name, weight in named.items() if not name.startswith("pooler")}
        for index, block in enumerate(self.blocks):
            head |= {f"transformer/layer_{index}/{n.replace('.', '/')}": w for n, w in block.weights_by_name.items()}
        return head | {name: weight for name, weight in named.items() if name.startswith("pooler")}

    def call(self, inputs: dict[str, Any], training: bool | None = None) -> dict[str, Any]:
        features = self.check_features(inputs)
        ids, mask, types = (ops.cast(features[name], "int32") for name in (WORD_IDS, MASK, TYPE_IDS))
        ids, types = guard_ids(ids, self.vocab_size, types, self.type_vocab_size, self.max_positions)
        batch, length = ops.shape(ids)[0], ops.shape(ids)[1]
        hidden = self._embed(ids, types, length, training)
        # [batch, 1, 1, seq_length]: every position looks at the real tokens only. Softmax is float32 at any policy.
        bias = (1.0 - ops.cast(mask, "float32"))[:, None, None, :] * MASKED_SCORE
        outputs = []
        for block in self.blocks:
            hidden = block(hidden, bias=bias, batch=batch, length=length, training=training)
            outputs.append(ops.reshape(hidden, (batch, length, self.hidden_size)))
        first = outputs[-1][:, 0]
        pooled = ops.tanh(ops.matmul(first, self.pooler_kernel) + self.pooler_bias)
        return {POOLED_OUTPUT: pooled, SEQUENCE_OUTPUT: outputs[-1], ENCODER_OUTPUTS: outputs}

    def get_config(self) -> dict[str, Any]:
        names = (
            "vocab_size num_layers hidden_size num_heads intermediate_size max_positions type_vocab_size gelu dropout "
            "attention_dropout layer_norm_epsilon initializer_range seed"
        )
        return {**super().get_config(), **{name: getattr(self, name) for name in names.split()}}

    def _block(self, index: int) -> "TransformerBlock":
        return TransformerBlock(
            hidden_size=self.hidden_size,
            num_heads=self.num_heads,
            intermediate_size=self.intermediate_size,
            gelu=self.gelu,
            dropout=self.dropout,
            attention_dropout=self.attention_dropout,
            layer_norm_epsilon=self.layer_norm_epsilon,
            initializer_range=self.initializer_range,
            seed=None if self.seed is None else self.seed + index + 1,
            dtype=self.dtype_policy,
            name=f"layer_{index}",
        )

    def _add_tables(self) -> None:
        normal = keras.initializers.TruncatedNormal(stddev=self.initializer_range, seed=self._seeds)
        width = self.hidden_size
        self.word_table = self.add_weight((self.vocab_size, width), normal, name="word_embeddings.embeddings")
        self.position_table = self.add_weight((self.max_positions, width), normal, name="position_embedding.embeddings")
        self.type_table = self.add_weight((self.type_vocab_size, width), normal, name="type_embeddings.embeddings")
        self.gamma = self.add_weight((width,), "ones", name="embeddings.layer_norm.gamma")
        self.beta = self.add_weight((width,), "zeros", name="embeddings.layer_norm.beta")
        self.pooler_kernel = self.add_weight((width, width), normal, name="pooler_transform.kernel")
        self.pooler_bias = self.add_weight((width,), "zeros", name="pooler_transform.bias")
        self._own_weights = [self.word_table, self.position_table, self.type_table, self.gamma, self.beta]
        self._own_weights += [self.pooler_kernel, self.pooler_bias]
        self.built = True

    def _embed(self, ids: Any, types: Any, length: Any, training: bool | None) -> Any:
        """[batch * seq_length, hidden_size]: rows, so that every dense layer is one matrix product."""
        words = ops.take(self.word_table, ops.reshape(ids, (-1,)), axis=0)
        # The two or so segment rows by a product with their indicator: its gradient is a product as well.
        indicator = ops.one_hot(ops.reshape(types, (-1,)), self.type_vocab_size, dtype=words.dtype)
        words = words + ops.matmul(indicator, ops.cast(self.type_table, words.dtype))
        places = ops.cast(self.position_table[:length], words.dtype)
        words = ops.reshape(words, (-1, length, self.hidden_size)) + places[None]
        hidden = ops.reshape(words, (-1, self.hidden_size))
        hidden = layer_norm(hidden, self.gamma, self.beta, self.layer_norm_epsilon)
        return _drop(hidden, self.dropout, self._seeds, training)


@keras.saving.register_keras_serializable(package="bert_keras")
class TransformerBlock(keras.layers.Layer):
    """One layer of BERT on rows [batch * seq_length, hidden_size]: attention, then feed-forward, each post-normed."""

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
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.hidden_size = hidden_size
        self.num_heads = num_heads
        self.intermediate_size = intermediate_size
        self.gelu = gelu
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.layer_norm_epsilon = layer_norm_epsilon
        self.initializer_range = initializer_range
        self._seeds = keras.random.SeedGenerator(seed)
        normal = keras.initializers.TruncatedNormal(stddev=initializer_range, seed=self._seeds)
        width, heads, depth = hidden_size, num_heads, hidden_size // num_heads
        self.weights_by_name = {}
        for name in ("query", "key", "value"):
            self._dense(f"self_attention.{name}", (width, heads, depth), (heads, depth), normal)
        self._dense("self_attention.attention_output", (heads, depth, width), (width,), normal)
        self._norm("self_attention_layer_norm")
        self._dense("intermediate", (width, intermediate_size), (intermediate_size,), normal)
        self._dense("output", (intermediate_size, width), (width,), normal)
        self._norm("output_layer_norm")
        self.built = True

    def call(self, hidden: Any, bias: Any, batch: Any, length: Any, training: bool | None = None) -> Any:
        attended = self._attend(hidden, bias, batch, length, training)
        attended = _drop(attended, self.dropout, self._seeds, training)
        hidden = self._normed(hidden + attended, "self_attention_layer_norm")
        inner = self._apply(hidden, "intermediate", self.intermediate_size)
        inner = gelu(inner, self.gelu)
        inner = _drop(self._apply(inner, "output", self.hidden_size), self.dropout, self._seeds, training)
        return self._normed(hidden + inner, "output_layer_norm")

    def _attend(self, hidden: Any, bias: Any, batch: Any, length: Any, training: bool | None) -> Any:
        depth = self.hidden_size // self.num_heads

        def heads(name: str) -> Any:  # [batch, heads, seq_length, depth]
            rows = self._apply(hidden, f"self_attention.{name}", self.hidden_size)
            return ops.transpose(ops.reshape(rows, (batch, length, self.num_heads, depth)), (0, 2, 1, 3))

        query = heads("query") * (1.0 / math.sqrt(depth))
        scores = ops.matmul(query, ops.transpose(heads("key"), (0, 1, 3, 2)))
        weights = ops.softmax(ops.cast(scores, "float32") + bias, axis=-1)
        weights = _drop(ops.cast(weights, hidden.dtype), self.attention_dropout, self._seeds, training)
        context = ops.transpose(ops.matmul(weights, heads("value")), (0, 2, 1, 3))
        rows = ops.reshape(context, (-1, self.hidden_size))
        return self._apply(rows, "self_attention.attention_output", self.hidden_size)

    def _apply(self, rows: Any, name: str, width: int) -> Any:
        kernel = ops.reshape(self.weights_by_name[f"{name}.kernel"], (-1, width))
        return ops.matmul(rows, kernel) + ops.reshape(self.weights_by_name[f"{name}.bias"], (width,))

    def _normed(self, rows: Any, name: str) -> Any:
        gamma, beta = self.weights_by_name[f"{name}.gamma"], self.weights_by_name[f"{name}.beta"]
        return layer_norm(rows, gamma, beta, self.layer_norm_epsilon)

    def _dense(self, name: str, kernel: tuple, bias: tuple, normal: Any) -> None:
        self.weights_by_name[f"{name}.kernel"] = self.add_weight(kernel, normal, name=f"{name}.kernel")
        self.weights_by_name[f"{name}.bias"] = self.add_weight(bias, "zeros", name=f"{name}.bias")

    def _norm(self, name: str) -> None:
        self.weights_by_name[f"{name}.gamma"] = self.add_weight((self.hidden_size,), "ones", name=f"{name}.gamma")
        self.weights_by_name[f"{name}.beta"] = self.add_weight((self.hidden_size,), "zeros", name=f"{name}.beta")


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


def _drop(values: Any, rate: float, seeds: keras.random.SeedGenerator, training: bool | None) -> Any:
    return keras.random.dropout(values, rate, seed=seeds) if training and rate > 0 else values
