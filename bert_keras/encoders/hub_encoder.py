"""`HubEncoder`: a published SavedModel behind the library's one encoder contract, whatever dialect it speaks."""

from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.dialect import read_config, read_dialect
from bert_keras.encoders.encoder import Encoder, EncoderConfig
from bert_keras.encoders.guard_ids import guard_ids
from bert_keras.encoders.inference_network import InferenceNetwork
from bert_keras.encoders.layers.traced_layer import is_graph
from bert_keras.encoders.tokenizer_asset import TokenizerAsset
from bert_keras.features import DEFAULT_OUTPUT, ENCODER_OUTPUTS, POOLED_OUTPUT, TYPE_IDS, WORD_IDS
from bert_keras.hub.check_config import check_config, plain_errors
from bert_keras.hub.keras_layer import KerasLayer
from bert_keras.hub.resolving import resolve
from bert_keras.hub.tf1_modules import TF1_SIGNATURE, check_frozen, is_tf1_module


@keras.saving.register_keras_serializable(package="bert_keras")
class HubEncoder(Encoder):
    """A BERT-like SavedModel of TF-Hub: dict of features in, `pooled_output` and `sequence_output` out.

    What else it gives comes too: `encoder_outputs`, and `default`, a text's vector as its publisher means it. An
    encoder of sentences may have no other output than `default`, which is then `pooled_output` too.

    Args:
        handle: a folder or address, as for `bk.hub.KerasLayer`.
        trainable: whether its variables are trained.
        load_options: a `tf.saved_model.LoadOptions`, as for `bk.hub.KerasLayer`.
        trust: as for `bk.hub.KerasLayer`.
        seed: of the graph's dropout, as for `bk.hub.KerasLayer`.
        **kwargs: `name` and `dtype`. The graph computes in float32 whatever dtype policy there is; a warning says so.

    `load_encoder` makes it with its tokenizer; a reloaded `.keras` file has the one of the SavedModel's assets.

    Attributes:
        form: the `Dialect` of the SavedModel's call.
        inference: an `InferenceNetwork` of its weights, which graphs without training run in place of the SavedModel's;
            None until `infer_with` makes it.

    Raises:
        ValueError: if the SavedModel's signature is not that of a text encoder, in dict or list form or that of
            TF-Hub's TF1 modules; and for one of these with `trainable`.
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
        if is_tf1_module(resolve(handle)):
            check_frozen(handle, trainable)
            options |= {"signature": TF1_SIGNATURE, "signature_outputs_as_dict": True}
        self.layer = KerasLayer(handle, trainable=trainable, name="saved_model", **options)
        self.form = read_dialect(self.layer.concrete_function, handle)
        self._config = read_config(self.named_weights(), self.form)
        self.inference: InferenceNetwork | None = None
        self.built = True

    @property
    def config(self) -> EncoderConfig:
        return self._config

    @property
    def dialect(self) -> str:
        """ "dict", "list" or "TF1"."""
        return self.form.name

    @property
    def saved_model(self) -> Any:
        """The loaded SavedModel, with its assets and, where it has one, its `mlm` head."""
        return self.layer.saved_model

    def named_weights(self) -> dict[str, keras.Variable]:
        return {weight.name.replace(".", "/"): weight for weight in self.layer.weights}

    def table_of_rows(self) -> keras.Variable | None:
        table = self.named_weights().get("word_embeddings/embeddings")
        return table if table is not None and self.layer.looks_up_rows_of(table) else None

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
        outputs = self.layer(features, training=training)
        layers = {ENCODER_OUTPUTS: ENCODER_OUTPUTS} if self.form.layers else {}
        return {name: outputs[place] for name, place in {**self.form.outputs, **layers}.items()}

    def default_output(self, inputs: Any) -> Any:
        if DEFAULT_OUTPUT not in self.form.outputs:
            return super().default_output(inputs)
        own, self.inference = self.inference, None  # which has no such output
        try:
            return self(inputs, training=False)[DEFAULT_OUTPUT]
        finally:
            self.inference = own

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
