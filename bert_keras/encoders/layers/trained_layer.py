"""`trained_layer`: a layer of BERT while it is trained on TensorFlow, with its gradient written out.

The numbers are those of `TransformerBlock` and its automatic gradient, but for rounding. Memory is passed over less
often: the scales of dropout, GELU and the attention scores go into the kernels, which are smaller than what they are
multiplied with; the gradient of softmax adds up over [depth] and not over [seq_length]; and both directions are traced
once for all layers of a size.

In bfloat16 the rows and products are of that type; softmax, GELU and layer norms are float32, and so are the gradients
for the weights.
"""

import functools
import math
from typing import Any, NamedTuple

import tensorflow as tf

from bert_keras.encoders.layers.dropout import DrawnSeed, keep_mask, keep_scale
from bert_keras.encoders.layers.layer_forward import Form
from bert_keras.encoders.layers.scaled_bend import scaled_bend, scaled_slope

_MATRICES = {
    "query": "self_attention.query",
    "key": "self_attention.key",
    "value": "self_attention.value",
    "attended": "self_attention.attention_output",
    "inner": "intermediate",
    "output": "output",
}
_NORMS = {"first": "self_attention_layer_norm", "last": "output_layer_norm"}


class _Masks(NamedTuple):
    """1 at what dropout keeps, 0 at what it drops; None where the rate is 0."""

    looks: Any
    attended: Any
    output: Any


class _Kept(NamedTuple):
    """What the gradient needs of the way forward. Rows are [batch * tokens, ...], heads [batch, heads, tokens, depth].

    `looks` [batch, heads, tokens, seq_length] are the attention weights, and `looks_kept` those that are not dropped;
    `inner` is what GELU bends to `bent`.
    """

    matrices: dict[str, Any]
    masks: _Masks
    query: Any
    key: Any
    value: Any
    looks: Any
    looks_kept: Any
    context: Any
    context_rows: Any
    first_norm: Any
    normed: Any
    inner: Any
    bent: Any
    last_norm: Any


def trained_layer(
    form: Form, weights: dict[str, Any], hidden: Any, padding: Any, seeds: list[DrawnSeed] | None, first_only: bool
) -> Any:
    """What `layer_forward` gives in training, with its gradient for `hidden` and the weights, which are float32.

    `seeds` are three, of the dropout of attention weights, attended rows and outputs; None where both rates are 0.
    """
    trained = tuple(name for name, weight in weights.items() if getattr(weight, "trainable", True))
    bias = tf.cast(padding, tf.float32) * form.masked_score
    drawn = [seed.next() for seed in seeds or []]
    asking = hidden
    if first_only:
        asking = tf.reshape(hidden, [tf.shape(bias)[0], tf.shape(bias)[3], form.hidden_size])[:, 0]
    values = {name: tf.convert_to_tensor(weight) for name, weight in weights.items()}
    return _graph(form, hidden.dtype, trained, first_only)(asking, hidden, bias, drawn, values)


@functools.cache
def _graph(form: Form, dtype: tf.DType, trained: tuple[str, ...], first_only: bool) -> Any:
    """A layer in a graph of its own, traced when it is first called; `dtype` is that of the rows and the products.

    TensorFlow keeps a gradient that is not its own for ever, with the graph in which it stands: here that is this one,
    and not that of a whole step.
    """
    layer = _Layer(form, dtype)

    def run(asking: Any, hidden: Any, bias: Any, seeds: list[Any], weights: dict[str, Any]) -> Any:
        names = list(weights)

        @tf.custom_gradient
        def worked_out(asking: Any, hidden: Any, *values: Any) -> Any:
            by_name = dict(zip(names, values, strict=True))
            output, kept = layer.forward(asking, hidden, bias, seeds, by_name, first_only)

            def gradient(upstream: Any) -> tuple[Any, ...]:
                to_asking, to_hidden, found = layer.backward(
                    upstream, asking, hidden, kept, by_name, trained, first_only
                )
                return to_asking, to_hidden, *(found.get(name) for name in names)

            return output, gradient

        return worked_out(asking, hidden, *weights.values())

    return tf.function(run, autograph=False, reduce_retracing=True)


class _Layer:
    """Both directions of a layer.

    `scales` says for each matrix what its kernel and its bias are multiplied by: the query's by the root of depth, and
    what follows a dropout by what makes up for the numbers dropped. GELU is x (1 + erf(x / √2)) / 2: its factors
    go into the kernels before and after it.
    """

    def __init__(self, form: Form, dtype: tf.DType) -> None:
        self.form = form
        self.dtype = dtype
        rows, looks = keep_scale(form.dropout), keep_scale(form.attention_dropout)
        before, after = {"erf": (math.sqrt(0.5), math.sqrt(0.5)), "tanh": (1.0, 0.5)}.get(form.bend, (1.0, 1.0))
        self.scales = {
            "query": (1 / math.sqrt(form.depth), 1 / math.sqrt(form.depth)),
            "attended": (looks * rows, rows),
            "inner": (before, before),
            "output": (after * rows, rows),
        }

    def forward(
        self, asking: Any, hidden: Any, bias: Any, seeds: list[Any], weights: dict[str, Any], first_only: bool
    ) -> tuple[Any, _Kept]:
        """The output, and what the way back needs."""
        matrices = {name: self._matrix(name, weights) for name in _MATRICES}
        batch, length = tf.shape(bias)[0], tf.shape(bias)[3]
        query = self._heads(_product(asking, matrices["query"]), batch, 1 if first_only else length)
        key, value = (self._heads(_product(hidden, matrices[name]), batch, length) for name in ("key", "value"))
        looks = tf.nn.softmax(_wide(tf.matmul(query, key, transpose_b=True)) + bias)
        rates = self.form.attention_dropout, self.form.dropout, self.form.dropout
        masks = _Masks(*map(_mask, (looks, asking, asking), rates, seeds or [None] * 3))
        looks_kept = self._narrow(_masked(looks, masks.looks))
        context = tf.matmul(looks_kept, value)
        context_rows = self._rows(context)
        attended = _masked(_product(context_rows, matrices["attended"]), masks.attended)
        normed, first_norm = self._norm(asking + attended, "first", weights)
        inner = _product(normed, matrices["inner"])
        bent = self._narrow(scaled_bend(_wide(inner), self.form.bend))
        added = _masked(_product(bent, matrices["output"]), masks.output)
        output, last_norm = self._norm(normed + added, "last", weights)
        return output, _Kept(
            *(matrices, masks, query, key, value, looks, looks_kept, context, context_rows),
            *(first_norm, normed, inner, bent, last_norm),
        )

    def backward(
        self,
        upstream: Any,
        asking: Any,
        hidden: Any,
        kept: _Kept,
        weights: dict[str, Any],
        trained: tuple[str, ...],
        first_only: bool,
    ) -> tuple[Any, Any, dict[str, Any]]:
        """The gradients for `asking`, `hidden` and the weights that are trained, from that of the output."""
        found: dict[str, Any] = dict.fromkeys(trained)
        to_sum = self._norm_gradient(upstream, kept.last_norm, "last", weights, found)
        to_output = _masked(to_sum, kept.masks.output)
        to_inner = self._product_gradient(to_output, kept.bent, "output", kept, weights, found)
        with tf.control_dependencies([to_inner]):  # or TensorFlow works it out for all layers before the way back
            to_inner = self._narrow(_wide(to_inner) * scaled_slope(_wide(kept.inner), self.form.bend))
        to_normed = to_sum + self._product_gradient(to_inner, kept.normed, "inner", kept, weights, found)
        to_sum = self._norm_gradient(to_normed, kept.first_norm, "first", weights, found)
        to_attended = _masked(to_sum, kept.masks.attended)
        to_context = self._product_gradient(to_attended, kept.context_rows, "attended", kept, weights, found)
        to_query, to_key, to_value = self._attention_gradient(to_context, kept, first_only)
        to_asking = to_sum + self._product_gradient(to_query, asking, "query", kept, weights, found)
        to_hidden = self._product_gradient(to_key, hidden, "key", kept, weights, found)
        to_hidden += self._product_gradient(to_value, hidden, "value", kept, weights, found)
        return to_asking, to_hidden, found

    def _attention_gradient(self, to_context: Any, kept: _Kept, first_only: bool) -> tuple[Any, Any, Any]:
        """The gradients for the rows of query, key and value."""
        batch, length = tf.shape(kept.key)[0], tf.shape(kept.key)[2]
        to_context = self._heads(to_context, batch, 1 if first_only else length)
        to_value = tf.matmul(kept.looks_kept, to_context, transpose_a=True)
        to_kept = _wide(tf.matmul(to_context, kept.value, transpose_b=True))
        # What softmax takes off, the sum of looks_kept * to_kept, is by the order of sums one over `depth`.
        with tf.control_dependencies([to_kept]):  # as with the slope
            context, looks_kept = _wide(kept.context), _wide(kept.looks_kept)
        mean = tf.reduce_sum(_wide(to_context) * context, axis=-1, keepdims=True)
        if kept.masks.looks is None:
            to_scores = self._narrow(kept.looks * (to_kept - mean))
        else:
            to_scores = self._narrow(looks_kept * to_kept - kept.looks * mean)
        to_query, to_key = tf.matmul(to_scores, kept.key), tf.matmul(to_scores, kept.query, transpose_a=True)
        return self._rows(to_query), self._rows(to_key), self._rows(to_value)

    def _matrix(self, name: str, weights: dict[str, Any]) -> tuple[Any, Any]:
        """The kernel of a product as a matrix, and its bias as a row, both scaled."""
        kernel, bias = (weights[f"{_MATRICES[name]}.{part}"] for part in ("kernel", "bias"))
        rows = tf.reshape(bias, [-1])
        kernel = tf.reshape(kernel, [-1, rows.shape[0]])
        scales = self.scales.get(name, (1.0, 1.0))
        parts = (part if scale == 1.0 else part * scale for part, scale in zip((kernel, rows), scales, strict=True))
        return tuple(map(self._narrow, parts))

    def _product_gradient(
        self, upstream: Any, rows: Any, name: str, kept: _Kept, weights: dict[str, Any], found: dict[str, Any]
    ) -> Any:
        """The gradient for the rows of a product; those for its weights go to `found` where it has their names."""
        kernel, bias = (f"{_MATRICES[name]}.{part}" for part in ("kernel", "bias"))
        scales = self.scales.get(name, (1.0, 1.0))
        if kernel in found:
            found[kernel] = _shaped(tf.matmul(rows, upstream, transpose_a=True), scales[0], weights[kernel])
        if bias in found:
            found[bias] = _shaped(_sum_of_rows(upstream), scales[1], weights[bias])
        return tf.matmul(upstream, kept.matrices[name][0], transpose_b=True)

    def _norm(self, rows: Any, name: str, weights: dict[str, Any]) -> tuple[Any, tuple[Any, Any]]:
        """Layer normalisation; and the normalised rows before gamma, with the [rows, 1] that they were scaled by."""
        rows = _wide(rows)
        centred = rows - tf.reduce_mean(rows, axis=-1, keepdims=True)
        variance = tf.reduce_mean(tf.square(centred), axis=-1, keepdims=True)
        scale = tf.math.rsqrt(variance + self.form.layer_norm_epsilon)
        normal = centred * scale
        normed = normal * weights[f"{_NORMS[name]}.gamma"] + weights[f"{_NORMS[name]}.beta"]
        return self._narrow(normed), (normal, scale)

    def _norm_gradient(
        self, upstream: Any, kept: tuple[Any, Any], name: str, weights: dict[str, Any], found: dict[str, Any]
    ) -> Any:
        """The gradient for the rows that were normalised; those for gamma and beta go to `found`, as of a product."""
        normal, scale = kept
        upstream = _wide(upstream)
        gamma = weights[f"{_NORMS[name]}.gamma"]
        product = upstream * normal
        for part, summed in (("gamma", product), ("beta", upstream)):
            if f"{_NORMS[name]}.{part}" in found:
                found[f"{_NORMS[name]}.{part}"] = _sum_of_rows(summed)
        mean = gamma[:, None] / self.form.hidden_size
        to_rows = scale * (upstream * gamma - tf.matmul(upstream, mean) - normal * tf.matmul(product, mean))
        return self._narrow(to_rows)

    def _narrow(self, values: Any) -> Any:
        return values if values.dtype == self.dtype else tf.cast(values, self.dtype)

    def _heads(self, rows: Any, batch: Any, length: Any) -> Any:
        return tf.transpose(tf.reshape(rows, [batch, length, self.form.num_heads, self.form.depth]), [0, 2, 1, 3])

    def _rows(self, heads: Any) -> Any:
        return tf.reshape(tf.transpose(heads, [0, 2, 1, 3]), [-1, self.form.hidden_size])


def _product(rows: Any, matrix: tuple[Any, Any]) -> Any:
    return tf.nn.bias_add(tf.matmul(rows, matrix[0]), matrix[1])


def _sum_of_rows(rows: Any) -> Any:
    """[columns]; of bfloat16 by a product, which adds up in float32 and takes two thirds of the time."""
    if rows.dtype == tf.float32:
        return tf.raw_ops.BiasAddGrad(out_backprop=rows)
    return tf.matmul(tf.ones([tf.shape(rows)[0], 1], rows.dtype), rows, transpose_a=True)[0]


def _wide(values: Any) -> Any:
    return values if values.dtype == tf.float32 else tf.cast(values, tf.float32)


def _mask(values: Any, rate: float, seed: Any) -> Any:
    return tf.cast(keep_mask(values, rate, seed), values.dtype) if rate > 0 else None


def _shaped(gradient: Any, scale: float, weight: Any) -> Any:
    gradient = _wide(gradient)
    return tf.reshape(gradient if scale == 1.0 else gradient * scale, weight.shape)


def _masked(values: Any, mask: Any) -> Any:
    return values if mask is None else values * mask
