"""`KerasLayer`: a TensorFlow Hub SavedModel as a Keras 3 layer whose every variable can be trained.

`tensorflow_hub.KerasLayer` is a layer of the old `tf_keras`. Inside a Keras 3 model it either fails or, in a subclassed
model, is silently left out of training. This layer *adopts* the SavedModel's own variables as Keras weights: they are
counted, trained, saved, reloaded and frozen one by one like those of any other Keras layer.
"""

import contextlib
import os
from collections.abc import Sequence
from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.foreign_names import foreign_features, foreign_names
from bert_keras.hub.arrange_inputs import arrange_inputs
from bert_keras.hub.check_config import check_config, plain_errors
from bert_keras.hub.check_no_inputs import check_no_inputs
from bert_keras.hub.chosen_output import check_choice, chosen_output, with_shape
from bert_keras.hub.names_there_are import names_there_are
from bert_keras.hub.resolving import resolve
from bert_keras.hub.saved_models import (
    call_variables,
    concrete_functions,
    load_saved_model,
    names_training,
    signature_function,
)
from bert_keras.hub.seeded_call import SeededCall
from bert_keras.hub.seeded_graph import NotSeeded
from bert_keras.replica_seeds import ReplicaSeeds

_SEED = "seed"  # of the dropout, beside the numbers of the weights in a file
_KERAS_3 = "Build the model with `import keras`: keras.Input, keras.Model. In tf_keras it is tensorflow_hub.KerasLayer."


@keras.saving.register_keras_serializable(package="bert_keras")
class KerasLayer(keras.layers.Layer):
    """A TF2 SavedModel of TensorFlow Hub as a Keras 3 layer.

    Called on what the SavedModel's own `__call__` takes (a tensor, a list or a dict of tensors) it returns what that
    returns. BERT's three features, int [batch, seq_length] each, may come as a dict or as a list or tuple of word ids,
    mask and type ids, whichever of these the SavedModel takes. 64-bit integers are cast where the SavedModel asks for
    32-bit ones. While training, the SavedModel's dropout runs only if the layer has something to train: a frozen layer
    gives the same output in `fit` and `predict`. What is dropped is a function of the layer's seed, of how often it was
    called and of the replica; the SavedModel itself is not changed. Where its graph does not allow that, a warning says
    so, and random numbers that nothing sets decide, as it was published; so they do on a TPU.

    The arguments are those of `tensorflow_hub.KerasLayer`.

    Args:
        handle: a name of `bk.list_encoders()`, "sample", a folder, an archive, a tfhub.dev or Kaggle address: whatever
            `bk.hub.resolve` takes. Or what `tf.saved_model.load` gave; such a layer has no config.
        trainable: whether the SavedModel's variables are trained. Single ones: `layer.freeze("embeddings")`, or
            `variable.trainable = False`.
        arguments: keyword arguments for the SavedModel's `__call__`, beside `training`.
        tags: of the graph to load, for a SavedModel with several.
        signature: runs this signature of the SavedModel and not its `__call__`; the only way for TF1 modules, frozen.
        signature_outputs_as_dict: True for all outputs of the signature, a dict; else `output_key` chooses one.
        output_key: returns this one of a dict of outputs.
        output_shape: of the outputs without the batch, in their structure, where the SavedModel does not say it.
        load_options: a `tf.saved_model.LoadOptions`; in the scope of a TPU strategy one is made where this is None.
        trust: loads a SavedModel whose graph may do more than compute, such as reading and writing files. No config
            keeps it or `sha256`: a stranger could write them there.
        sha256: the digest of the SavedModel's files (`bk.hub.model_sha256`). One with another digest is refused, and
            one with this is loaded as with `trust`.
        seed: 0 or more, of the dropout; None for one that `keras.utils.set_random_seed` decides. It stands in
            `variables` with the number of draws, and in files of weights and `.keras` files.
        **kwargs: `name` and `dtype` of the layer. The dtype has no effect inside the SavedModel's fixed graph.

    Raises:
        ValueError: if the handle holds no TF2 SavedModel that can be called and no signature is named, `trainable=True`
            would train nothing, or there is no such signature or output.
        TypeError: for objects of tf_keras, and for arguments that describe a model's inputs.
        RuntimeError: on another backend of Keras than TensorFlow.

    >>> layer = KerasLayer("https://tfhub.dev/tensorflow/bert_en_uncased_L-12_H-768_A-12/4", trainable=True)
    >>> model = keras.Sequential([layer, ...])

    Load it inside `strategy.scope()` when training under a `tf.distribute.Strategy`.
    """

    def __init__(
        self,
        handle: str | os.PathLike | Any,
        trainable: bool = False,
        arguments: dict[str, Any] | None = None,
        *,
        tags: list[str] | None = None,
        signature: str | None = None,
        signature_outputs_as_dict: bool | None = None,
        output_key: str | None = None,
        output_shape: Any = None,
        load_options: tf.saved_model.LoadOptions | None = None,
        trust: bool = False,
        sha256: str | None = None,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        checks.no_foreign("KerasLayer", kwargs, foreign_names("KerasLayer"))
        checks.tensorflow_backend("bk.hub.KerasLayer", "load_encoder(…, native=True) runs on JAX too.")
        checks.no_tf_keras("handle", handle, "Pass the name, address or folder that it was made of.")
        check_choice(signature, signature_outputs_as_dict, output_key)
        check_no_inputs(kwargs)
        super().__init__(trainable=checks.boolean("trainable", trainable), autocast=False, **kwargs)
        self.handle = handle
        self.arguments = arguments
        self.tags = tags
        self.signature = signature
        self.signature_outputs_as_dict = signature_outputs_as_dict
        self.output_key = output_key
        self.output_shape = output_shape
        self.load_options = load_options
        self.seed = None if seed is None else checks.integer("seed", seed, 0)
        is_loaded = callable(handle) or hasattr(handle, "signatures")
        if is_loaded and sha256 is not None:
            raise ValueError(checks.message("sha256", "be left out for what is loaded already", sha256))
        given = load_options, tags, trust, sha256
        self._saved_model = handle if is_loaded else load_saved_model(resolve(handle), handle, *given)
        if signature is None:
            self._functions = concrete_functions(self._saved_model, handle, trainable)
        else:
            self._functions = [signature_function(self._saved_model, handle, signature)]
        self._takes_training = any(names_training(function) for function in self._functions)
        trained, others = call_variables(self._saved_model, self._functions)
        self._adopt(trained, others)
        if trainable and not self.trainable_weights:
            must = "be False for a SavedModel without trainable variables"
            advice = f"'{handle}' lists none, so nothing of it would be trained. Pass trainable=False to use it frozen."
            raise ValueError(checks.message("trainable", must, True, advice))
        self._seeds = ReplicaSeeds(seed) if self._takes_training else None
        self._seeded: SeededCall | None = SeededCall(self._saved_model, [*trained, *others])
        self.built = True

    @property
    def saved_model(self) -> Any:
        """The loaded SavedModel: its assets, its other functions (`mlm`), and the same variables as this layer's."""
        return self._saved_model

    @property
    def resolved_object(self) -> Any:
        """The same, by the name that `tensorflow_hub.KerasLayer` has for it."""
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
            if not (hits := [weight for weight in self.weights if pattern.replace("/", ".") in weight.name]):
                must, names = f"match variables of '{self.handle}'", sorted({weight.name for weight in self.weights})
                raise ValueError(checks.message("patterns", must, pattern, names_there_are(pattern, names)))
            for weight in hits:
                weight.trainable = False
                frozen.add(id(weight))
        return len(frozen)

    def looks_up_rows_of(self, weight: keras.Variable) -> bool:
        """Whether training only looks rows of a weight up, so that others have no gradient; False if not known."""
        adds_losses = getattr(self._saved_model, "regularization_losses", None)
        if self.signature is not None or self._seeded is None or not self._takes_training or adds_losses:
            return False
        with contextlib.suppress(NotSeeded):  # of which the call itself warns
            return self._seeded.looks_up_rows_of(weight.value, self._spec, (self.arguments or {}) | {"training": True})
        return False

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        for leaf in tf.nest.flatten((args, kwargs)):
            checks.no_tf_keras("inputs", leaf, _KERAS_3)
        return super().__call__(*args, **kwargs)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        arguments = dict(self.arguments or {})
        if self._takes_training:
            arguments["training"] = bool(training) and bool(self.trainable_weights)
        for loss in getattr(self._saved_model, "regularization_losses", None) or []:
            self.add_loss(loss())
        inputs = self._cast(arrange_inputs(inputs, self._spec))
        try:
            outputs = self._run(inputs, arguments)
        except (TypeError, ValueError) as error:
            if "matching concrete function" not in str(error) and "signature_wrapper" not in str(error):
                raise
            must = f"have the structure, shapes and dtypes of the SavedModel's call, {_describe(self._spec)}"
            advice = "`bk.load_encoder` makes an encoder of it, whose `preprocessor` makes the features of texts."
            advice = f"{foreign_features(inputs if isinstance(inputs, dict) else [])} {advice}".strip()
            raise ValueError(checks.message("inputs", must, _Shown(_describe(inputs)), advice)) from None
        outputs = chosen_output(outputs, self.output_key)
        return outputs if self.output_shape is None else with_shape(outputs, self.output_shape)

    def get_config(self) -> dict[str, Any]:
        config = super().get_config()
        if self.load_options is not None:
            advice = "build the layer in code and load its weights."
            raise ValueError(f"`load_options` cannot be saved in a config: {advice}")
        if not isinstance(self.handle, (str, os.PathLike)):
            raise ValueError(checks.message("handle", "be a str or a path to be saved in a config", self.handle))
        names = ("arguments", "tags", "signature", "signature_outputs_as_dict", "output_key", "output_shape", "seed")
        given = {name: getattr(self, name) for name in names if name == "arguments" or getattr(self, name) is not None}
        return {**config, "handle": os.fspath(self.handle), **given}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "KerasLayer":
        check_config(config)
        with plain_errors():
            return super().from_config(config)

    def save_own_variables(self, store: Any) -> None:
        super().save_own_variables(store)
        if self._seeds is not None:  # Keras' files leave it out
            store[_SEED] = self._seeds.state.numpy()

    def load_own_variables(self, store: Any) -> None:
        values = {name: store[name] for name in store.keys()}
        seed = values.pop(_SEED, None)  # not in files of older versions
        super().load_own_variables(values)
        if seed is not None and self._seeds is not None:
            self._seeds.state.assign(seed)

    @property
    def _spec(self) -> Any:
        """What the call or the signature takes, as a structure of tensor specs."""
        positional, keywords = self._functions[0].structured_input_signature
        return keywords if self.signature is not None else positional[0] if positional else None

    def _run(self, inputs: Any, arguments: dict[str, Any]) -> Any:
        if self.signature is not None:
            if isinstance(inputs, dict):
                return self._functions[0](**inputs, **arguments)
            return self._functions[0](inputs, **arguments)
        if not (tf.executing_eagerly() and tf.distribute.has_strategy() and tf.distribute.in_cross_replica_context()):
            return self._run_here(inputs, arguments)
        # A SavedModel that was loaded in a strategy's scope runs on replicas only, also when it is called in the scope.
        strategy = tf.distribute.get_strategy()
        outputs = strategy.run(lambda: self._run_here(inputs, arguments))
        return tf.nest.map_structure(lambda output: strategy.experimental_local_results(output)[0], outputs)

    def _run_here(self, inputs: Any, arguments: dict[str, Any]) -> Any:
        is_tpu = isinstance(tf.distribute.get_strategy(), tf.distribute.TPUStrategy)
        if arguments.get("training") and self._seeded is not None and not is_tpu:
            try:
                return self._seeded(inputs, arguments, self._seeds.next)
            except NotSeeded as reason:
                self._seeded = None
                fact = f"draws random numbers for training that no seed decides, as {reason}"
                checks.warn(f"The graph of '{self.handle}' {fact}: two runs differ, and so does one that is resumed.")
        return self._saved_model(inputs, **arguments)

    def _cast(self, inputs: Any) -> Any:
        """int64 tensors become int32 where the SavedModel's signature says int32; everything else is left as it is."""
        specs = tf.nest.flatten(self._spec)
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
