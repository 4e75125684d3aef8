"""`layer_forward`: what one layer of BERT works out, in `keras.ops`, of weights that are passed in."""

import functools
import math
from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops

from bert_keras.encoders.layers.fused_attention import can_fuse, fused_attention

OTHER_BENDS = {"relu": ops.relu, "silu": ops.silu}
MASKED_SCORE = -1e9  # added to the attention scores of padding, as TF-Hub's graphs do


class Form(NamedTuple):
    """What a layer works out depends on beside its tensors; `BLOCK_FIELDS` are `TransformerBlock`'s.

    `bend` is what the inner rows are bent by: "tanh" or "erf", the forms of GELU, or one of `OTHER_BENDS`.
    """

    hidden_size: int
    num_heads: int
    intermediate_size: int
    bend: str
    attention_dropout: float
    dropout: float
    layer_norm_epsilon: float
    masked_score: float = MASKED_SCORE

    @property
    def depth(self) -> int:
        """Of a head."""
        return self.hidden_size // self.num_heads


BLOCK_FIELDS = tuple(name for name in Form._fields if name not in Form._field_defaults)


def layer_forward(
    form: Form,
    weights: dict[str, Any],
    hidden: Any,
    padding: Any,
    first_only: bool = False,
    dropped: Callable[[Any, int], Any] | None = None,
    adapters: dict[str, Any] | None = None,
    bent: Callable[[Any, str], Any] | None = None,
    asked: Any = None,
) -> Any:
    """Rows [batch * seq_length, hidden_size], or with `first_only` [batch, hidden_size] of the first tokens.

    With `asked`, int32 [tokens], the numbers of rows of `hidden`, those alone: [tokens, hidden_size].

    Args:
        form: of the layer.
        weights: by their names in `TransformerBlock.weights_by_name`.
        hidden: the layer's input [batch * seq_length, hidden_size].
        padding: int [batch, 1, 1, seq_length], 1 at padding, else 0; of packed rows [batch, 1, seq_length, seq_length],
            1 where the token of the last axis is hidden from that of the axis before.
        first_only: whether only the first token of each text is worked out.
        dropped: gives values with dropout, for the place of a seed: 0 for attention weights, 1 for attended rows, 2
            for what the feed-forward layer gives. None where nothing is dropped.
        adapters: LoRA's, by the name of what they are added to.
        bent: what works out GELU of values in a form; None for `gelu`.
    """
    layer = LayerParts(form, weights, padding, adapters or {}, asked)
    drops_looks = dropped is not None and form.attention_dropout > 0
    dropped = dropped or (lambda values, place: values)
    few = first_only or asked is not None
    asking = layer.first(hidden) if few else hidden
    if not few and not drops_looks and can_fuse(hidden.dtype, layer.length, form.depth):
        attended = layer.fused(hidden)
    else:
        attended = layer.attended(asking, hidden, dropped)
    normed = layer.normed(asking + dropped(attended, 1), "self_attention_layer_norm")
    inner = bend_of(form, bent)(layer.dense(normed, "intermediate"))
    return layer.normed(normed + dropped(layer.dense(inner, "output"), 2), "output_layer_norm")


def attention_weights(form: Form, weights: dict[str, Any], hidden: Any, padding: Any) -> Any:
    """float32 [batch, heads, seq_length, seq_length]: what each token takes of each; the last axis sums to 1."""
    return LayerParts(form, weights, padding, {}).attention_weights(hidden, hidden)


class LayerParts:
    """The parts of a layer, of one batch."""

    def __init__(
        self, form: Form, weights: dict[str, Any], padding: Any, adapters: dict[str, Any], asked: Any = None
    ) -> None:
        self.form = form
        self.weights = weights
        self.padding = padding
        self.adapters = adapters
        self.asked = asked
        self.batch, self.length = ops.shape(padding)[0], ops.shape(padding)[3]

    def first(self, hidden: Any) -> Any:
        if self.asked is not None:
            return ops.take(hidden, self.asked, axis=0)
        return ops.reshape(hidden, (self.batch, self.length, hidden.shape[-1]))[:, 0]

    def attended(self, asking: Any, hidden: Any, dropped: Callable[[Any, int], Any], valued: Any = None) -> Any:
        """What `asking` rows take of `hidden` ones, or of `valued`, rows from which values come in their place."""
        looks = dropped(self.attention_weights(asking, hidden), 0)
        values = self.looked_at(self.heads(hidden if valued is None else valued, "value", self.length))
        context = ops.transpose(ops.matmul(ops.cast(looks, hidden.dtype), values), (0, 2, 1, 3))
        return self.dense(ops.reshape(context, (-1, self.form.hidden_size)), "self_attention.attention_output")

    def fused(self, hidden: Any) -> Any:
        """As `attended` of the rows themselves, without the attention weights."""
        shape = self.batch, self.length, self.form.num_heads, self.form.depth
        names = "query", "key", "value"
        heads = (ops.reshape(self.dense(hidden, f"self_attention.{name}"), shape) for name in names)
        context = fused_attention(*heads, self.padding)
        return self.dense(ops.reshape(context, (-1, self.form.hidden_size)), "self_attention.attention_output")

    def attention_weights(self, asking: Any, hidden: Any) -> Any:
        """float32 [batch, heads, tokens, seq_length], of `asking` rows [batch * tokens, hidden_size]."""
        tokens = self.length if asking is hidden else 1
        query = self.heads(asking, "query", tokens)
        query = query * (1.0 / math.sqrt(self.form.depth))
        keys = self.looked_at(self.heads(hidden, "key", self.length))
        scores = ops.matmul(query, ops.transpose(keys, (0, 1, 3, 2)))
        # Integers pass Keras' autocast as they are: in float16, -1e9 would be -inf, and a row of padding NaN.
        scores = ops.cast(scores, "float32") + ops.cast(self.hidden_from(tokens), "float32") * self.form.masked_score
        return ops.softmax(scores, axis=-1)

    def hidden_from(self, tokens: Any) -> Any:
        """As `padding`, for all tokens (`tokens` is the length) or for the first ones."""
        if self.asked is None:
            return self.padding
        return ops.take(ops.reshape(self.padding, (-1, self.length)), self.asked, axis=0)[:, None, None]

    def looked_at(self, heads: Any) -> Any:
        """Keys or values [batch, heads, seq_length, depth], where tokens are asked of those of each one's row."""
        return heads if self.asked is None else ops.take(heads, self.asked // self.length, axis=0)

    def dense(self, rows: Any, name: str) -> Any:
        # Cast here: Keras' autocast is over when a layer is worked out again for its gradient.
        kernel = ops.cast(self.weights[f"{name}.kernel"], rows.dtype)
        bias = self.weights.get(f"{name}.bias")
        width = kernel_width(name, kernel.shape)
        outputs = ops.matmul(rows, ops.reshape(kernel, (-1, width)))
        if bias is not None:
            # `ops.add` and not `+`: it makes TensorFlow's BiasAdd, worked out together with the product before it.
            outputs = ops.add(outputs, ops.reshape(ops.cast(bias, rows.dtype), (width,)))
        return outputs + self.adapters[name](rows) if name in self.adapters else outputs

    def normed(self, rows: Any, name: str) -> Any:
        gamma, beta = self.weights[f"{name}.gamma"], self.weights.get(f"{name}.beta")
        return layer_norm(rows, gamma, beta, self.form.layer_norm_epsilon)

    def heads(self, rows: Any, name: str, length: Any) -> Any:
        """[batch, heads, length, depth]: query, key or value of rows [batch * length, hidden_size]."""
        outputs = self.dense(rows, f"self_attention.{name}")
        batch = -1 if self.asked is not None else self.batch
        heads = ops.reshape(outputs, (batch, length, self.form.num_heads, self.form.depth))
        return ops.transpose(heads, (0, 2, 1, 3))


def bend_of(form: Form, bent: Callable[[Any, str], Any] | None = None) -> Callable[[Any], Any]:
    """What bends the inner rows; `bent` is that of `layer_forward`."""
    return OTHER_BENDS.get(form.bend) or functools.partial(bent or gelu, form=form.bend)


def gelu(values: Any, form: str) -> Any:
    """GELU (Hendrycks and Gimpel, https://arxiv.org/abs/1606.08415), exact ("erf") or its tanh approximation."""
    if form == "erf":
        return 0.5 * values * (1.0 + ops.erf(values * (1.0 / math.sqrt(2.0))))
    inner = math.sqrt(2.0 / math.pi) * (values + 0.044715 * values * values * values)
    return 0.5 * values * (1.0 + ops.tanh(inner))


def kernel_width(name: str, shape: tuple[int, ...]) -> int:
    """Numbers that a product with the kernel `name` of `weights_by_name` gives: of query, key and value by heads."""
    is_by_heads = len(shape) == 3 and name != "self_attention.attention_output"
    return shape[-2] * shape[-1] if is_by_heads else shape[-1]


def layer_norm(rows: Any, gamma: Any, beta: Any, epsilon: float) -> Any:
    """Layer normalisation over the last axis, in float32 at any dtype policy; returns the dtype of `rows`.

    `beta` may be None.
    """
    wide = ops.cast(rows, "float32")
    centred = wide - ops.mean(wide, axis=-1, keepdims=True)
    variance = ops.mean(ops.square(centred), axis=-1, keepdims=True)
    scale = ops.rsqrt(variance + epsilon) * ops.cast(gamma, "float32")
    normal = centred * scale
    return ops.cast(normal if beta is None else normal + ops.cast(beta, "float32"), rows.dtype)
