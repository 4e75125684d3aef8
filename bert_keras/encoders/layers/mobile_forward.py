"""`mobile_forward`: what one layer of MobileBERT works out (Sun et al., 2020, https://arxiv.org/abs/2004.02984)."""

from collections.abc import Callable
from typing import Any

from keras import ops

from bert_keras.encoders.layers.layer_forward import Form, LayerParts, bend_of


def mobile_forward(
    form: Form,
    feed_forwards: int,
    weights: dict[str, Any],
    hidden: Any,
    padding: Any,
    first_only: bool = False,
    dropped: Callable[[Any, int], Any] | None = None,
    adapters: dict[str, Any] | None = None,
    asked: Any = None,
) -> Any:
    """As `layer_forward`, of a layer that works between two dense layers at a smaller width.

    Query and key come from one bottleneck, values from the layer's input itself, and the attended rows are added to a
    second bottleneck. Several feed-forwards follow, of which the last has BERT's names, and a dense layer back to the
    whole width. In place of layer norms there are products with gamma, and beta.

    Args:
        form: of the layer inside: `hidden_size` is the bottleneck's width.
        feed_forwards: how many there are.
        weights, hidden, padding, first_only, dropped, adapters, asked: as of `layer_forward`; `hidden` has the whole
            width.
    """
    layer = _MobileParts(form, weights, padding, adapters or {}, asked)
    dropped = dropped or (lambda values, place: values)
    shared = layer.narrow(hidden, "bottleneck_shared")
    asking, whole = (layer.first(rows) if first_only or asked is not None else rows for rows in (shared, hidden))
    attended = layer.attended(asking, shared, dropped, hidden)
    inner = layer.normed(attended + layer.narrow(whole, "bottleneck_input"), "self_attention_layer_norm")
    for index in range(feed_forwards):
        place = "" if index == feed_forwards - 1 else f"ffn_{index}."
        bent = bend_of(form)(layer.dense(inner, f"{place}intermediate"))
        inner = layer.normed(layer.dense(bent, f"{place}output") + inner, f"{place}output_layer_norm")
    outputs = dropped(layer.dense(inner, "bottleneck_output"), 2)
    return layer.normed(outputs + whole, "bottleneck_output_layer_norm")


def mobile_attention_weights(form: Form, weights: dict[str, Any], hidden: Any, padding: Any) -> Any:
    """As `attention_weights`."""
    layer = _MobileParts(form, weights, padding, {})
    shared = layer.narrow(hidden, "bottleneck_shared")
    return layer.attention_weights(shared, shared)


def no_norm(rows: Any, gamma: Any, beta: Any) -> Any:
    """What MobileBERT has for layer normalisation, in float32 at any dtype policy; returns the dtype of `rows`."""
    wide = ops.cast(rows, "float32") * ops.cast(gamma, "float32") + ops.cast(beta, "float32")
    return ops.cast(wide, rows.dtype)


class _MobileParts(LayerParts):
    def narrow(self, rows: Any, name: str) -> Any:
        return self.normed(self.dense(rows, name), f"{name}_layer_norm")

    def normed(self, rows: Any, name: str) -> Any:
        return no_norm(rows, self.weights[f"{name}.gamma"], self.weights[f"{name}.beta"])
