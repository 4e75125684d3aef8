"""`HubEncoder`: a published SavedModel behind the library's one encoder contract, whatever dialect it speaks."""

import math
import re
from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.encoder import Encoder, EncoderConfig
from bert_keras.encoders.guard_ids import guard_ids
from bert_keras.encoders.inference_network import InferenceNetwork
from bert_keras.encoders.tokenizer_asset import TokenizerAsset
from bert_keras.encoders.traced_layer import is_graph
from bert_keras.features import ENCODER_OUTPUTS, FEATURE_NAMES, POOLED_OUTPUT, SEQUENCE_OUTPUT, TYPE_IDS, WORD_IDS
from bert_keras.hub.check_config import check_config, plain_errors
from bert_keras.hub.keras_layer import KerasLayer


@keras.saving.register_keras_serializable(package="bert_keras")
class HubEncoder(Encoder):
    """A BERT-like SavedModel of TF-Hub: dict of features in, `pooled_output` and `sequence_output` out.

    Args:
        handle: a folder or address, as for `bk.hub.KerasLayer`.
        trainable: whether its variables are trained.
        load_options: a `tf.saved_model.LoadOptions`, as for `bk.hub.KerasLayer`.
        trust: as for `bk.hub.KerasLayer`.
        seed: of the graph's dropout, as for `bk.hub.KerasLayer`.
        **kwargs: `name` and `dtype`. The graph computes in float32 whatever dtype policy there is; a warning says so.

    `load_encoder` makes it with its tokenizer; a reloaded `.keras` file has the one of the SavedModel's assets.

    Attributes:
        inference: an `InferenceNetwork` of its weights, which graphs without training run in place of the SavedModel's;
            None until `infer_with` makes it.

    Raises:
        ValueError: if the SavedModel's signature is not that of a text encoder, in dict or list form.
    """

    def __init__(
        self,
        handle: str,
        trainable: bool = True,
        load_options: tf.saved_model.LoadOptions | None = None,
        trust: bool = False,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(trainable=trainable, autocast=False, **kwargs)
        if self.compute_dtype != "float32":
            fact = f"computes in float32, in spite of the dtype policy '{self.dtype_policy.name}'"
            advice = "load_encoder(…, native=True) computes in the policy's dtype."
            checks.warn(f"The graph of '{handle}' {fact}: {advice}")
        self.handle = self.source = handle
        self.load_options = load_options
        self.seed = seed
        options = {"load_options": load_options, "trust": trust, "seed": seed}
        self.layer = KerasLayer(handle, trainable=trainable, name="saved_model", **options)
        self.dialect, self._outputs = read_dialect(self.layer.concrete_function, handle)
        sequence = self.layer.concrete_function.structured_outputs[self._outputs[SEQUENCE_OUTPUT]]
        self._config = read_config(self.named_weights(), int(sequence.shape[-1]))
        self.inference: InferenceNetwork | None = None
        self.built = True

    @property
    def config(self) -> EncoderConfig:
        return self._config

    @property
    def saved_model(self) -> Any:
        """The loaded SavedModel, with its assets and, where it has one, its `mlm` head."""
        return self.layer.saved_model

    def named_weights(self) -> dict[str, keras.Variable]:
        return {weight.name.replace(".", "/"): weight for weight in self.layer.weights}

    def infer_with(self, gelu: str) -> None:
        """Has graphs without training, such as a predictor's, run an `InferenceNetwork` with this form of GELU.

        Its outputs are the SavedModel's but for rounding; see `gelu_of`. What is run eagerly, trained and written stays
        the SavedModel's own graph.
        """
        self.inference = InferenceNetwork(self.named_weights(), self._config, gelu)

    def call(self, inputs: Any, training: bool | None = None, pooled_only: bool = False) -> dict[str, Any]:
        outputs = self._outputs_of(inputs, training, pooled_only)
        return {POOLED_OUTPUT: outputs[POOLED_OUTPUT]} if pooled_only else outputs

    def _outputs_of(self, inputs: Any, training: bool | None, pooled_only: bool) -> dict[str, Any]:
        features, sizes = self.check_features(inputs), self._config
        tables = sizes.vocab_size, sizes.type_vocab_size, sizes.max_positions
        features[WORD_IDS], features[TYPE_IDS] = guard_ids(features[WORD_IDS], features[TYPE_IDS], *tables)
        features = {name: tf.cast(value, tf.int32) for name, value in features.items()}
        if self.inference is not None and not training and is_graph():
            return self.inference(features, pooled_only)
        if self.dialect == "dict":
            outputs = self.layer(features, training=training)
            layers = [ENCODER_OUTPUTS] if ENCODER_OUTPUTS in outputs else []
            return {name: outputs[name] for name in (POOLED_OUTPUT, SEQUENCE_OUTPUT, *layers)}
        outputs = self.layer([features[name] for name in FEATURE_NAMES], training=training)
        return {name: outputs[position] for name, position in self._outputs.items()}

    def get_config(self) -> dict[str, Any]:
        # KerasLayer's config raises where load_options would be lost.
        config = self.layer.get_config()
        return {**super().get_config(), **{name: config[name] for name in ("handle", "seed") if name in config}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "HubEncoder":
        check_config(config)
        with plain_errors():
            encoder = super().from_config(config)
        encoder.tokenizer = TokenizerAsset.of(encoder.saved_model).tokenizer()
        return encoder


def read_dialect(function: Any, handle: str) -> tuple[str, dict[str, Any]]:
    """The dialect of a traced call, "dict" or "list", and where in the outputs the two tensors stand."""
    positional, outputs = function.structured_input_signature[0], function.structured_outputs
    inputs = positional[0] if positional else None
    if isinstance(inputs, dict) and set(inputs) == set(FEATURE_NAMES) and isinstance(outputs, dict):
        if _are_encodings(outputs.get(POOLED_OUTPUT), outputs.get(SEQUENCE_OUTPUT)):
            return "dict", {name: name for name in (POOLED_OUTPUT, SEQUENCE_OUTPUT)}
    if isinstance(inputs, (list, tuple)) and len(inputs) == 3 and isinstance(outputs, (list, tuple)):
        if len(outputs) >= 2 and _are_encodings(*outputs[:2]):
            return "list", {POOLED_OUTPUT: 0, SEQUENCE_OUTPUT: 1}
    shown = sorted(outputs) if isinstance(outputs, dict) else outputs
    raise ValueError(
        checks.message("handle", "name a text encoder of TF-Hub", handle)
        + f" An encoder takes {', '.join(FEATURE_NAMES)} (a dict, or a list in that order) and returns {POOLED_OUTPUT} "
        f"and {SEQUENCE_OUTPUT}; this SavedModel takes {inputs} and returns {shown}. "
        "`bk.hub.KerasLayer` runs any SavedModel; `bert-keras encoders` lists encoders."
    )


def _are_encodings(pooled: Any, sequence: Any) -> bool:
    """Whether two outputs are [batch, hidden_size] and [batch, seq_length, hidden_size], the last one known."""
    shapes = [getattr(output, "shape", tf.TensorShape(None)) for output in (pooled, sequence)]
    return [shape.rank for shape in shapes] == [2, 3] and shapes[1][-1] is not None


def read_config(weights: dict[str, Any], hidden_size: int) -> EncoderConfig:
    """Sizes from the weights' shapes by TF-Hub's names, never from a handle (see the contract of its encoders)."""
    shapes = {name: tuple(weight.shape) for name, weight in weights.items()}

    def first(pattern: str) -> tuple[int | None, ...]:
        return next((shape for name, shape in shapes.items() if re.search(pattern, name)), ()) or (None,)

    query = first(r"self_attention/query/kernel")
    layers = {match.group(1) for name in shapes if (match := re.search(r"layer_(\d+)/", name))}
    return EncoderConfig(
        num_layers=len(layers) or None,
        hidden_size=hidden_size,
        num_heads=query[1] if len(query) == 3 else None,
        intermediate_size=first(r"(^|/)intermediate/(dense/)?kernel")[-1],
        vocab_size=first(r"word_embeddings/embeddings")[0],
        max_positions=first(r"position_embedding(s)?/embeddings")[0],
        type_vocab_size=first(r"type_embeddings/embeddings")[0],
        parameters=sum(map(math.prod, shapes.values())),
    )
