"""`InferenceNetwork`: BERT without training, in few operations, of weights that a SavedModel's own graph reads."""

from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.encoder import EncoderConfig
from bert_keras.encoders.layers.layer_forward import MASKED_SCORE, Form, layer_norm
from bert_keras.encoders.layers.traced_layer import traced_layer
from bert_keras.features import ENCODER_OUTPUTS, MASK, POOLED_OUTPUT, SEQUENCE_OUTPUT, TYPE_IDS, WORD_IDS

EPSILON = 1e-12  # of the layer norms of every published BERT
_EQUAL = 1e-5  # between outputs of the same network, which differ by rounding
_ATTENTION = tuple(f"self_attention/{name}" for name in ("query", "key", "value", "attention_output"))
_NORMS = ("self_attention_layer_norm", "output_layer_norm")
_LAYER = (
    *(f"{name}/{part}" for name in (*_ATTENTION, "intermediate", "output") for part in ("kernel", "bias")),
    *(f"{name}/{part}" for name in _NORMS for part in ("gamma", "beta")),
)
_TABLES = tuple(f"{name}/embeddings" for name in ("word_embeddings", "position_embedding", "type_embeddings"))
_NORM = ("embeddings/layer_norm/gamma", "embeddings/layer_norm/beta")
_POOLER = ("pooler_transform/kernel", "pooler_transform/bias")


class InferenceNetwork:
    """What a published BERT gives without training, with a graph of its own over the same weights.

    It copies no weight: those that are trained on or assigned later give its outputs too.

    Args:
        weights: all of the encoder's, by TF-Hub's names.
        config: its sizes.
        gelu: the form of GELU, "tanh" or "erf".
        epsilon: added to the variances of layer norms.
        masked_score: added to the attention scores of padding.
    """

    def __init__(
        self,
        weights: dict[str, Any],
        config: EncoderConfig,
        gelu: str,
        epsilon: float = EPSILON,
        masked_score: float = MASKED_SCORE,
    ) -> None:
        self.weights = weights
        sizes = config.hidden_size, config.num_heads, config.intermediate_size
        self.form = Form(*sizes, gelu, 0.0, 0.0, epsilon, masked_score)
        self.layers = [
            {name.replace("/", "."): weights[f"transformer/layer_{index}/{name}"] for name in _LAYER}
            for index in range(config.num_layers)
        ]

    def __call__(self, features: dict[str, Any], pooled_only: bool = False) -> dict[str, Any]:
        """The outputs, as an encoder's, for three features int32 [batch, seq_length] that were checked."""
        ids, mask, types = (features[name] for name in (WORD_IDS, MASK, TYPE_IDS))
        batch, length = tf.unstack(tf.shape(ids))
        words, positions, segments = (tf.convert_to_tensor(self.weights[name]) for name in _TABLES)
        # In place of positions[:length], and of [:, None, None] below, for which LiteRT has no operation.
        placed = tf.slice(positions, [0, 0], [length, -1])
        embedded = tf.gather(words, ids) + tf.gather(segments, types) + placed
        gamma, beta, kernel, bias = (tf.convert_to_tensor(self.weights[name]) for name in (*_NORM, *_POOLER))
        width = self.form.hidden_size
        hidden = layer_norm(tf.reshape(embedded, (-1, width)), gamma, beta, self.form.layer_norm_epsilon)
        padding, outputs = tf.reshape(1 - mask, [batch, 1, 1, length]), []
        for weights in self.layers:
            first_only = pooled_only and weights is self.layers[-1]
            hidden = traced_layer(self.form, weights, hidden, padding, None, first_only)
            outputs.append(hidden if first_only else tf.reshape(hidden, (batch, length, width)))
        first = hidden if pooled_only else outputs[-1][:, 0]
        pooled = tf.tanh(tf.nn.bias_add(tf.matmul(first, kernel), bias))
        if pooled_only:
            return {POOLED_OUTPUT: pooled}
        return {POOLED_OUTPUT: pooled, SEQUENCE_OUTPUT: outputs[-1], ENCODER_OUTPUTS: outputs}


def gelu_of(encoder: Any, epsilon: float = EPSILON) -> str | None:
    """The form of GELU with which an `InferenceNetwork` gives what an encoder does; None where none does.

    A native encoder says which it is; of another family than BERT it is none. Of a published graph both are tried,
    unless its weights are spread over devices. `epsilon` is what is added to the variances.
    """
    weights, config = encoder.named_weights(), encoder.config
    if isinstance(encoder, BertEncoder):
        is_bert = encoder.layer_norm_epsilon == epsilon and not encoder.variations
        return encoder.gelu if is_bert else None
    layers = [f"transformer/layer_{index}/{name}" for index in range(config.num_layers or 0) for name in _LAYER]
    known = None not in (config.num_heads, config.max_positions) and set(weights) == {
        *layers,
        *_TABLES,
        *_NORM,
        *_POOLER,
    }
    if not known or any(hasattr(weight.value, "distribute_strategy") for weight in weights.values()):
        return None
    features = _probe(config)
    wanted = encoder(features, training=False)
    if SEQUENCE_OUTPUT not in wanted:
        return None
    for gelu in ("tanh", "erf"):
        found = InferenceNetwork(weights, config, gelu, epsilon)(features)
        gaps = [np.abs(found[name] - wanted[name]).max() for name in (POOLED_OUTPUT, SEQUENCE_OUTPUT)]
        if max(gaps) <= _EQUAL:  # False where one is NaN
            return gelu
    return None


def _probe(config: EncoderConfig) -> dict[str, tf.Tensor]:
    """Three rows of random ids, two of them with padding."""
    random, length = np.random.default_rng(0), min(24, config.max_positions)
    real = np.maximum([length, length // 2, 2], 1)
    features = {
        WORD_IDS: random.integers(0, config.vocab_size, (3, length)),
        MASK: np.arange(length)[None] < real[:, None],
        TYPE_IDS: random.integers(0, config.type_vocab_size, (3, length)),
    }
    return {name: tf.constant(values, tf.int32) for name, values in features.items()}
