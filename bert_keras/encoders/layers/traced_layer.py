"""`traced_layer`: `layer_forward` in a graph of TensorFlow, traced once for all layers and models of a form."""

import functools
from typing import Any

import tensorflow as tf

from bert_keras.encoders.layers.dropout import DrawnSeed, dropped_by
from bert_keras.encoders.layers.layer_forward import Form, layer_forward


def is_graph() -> bool:
    """Whether a graph is being traced, and not run eagerly."""
    return not tf.executing_eagerly()


def traced_layer(
    form: Form, weights: dict[str, Any], hidden: Any, padding: Any, seeds: list[DrawnSeed] | None, first_only: bool
) -> Any:
    """What `layer_forward` gives, by a call of a graph; `seeds` are three, or None where nothing is dropped."""
    drawn = None if seeds is None else [seed.next() for seed in seeds]
    return _graph(form, first_only)({n: tf.convert_to_tensor(w) for n, w in weights.items()}, hidden, padding, drawn)


@functools.cache
def _graph(form: Form, first_only: bool) -> Any:
    def run(weights: dict[str, Any], hidden: Any, padding: Any, drawn: list[Any] | None) -> Any:
        if drawn is None:
            return layer_forward(form, weights, hidden, padding, first_only, bent=fused_gelu)
        seeds = [DrawnSeed(seed) for seed in drawn]
        return layer_forward(form, weights, hidden, padding, first_only, dropped_by(form, seeds))

    return tf.function(run, autograph=False, reduce_retracing=True)


def fused_gelu(values: Any, form: str) -> Any:
    """GELU in the operations that TensorFlow, with oneDNN, works out together with the product before.

    The cube is a power: its gradient costs more than that of `layer_forward`'s products, and so it is for prediction.
    """
    return tf.nn.gelu(values, approximate=form == "tanh")
