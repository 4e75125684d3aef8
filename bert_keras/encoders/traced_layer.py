"""`traced_layer`: `layer_forward` in a graph of TensorFlow, traced once for all layers and models of a form."""

import functools
from typing import Any

import tensorflow as tf

from bert_keras.encoders.dropout import DrawnSeed, dropped_by
from bert_keras.encoders.layer_forward import Form, layer_forward


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
        seeds = None if drawn is None else [DrawnSeed(seed) for seed in drawn]
        return layer_forward(form, weights, hidden, padding, first_only, dropped_by(form, seeds))

    return tf.function(run, autograph=False, reduce_retracing=True)
