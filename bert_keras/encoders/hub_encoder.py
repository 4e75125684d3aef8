"""`HubEncoder`: a published SavedModel behind the library's one encoder contract, whatever dialect it speaks."""

import math
import re
from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.encoder import Encoder, EncoderConfig
from bert_keras.encoders.guards import guard_ids
from bert_keras.features import ENCODER_OUTPUTS, FEATURE_NAMES, MASK, POOLED_OUTPUT, SEQUENCE_OUTPUT, TYPE_IDS, WORD_IDS
from bert_keras.hub.keras_layer import KerasLayer


@keras.saving.register_keras_serializable(package="bert_keras")
class HubEncoder(Encoder):
    """A BERT-like SavedModel of TF-Hub: dict of features in, `pooled_output` and `sequence_output` out.

    Args:
        handle: a folder or address, as for `bk.hub.KerasLayer`.
        trainable: whether its variables are trained.
        load_options: a `tf.saved_model.LoadOptions`, as TPU workers need it.

    Raises:
        ValueError: if the SavedModel's signature is not that of a text encoder, in dict or list form.
    """

    def __init__(
        self,
        handle: str,
        trainable: bool = True,
        load_options: tf.saved_model.LoadOptions | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, autocast=False, **kwargs)
        self.handle = handle
        self.layer = KerasLayer(handle, trainable=trainable, load_options=load_options, name="saved_model")
        self.dialect, self._outputs = _dialect(self.layer, handle)
        self._config = _read_config(self.layer.weights, self._hidden_size())
        self.built = True

    @property
    def config(self) -> EncoderConfig:
        return self._config

    @property
    def saved_model(self) -> Any:
        """The loaded SavedModel, with its assets and, where it has one, its `mlm` head."""
        return self.layer.saved_model

    def freeze(self, *patterns: str) -> int:
        """`KerasLayer.freeze`: freezes the variables with one of `patterns` in their names."""
        return self.layer.freeze(*patterns)

    def named_weights(self) -> dict[str, keras.Variable]:
        """Every weight under its TF-Hub name, e.g. `transformer/layer_0/self_attention/query/kernel`."""
        return {weight.name.replace(".", "/"): weight for weight in self.layer.weights}

    def call(self, inputs: Any, training: bool | None = None) -> dict[str, Any]:
        features = {name: tf.cast(value, tf.int32) for name, value in self.check_features(inputs).items()}
        sizes = self._config
        features[WORD_IDS], features[TYPE_IDS] = guard_ids(
            features[WORD_IDS], sizes.vocab_size, features[TYPE_IDS], sizes.type_vocab_size, sizes.max_positions
        )
        if self.dialect == "dict":
            outputs = self.layer(features, training=training)
            kept = {name: outputs[name] for name in (POOLED_OUTPUT, SEQUENCE_OUTPUT)}
            return kept | ({ENCODER_OUTPUTS: outputs[ENCODER_OUTPUTS]} if ENCODER_OUTPUTS in outputs else {})
        outputs = self.layer([features[name] for name in FEATURE_NAMES], training=training)
        return {name: outputs[position] for name, position in self._outputs.items()}

    def get_config(self) -> dict[str, Any]:
        return {**super().get_config(), "handle": self.handle}

    def _hidden_size(self) -> int:
        outputs = self.layer.concrete_function.structured_outputs
        return int(outputs[self._outputs[SEQUENCE_OUTPUT]].shape[-1])


def _dialect(layer: KerasLayer, handle: str) -> tuple[str, dict[str, Any]]:
    """The dialect, "dict" or "list", and where in the outputs the two tensors stand."""
    function = layer.concrete_function
    inputs, outputs = function.structured_input_signature[0][0], function.structured_outputs
    if isinstance(inputs, dict) and set(inputs) == set(FEATURE_NAMES) and isinstance(outputs, dict):
        if POOLED_OUTPUT in outputs and SEQUENCE_OUTPUT in outputs:
            return "dict", {name: name for name in (POOLED_OUTPUT, SEQUENCE_OUTPUT)}
    if isinstance(inputs, (list, tuple)) and len(inputs) == 3 and isinstance(outputs, (list, tuple)):
        ranks = [output.shape.rank for output in outputs[:2]]
        if ranks == [2, 3]:
            return "list", {POOLED_OUTPUT: 0, SEQUENCE_OUTPUT: 1}
    shown = sorted(outputs) if isinstance(outputs, dict) else outputs
    raise ValueError(
        checks.message("handle", "name a text encoder of TF-Hub", handle)
        + f" An encoder takes {', '.join(FEATURE_NAMES)} (a dict, or a list in that order) and returns {POOLED_OUTPUT} "
        f"and {SEQUENCE_OUTPUT}; this SavedModel takes {inputs} and returns {shown}. "
        "`bk.hub.KerasLayer` runs any SavedModel; `bert-keras encoders` lists encoders."
    )


def _read_config(weights: list[keras.Variable], hidden_size: int) -> EncoderConfig:
    """Sizes from the weights' shapes, never from a name (see the contract of TF-Hub's encoders)."""
    shapes = {weight.name.replace(".", "/"): tuple(weight.shape) for weight in weights}

    def first(pattern: str) -> tuple[int, ...] | None:
        return next((shape for name, shape in shapes.items() if re.search(pattern, name)), None)

    words = first(r"word_embeddings/embeddings")
    places = first(r"position_embedding(s)?/embeddings")
    types = first(r"type_embeddings/embeddings")
    query = first(r"self_attention/query/kernel")
    inner = first(r"(^|/)intermediate/(dense/)?kernel")
    layers = {match.group(1) for name in shapes if (match := re.search(r"layer_(\d+)/", name))}
    return EncoderConfig(
        num_layers=len(layers) or None,
        hidden_size=hidden_size,
        num_heads=query[1] if query and len(query) == 3 else None,
        intermediate_size=inner[-1] if inner else None,
        vocab_size=words[0] if words else None,
        max_positions=places[0] if places else None,
        type_vocab_size=types[0] if types else None,
        parameters=sum(math.prod(shape) for shape in shapes.values()),
    )
