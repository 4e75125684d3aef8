"""`MobileBlock`: the weights of one layer of MobileBERT."""

from typing import Any

from bert_keras.encoders.layers.layer_forward import Form
from bert_keras.encoders.layers.mobile_forward import mobile_attention_weights, mobile_forward
from bert_keras.encoders.layers.transformer_block import TransformerBlock


class MobileBlock(TransformerBlock):
    """As a `TransformerBlock`, whose names attention and the last feed-forward have, at the bottleneck's width.

    Args:
        mobile: `MobileLayers`' fields.
        **options: `TransformerBlock`'s.
    """

    has_graphs = False

    def __init__(self, mobile: dict[str, Any], **options: Any) -> None:
        self.mobile = mobile
        super().__init__(**options)

    @property
    def form(self) -> Form:
        return super().form._replace(hidden_size=self.mobile["bottleneck"])

    def worked_out(
        self, weights: dict, hidden: Any, padding: Any, first_only: bool, dropped: Any, asked: Any = None
    ) -> Any:
        count = self.mobile["feed_forwards"]
        return mobile_forward(self.form, count, weights, hidden, padding, first_only, dropped, self.adapters, asked)

    def attention_weights(self, hidden: Any, padding: Any) -> Any:
        return mobile_attention_weights(self.form, self.weights_by_name, hidden, padding)

    def add_weights(self) -> None:
        width, heads, inner = self.hidden_size, self.num_heads, self.intermediate_size
        narrow = self.mobile["bottleneck"]
        depth = narrow // heads
        for name in ("bottleneck_input", "bottleneck_shared"):
            self.add_dense(name, (width, narrow), (narrow,))
            self.add_norm(f"{name}_layer_norm", width=narrow)
        for name, inputs in (("query", narrow), ("key", narrow), ("value", width)):
            self.add_dense(f"self_attention.{name}", (inputs, heads, depth), (heads, depth))
        self.add_dense("self_attention.attention_output", (heads, depth, narrow), (narrow,))
        self.add_norm("self_attention_layer_norm", width=narrow)
        for place in (*(f"ffn_{index}." for index in range(self.mobile["feed_forwards"] - 1)), ""):
            self.add_dense(f"{place}intermediate", (narrow, inner), (inner,))
            self.add_dense(f"{place}output", (inner, narrow), (narrow,))
            self.add_norm(f"{place}output_layer_norm", width=narrow)
        self.add_dense("bottleneck_output", (narrow, width), (width,))
        self.add_norm("bottleneck_output_layer_norm")
