"""`SavedEncoder`: TF-Hub's SavedModel of an encoder run by TensorFlow itself, whatever Keras' backend is."""

from typing import Any

import tensorflow as tf

from bert_keras.encoders.dialect import read_config, read_dialect
from bert_keras.encoders.encoder import EncoderConfig
from bert_keras.features import FEATURE_NAMES
from bert_keras.hub.arrange_inputs import arrange_inputs
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
        self.form = read_dialect(functions[0], handle)
        self._takes = functions[0].structured_input_signature[0][0]
        self._takes_training = any(map(names_training, functions))
        trained, others = call_variables(self.saved_model, functions)
        self._weights = {variable.name.split(":")[0]: variable for variable in [*trained, *others]}
        self.config: EncoderConfig = read_config(self._weights, self.form)

    @property
    def dialect(self) -> str:
        """ "dict" or "list"."""
        return self.form.name

    def named_weights(self) -> dict[str, tf.Variable]:
        """Every weight under its TF-Hub name."""
        return self._weights

    def __call__(self, features: dict[str, Any], training: bool = False) -> dict[str, tf.Tensor]:
        """The encoder's outputs by their names for the three features, int32 [batch, seq_length]."""
        inputs = arrange_inputs({name: tf.constant(features[name], tf.int32) for name in FEATURE_NAMES}, self._takes)
        outputs = self.saved_model(inputs, **({"training": training} if self._takes_training else {}))
        return {name: outputs[place] for name, place in self.form.outputs.items()}
