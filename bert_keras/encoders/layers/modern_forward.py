"""`modern_forward`: what one layer of ModernBERT works out (Warner et al., 2024, https://arxiv.org/abs/2412.13663)."""

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from keras import ops

from bert_keras.encoders.layers.layer_forward import Form, LayerParts, bend_of


class ModernForm(NamedTuple):
    """What a layer of ModernBERT has beside a `Form`.

    Args:
        base: of the angles by which query and key are turned: the slowest pair turns by about 1 / base a token.
        window: how many tokens before and behind are looked at; None for all.
        first: whether it is the first layer, whose input is normed already.
    """

    base: float
    window: int | None
    first: bool


def modern_forward(
    form: Form,
    modern: ModernForm,
    weights: dict[str, Any],
    hidden: Any,
    padding: Any,
    first_only: bool = False,
    dropped: Callable[[Any, int], Any] | None = None,
    adapters: dict[str, Any] | None = None,
) -> Any:
    """As `layer_forward`, of layers that norm what goes into attention and into feed-forward, and not the sums.

    Places are angles of query and key, "intermediate" is two products of which one is the gate of the other, and no
    product has a bias.
    """
    layer = _ModernParts(form, modern, weights, padding, adapters or {})
    dropped = dropped or (lambda values, place: values)
    normed = hidden if modern.first else layer.normed(hidden, "self_attention_layer_norm")
    asking = layer.first(normed) if first_only else normed
    attended = dropped(layer.attended(asking, normed, dropped), 1)
    hidden = (layer.first(hidden) if first_only else hidden) + attended
    inner, gate = ops.split(layer.dense(layer.normed(hidden, "output_layer_norm"), "intermediate"), 2, axis=-1)
    return hidden + layer.dense(dropped(bend_of(form)(inner) * gate, 2), "output")


def modern_attention_weights(form: Form, modern: ModernForm, weights: dict[str, Any], hidden: Any, padding: Any) -> Any:
    """As `attention_weights`."""
    layer = _ModernParts(form, modern, weights, padding, {})
    normed = hidden if modern.first else layer.normed(hidden, "self_attention_layer_norm")
    return layer.attention_weights(normed, normed)


class _ModernParts(LayerParts):
    def __init__(self, form: Form, modern: ModernForm, weights: dict[str, Any], padding: Any, adapters: Any) -> None:
        super().__init__(form, weights, padding, adapters)
        self.base, self.window = modern.base, modern.window

    def hidden_from(self, tokens: Any) -> Any:
        if self.window is None:
            return super().hidden_from(tokens)
        places = ops.arange(self.length)
        distances = ops.abs(places[:, None] - places[None])
        far = ops.maximum(self.padding, ops.cast(distances > self.window, "int32")[None, None])
        return far[:, :, :1] if tokens is not self.length else far

    def heads(self, rows: Any, name: str, length: Any) -> Any:
        heads = super().heads(rows, name, length)
        return heads if name == "value" else self._turned(heads, length)

    def _turned(self, heads: Any, length: Any) -> Any:
        """The pairs of numbers depth / 2 apart, turned by the token's place times their own angle (Su et al., 2021)."""
        depth = self.form.depth
        angles = ops.exp(ops.arange(0, depth, 2, dtype="float32") * (-math.log(self.base) / depth))
        angles = ops.cast(ops.arange(length), "float32")[:, None] * angles
        cosine, sine = (ops.tile(way(angles), (1, 2)) for way in (ops.cos, ops.sin))
        wide = ops.cast(heads, "float32")
        one, other = ops.split(wide, 2, axis=-1)
        return ops.cast(wide * cosine + ops.concatenate([-other, one], axis=-1) * sine, heads.dtype)
