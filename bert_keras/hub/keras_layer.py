"""`KerasLayer`: a TensorFlow Hub SavedModel as a Keras 3 layer whose every variable can be trained.

`tensorflow_hub.KerasLayer` is a layer of the old `tf_keras`. Inside a Keras 3 model it either fails or, in a subclassed
model, is silently left out of training. This layer *adopts* the SavedModel's own variables as Keras weights: they are
counted, trained, saved, reloaded and frozen one by one like those of any other Keras layer.
"""

from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.hub.resolving import resolve
from bert_keras.hub.saved_models import call_variables, concrete_functions, load_saved_model, names_training


@keras.saving.register_keras_serializable(package="bert_keras")
class KerasLayer(keras.layers.Layer):
    """A TF2 SavedModel of TensorFlow Hub as a Keras 3 layer.

    Called on what the SavedModel's own `__call__` takes (a tensor, a list or a dict of tensors) it returns what that
    returns. 64-bit integers are cast where the SavedModel asks for 32-bit ones. While training, the SavedModel's
    dropout runs only if the layer has something to train: a frozen layer gives the same output in `fit` and `predict`.

    Args:
        handle: a folder, an archive, a tfhub.dev or Kaggle address: whatever `bk.hub.resolve` takes.
        trainable: whether the SavedModel's variables are trained. Single ones: `layer.freeze("embeddings")`, or
            `variable.trainable = False`.
        arguments: keyword arguments for the SavedModel's `__call__`, beside `training`.
        load_options: a `tf.saved_model.LoadOptions`; in the scope of a TPU strategy one is made where this is None.
        **kwargs: `name` and `dtype` of the layer. The dtype has no effect inside the SavedModel's fixed graph.

    Raises:
        ValueError: if the handle holds no TF2 SavedModel that can be called, or `trainable=True` would train nothing.
        RuntimeError: on another backend of Keras than TensorFlow.

    >>> layer = KerasLayer("https://tfhub.dev/tensorflow/bert_en_uncased_L-12_H-768_A-12/4", trainable=True)
    >>> model = keras.Sequential([layer, ...])

    Load it inside `strategy.scope()` when training under a `tf.distribute.Strategy`.
    """

    def __init__(
        self,
        handle: str,
        trainable: bool = False,
        arguments: dict[str, Any] | None = None,
        load_options: tf.saved_model.LoadOptions | None = None,
        **kwargs: Any,
    ) -> None:
        checks.tensorflow_backend("bk.hub.KerasLayer", "load_encoder(…, native=True) runs on JAX too.")
        super().__init__(trainable=checks.boolean("trainable", trainable), autocast=False, **kwargs)
        self.handle = handle
        self.arguments = arguments
        self.load_options = load_options
        self._saved_model = load_saved_model(resolve(handle), handle, load_options)
        self._functions = concrete_functions(self._saved_model, handle, trainable)
        self._takes_training = any(names_training(function) for function in self._functions)
        self._adopt(*call_variables(self._saved_model, self._functions))
        if trainable and not self.trainable_weights:
            must = "be False for a SavedModel without trainable variables"
            advice = f"'{handle}' lists none, so nothing of it would be trained. Pass trainable=False to use it frozen."
            raise ValueError(checks.message("trainable", must, True, advice))
        self.built = True

    @property
    def saved_model(self) -> Any:
        """The loaded SavedModel: its assets, its other functions (`mlm`), and the same variables as this layer's."""
        return self._saved_model

    @property
    def concrete_function(self) -> Any:
        """One traced form of the SavedModel's call: its `structured_input_signature` and `structured_outputs`."""
        return self._functions[0]

    def freeze(self, *patterns: str) -> int:
        """Freezes every variable with one of `patterns` in its name; returns how many variables that were.

        Names are TF-Hub's with dots, e.g. `transformer.layer_0.self_attention.query.kernel`; a pattern may write '/'.

        Raises:
            ValueError: if a pattern matches no variable.
        """
        frozen = set()
        for pattern in patterns:
            hits = [weight for weight in self.weights if pattern.replace("/", ".") in weight.name]
            if not hits:
                advice = f"There are: {sorted({weight.name for weight in self.weights})}."
                raise ValueError(checks.message("patterns", f"match variables of '{self.handle}'", pattern, advice))
            for weight in hits:
                weight.trainable = False
                frozen.add(id(weight))
        return len(frozen)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        arguments = dict(self.arguments or {})
        if self._takes_training:
            arguments["training"] = bool(training) and bool(self.trainable_weights)
        for loss in getattr(self._saved_model, "regularization_losses", None) or []:
            self.add_loss(loss())
        inputs = self._cast(inputs)
        try:
            return self._run(inputs, arguments)
        except ValueError as error:
            if "matching concrete function" not in str(error):
                raise
            signature = _describe(self._functions[0].structured_input_signature[0][0])
            must = f"have the structure, shapes and dtypes of the SavedModel's call, {signature}"
            advice = "`bk.load_encoder` takes a dict of the three features whatever the SavedModel's own form is."
            raise ValueError(checks.message("inputs", must, _Shown(_describe(inputs)), advice)) from None

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if self.load_options is not None:
            advice = "build the layer in code and load its weights."
            raise ValueError(f"`load_options` cannot be saved in a config: {advice}")
        return {**config, "handle": self.handle, "arguments": self.arguments}

    def _run(self, inputs: Any, arguments: dict[str, Any]) -> Any:
        if not (tf.executing_eagerly() and tf.distribute.has_strategy() and tf.distribute.in_cross_replica_context()):
            return self._saved_model(inputs, **arguments)
        # A SavedModel that was loaded in a strategy's scope runs on replicas only, also when it is called in the scope.
        strategy = tf.distribute.get_strategy()
        outputs = strategy.run(lambda: self._saved_model(inputs, **arguments))
        return tf.nest.map_structure(lambda output: strategy.experimental_local_results(output)[0], outputs)

    def _cast(self, inputs: Any) -> Any:
        """int64 tensors become int32 where the SavedModel's signature says int32; everything else is left as it is."""
        positional = self._functions[0].structured_input_signature[0]
        specs = tf.nest.flatten(positional[0]) if positional else []
        tensors = tf.nest.flatten(inputs)
        if len(specs) != len(tensors):
            return inputs
        cast = [
            tf.cast(tensor, tf.int32)
            if getattr(spec, "dtype", None) == tf.int32 and tf.as_dtype(tf.convert_to_tensor(tensor).dtype) == tf.int64
            else tensor
            for spec, tensor in zip(specs, tensors, strict=True)
        ]
        return tf.nest.pack_sequence_as(inputs, cast)

    def _adopt(self, trainable: Sequence[tf.Variable], others: Sequence[tf.Variable]) -> None:
        for variable, is_trainable in [(v, True) for v in trainable] + [(v, False) for v in others]:
            name = variable.name.split(":")[0].replace("/", ".")
            weight = self.add_weight(
                name=name, shape=variable.shape, dtype=variable.dtype.name, initializer="zeros", trainable=is_trainable
            )
            _replace_value(weight, variable)


def _replace_value(weight: keras.Variable, variable: tf.Variable) -> None:
    """Lets a Keras variable store its value in `variable`: the one private attribute of Keras the library leans on."""
    weight._value = variable


def _describe(structure: Any) -> Any:
    def one(tensor: Any) -> str:
        dtype = getattr(tensor, "dtype", type(tensor).__name__)
        return f"{getattr(dtype, 'name', dtype)}{list(getattr(tensor, 'shape', []))}"

    return tf.nest.map_structure(one, structure)


class _Shown(str):
    """A text that is shown as it is, without a second pair of quotes."""

    __repr__ = str.__str__
