"""`ModernBlock`: the weights of one layer of ModernBERT."""

from typing import Any

from keras import ops

from bert_keras.encoders.layers.modern_forward import ModernForm, modern_attention_weights, modern_forward
from bert_keras.encoders.layers.transformer_block import TransformerBlock


class ModernBlock(TransformerBlock):
    """As a `TransformerBlock`, whose names its weights have: the norms stand before attention and feed-forward.

    `intermediate.kernel` is [hidden_size, 2 * intermediate_size]: what is bent, and its gate.

    Args:
        modern: what the layer has beside `TransformerBlock`'s form.
        **options: `TransformerBlock`'s.
    """

    has_graphs = False

    def __init__(self, modern: ModernForm, **options: Any) -> None:
        self.modern = modern
        super().__init__(**options)

    def worked_out(
        self, weights: dict, hidden: Any, padding: Any, first_only: bool, dropped: Any, asked: Any = None
    ) -> Any:
        hidden = modern_forward(self.form, self.modern, weights, hidden, padding, first_only, dropped, self.adapters)
        return hidden if asked is None else ops.take(hidden, asked, axis=0)  # whose angles are those of all places

    def attention_weights(self, hidden: Any, padding: Any) -> Any:
        return modern_attention_weights(self.form, self.modern, self.weights_by_name, hidden, padding)

    def add_weights(self) -> None:
        width, heads, inner = self.hidden_size, self.num_heads, self.intermediate_size
        if not self.modern.first:
            self.add_norm("self_attention_layer_norm", ("gamma",))
        for name in ("query", "key", "value"):
            self.add_dense(f"self_attention.{name}", (width, heads, width // heads), None)
        self.add_dense("self_attention.attention_output", (heads, width // heads, width), None)
        self.add_norm("output_layer_norm", ("gamma",))
        self.add_dense("intermediate", (width, 2 * inner), None)
        self.add_dense("output", (inner, width), None)
