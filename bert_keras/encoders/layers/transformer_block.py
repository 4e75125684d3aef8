"""`TransformerBlock`: the weights of one layer of BERT, and which way it is worked out."""

from typing import Any

import keras
from keras import ops

from bert_keras.encoders.layers.dropout import DrawnSeed, drawn_seeds, dropped_by
from bert_keras.encoders.layers.layer_forward import BLOCK_FIELDS, Form, attention_weights, layer_forward
from bert_keras.replica_seeds import ReplicaSeeds

_ON_TENSORFLOW = keras.backend.backend() == "tensorflow"
if _ON_TENSORFLOW:
    from bert_keras.encoders.layers.traced_layer import is_graph, traced_layer
    from bert_keras.encoders.layers.trained_layer import trained_layer


class TransformerBlock(keras.layers.Layer):
    """One layer of BERT on rows [batch * seq_length, hidden_size]: attention, then feed-forward, each post-normed.

    Its arguments are `BertEncoder`'s, which has checked them, and `place`, with which its weights' TF-Hub names begin.
    `weights_by_name` maps TF-Hub's names within a layer (`self_attention.query.kernel`) to the weights. `own_gradient`
    can be set to False, for a graph to be saved with TensorFlow's: a SavedModel cannot hold another.
    """

    has_graphs = True  # of its own: `trained_layer` and `traced_layer`

    def __init__(
        self,
        hidden_size: int,
        num_heads: int,
        intermediate_size: int,
        bend: str,
        dropout: float,
        attention_dropout: float,
        layer_norm_epsilon: float,
        initializer_range: float,
        seed: int | None = None,
        recompute: bool = False,
        place: str = "transformer/layer_0",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.place = place
        self.recompute = recompute
        self.own_gradient = _ON_TENSORFLOW
        self.hidden_size = hidden_size
        self.num_heads = num_heads
        self.intermediate_size = intermediate_size
        self.bend = bend
        self.dropout = dropout
        self.attention_dropout = attention_dropout
        self.layer_norm_epsilon = layer_norm_epsilon
        self.initializer_range = initializer_range
        self._seeds = ReplicaSeeds(seed)
        self.weights_by_name = {}
        self.adapters = {}  # LoRA's, by the name of what they are added to: `self_attention.query`
        self.add_weights()
        self.built = True

    @property
    def form(self) -> Form:
        return Form(*(getattr(self, name) for name in BLOCK_FIELDS))

    def call(
        self, hidden: Any, padding: Any, training: bool | None = None, first_only: bool = False, asked: Any = None
    ) -> Any:
        """Returns [batch * seq_length, hidden_size], or with `first_only` [batch, hidden_size] of the first tokens.

        With `asked`, int32 [tokens], numbers of rows of `hidden`, [tokens, hidden_size] of these.
        `padding` is `layer_forward`'s.
        """
        # Dropout's seeds are drawn here: what is recomputed must drop the same.
        drops = training and max(self.dropout, self.attention_dropout) > 0
        seeds = drawn_seeds(self._seeds, 3) if drops else None
        is_whole = self.has_graphs and not (self.recompute and training) and not self.adapters and asked is None
        if _ON_TENSORFLOW and is_whole and not isinstance(hidden, keras.KerasTensor):
            if training and self.own_gradient and self.compute_dtype in ("float32", "bfloat16"):
                return trained_layer(self.form, self.weights_by_name, hidden, padding, seeds, first_only)
            if is_graph():
                return traced_layer(self.form, self.weights_by_name, hidden, padding, seeds, first_only)
        return self._forward(hidden, padding, seeds, first_only, asked, bool(training))

    def attention_weights(self, hidden: Any, padding: Any) -> Any:
        """float32 [batch, heads, seq_length, seq_length]: what each token takes of each; the last axis sums to 1."""
        return attention_weights(self.form, self.weights_by_name, hidden, padding)

    def _forward(self, hidden: Any, padding: Any, seeds: Any, first_only: bool, asked: Any, training: bool) -> Any:
        dropped = dropped_by(self.form, seeds)

        def forward(hidden: Any) -> Any:
            weights = self.weights_by_name
            if self.recompute:  # TensorFlow works out the gradients of frozen weights too, unless it is told
                weights = {n: w if w.trainable else ops.stop_gradient(w) for n, w in weights.items()}
            return self.worked_out(weights, hidden, padding, first_only, dropped, asked)

        return keras.remat(forward)(hidden) if self.recompute and training else forward(hidden)

    def worked_out(
        self, weights: dict, hidden: Any, padding: Any, first_only: bool, dropped: Any, asked: Any = None
    ) -> Any:
        """The layer, of its weights."""
        return layer_forward(self.form, weights, hidden, padding, first_only, dropped, self.adapters, asked=asked)

    def add_weights(self) -> None:
        """Makes `weights_by_name`."""
        width, heads, inner = self.hidden_size, self.num_heads, self.intermediate_size
        depth = width // heads
        for name in ("query", "key", "value"):
            self.add_dense(f"self_attention.{name}", (width, heads, depth), (heads, depth))
        self.add_dense("self_attention.attention_output", (heads, depth, width), (width,))
        self.add_norm("self_attention_layer_norm")
        self.add_dense("intermediate", (width, inner), (inner,))
        self.add_dense("output", (inner, width), (width,))
        self.add_norm("output_layer_norm")

    def add_dense(self, name: str, kernel: tuple, bias: tuple | None) -> None:
        """Adds a kernel and, where it has a shape, a bias."""
        self.add_by_name(f"{name}.kernel", kernel, fresh_normal(self.initializer_range, self._seeds))
        if bias is not None:
            self.add_by_name(f"{name}.bias", bias, "zeros")

    def add_norm(self, name: str, parts: tuple[str, ...] = ("gamma", "beta"), width: int | None = None) -> None:
        """Adds the weights of a layer norm, of hidden_size numbers or of `width`."""
        for part in parts:
            self.add_by_name(f"{name}.{part}", (width or self.hidden_size,), "ones" if part == "gamma" else "zeros")

    def add_by_name(self, name: str, shape: tuple, initializer: Any) -> None:
        """Adds a weight, float32 at any dtype policy: what reads it casts it."""
        weight = self.add_weight(shape, initializer, name=name, autocast=False)
        self.weights_by_name[name] = weight


def fresh_normal(deviation: float, seeds: keras.random.SeedGenerator) -> keras.initializers.Initializer:
    """The truncated normal of one fresh weight. Its seed is drawn here: Keras traces what makes a large, split weight,
    and a generator's state may not change inside a traced function of JAX. Of a deviation of 0 none is drawn."""
    if deviation == 0:
        return keras.initializers.Zeros()
    return keras.initializers.TruncatedNormal(stddev=deviation, seed=DrawnSeed(seeds.next()))
