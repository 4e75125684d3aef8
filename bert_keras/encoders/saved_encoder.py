"""`SavedEncoder`: TF-Hub's SavedModel of an encoder run by TensorFlow itself, whatever Keras' backend is."""

from typing import Any

import tensorflow as tf

from bert_keras.encoders.encoder import EncoderConfig
from bert_keras.encoders.hub_encoder import read_config, read_dialect
from bert_keras.features import FEATURE_NAMES, POOLED_OUTPUT, SEQUENCE_OUTPUT
from bert_keras.hub.resolving import resolve
from bert_keras.hub.saved_models import call_variables, concrete_functions, load_saved_model, names_training


class SavedEncoder:
    """What the native encoder takes its weights from where `HubEncoder`, a layer of TensorFlow's, cannot be made.

    It is no Keras layer and cannot be trained. It has what `from_hub_encoder` and `load_encoder` use of a `HubEncoder`,
    under the same names, and raises what that raises.
    """

    def __init__(
        self, handle: str, load_options: tf.saved_model.LoadOptions | None = None, trust: bool = False
    ) -> None:
        self.handle = self.source = handle
        self.tokenizer: Any = None
        self.saved_model = load_saved_model(resolve(handle), handle, load_options, trust=trust)
        functions = concrete_functions(self.saved_model, handle, trainable=False)
        self.dialect, self._outputs = read_dialect(functions[0], handle)
        self._takes_training = any(map(names_training, functions))
        trained, others = call_variables(self.saved_model, functions)
        self._weights = {variable.name.split(":")[0]: variable for variable in [*trained, *others]}
        sequence = functions[0].structured_outputs[self._outputs[SEQUENCE_OUTPUT]]
        self.config: EncoderConfig = read_config(self._weights, int(sequence.shape[-1]))

    def named_weights(self) -> dict[str, tf.Variable]:
        """Every weight under its TF-Hub name."""
        return self._weights

    def __call__(self, features: dict[str, Any], training: bool = False) -> dict[str, tf.Tensor]:
        """`pooled_output` and `sequence_output` for the three features, int32 [batch, seq_length]."""
        ordered = [tf.constant(features[name], tf.int32) for name in FEATURE_NAMES]
        inputs = dict(zip(FEATURE_NAMES, ordered, strict=True)) if self.dialect == "dict" else ordered
        outputs = self.saved_model(inputs, **({"training": training} if self._takes_training else {}))
        return {name: outputs[self._outputs[name]] for name in (POOLED_OUTPUT, SEQUENCE_OUTPUT)}
