"""`TaskModel`: what all models of this library share: an encoder, a head, the recipe, and checks at `fit`'s door."""

import json
from typing import Any, ClassVar

import keras
import numpy as np

from bert_keras import checks
from bert_keras.features import POOLED_OUTPUT, SINGLE_LABEL
from bert_keras.foreign_names import foreign_names
from bert_keras.models.begin_with import steps_done
from bert_keras.models.diverging import StopWhenDiverged
from bert_keras.models.fit_inputs import (
    arrays_of,
    check_batches,
    check_data,
    check_weights,
    class_numbers_of,
    is_task_data,
    steps_of,
)
from bert_keras.models.lay_layer_rates import lay_layer_rates
from bert_keras.models.loss_on_logits import loss_on_logits
from bert_keras.models.metrics_on_logits import metrics_on_logits
from bert_keras.models.replicated_model import ReplicatedModel
from bert_keras.models.step_parts import drop_stale_step
from bert_keras.models.targets import readable_errors
from bert_keras.models.word_rows import word_rows
from bert_keras.optimization.adamw import AdamW
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.loss_scale import LossScale, inner_optimizer, with_loss_scale
from bert_keras.optimization.rate_setters import refuse_rate_setters


class TaskModel(ReplicatedModel):
    """An encoder and a head. `fit`, `evaluate` and `predict` are Keras' own, with any callback.

    A model is compiled when it is made, with the recipe's optimizer and the task's loss; `compile` replaces that.
    Two defaults of Keras differ: on TensorFlow XLA is off, for batches have many lengths and each would be compiled
    anew, and `shuffle` is not asked of a dataset. Labels are checked: arrays first, those of datasets in the graph.

    Args:
        encoder: `bk.load_encoder(...)`, `bk.BertEncoder(...)`, or a Keras layer like these with a `config.hidden_size`.
        task_config: what `fit` learned of the task, as a `.keras` file keeps it.

    Attributes:
        kind: what model folders call this kind of model.
        settings: names of the constructor's arguments beside the encoder, in its order; each is an attribute.
        added_settings: of these what folders that were written before do not have, with what it was then.
        crossentropy: Keras' name of the cross-entropy that the default loss is; "" where it is another.
        problem_type: what labels and logits mean, one of `features.PROBLEM_TYPES`.
        trained_rows: which rows `fit` was given of data of this library, as digests; None for others.
    """

    kind: str = ""
    settings: tuple[str, ...] = ()
    added_settings: ClassVar[dict[str, Any]] = {}
    crossentropy: str = "sparse_categorical_crossentropy"
    problem_type: str = SINGLE_LABEL
    trained_rows: Any = None
    _traced_with: Any = None  # what `train_function` was traced with, that may change without `compile`
    _step_before: Any = None  # the same of the one before it

    def __init__(self, encoder: keras.layers.Layer, task_config: dict[str, Any] | None = None, **kwargs: Any) -> None:
        checks.no_foreign(type(self).__name__, kwargs, foreign_names(type(self).__name__))
        if not isinstance(checks.no_tf_keras("encoder", encoder), keras.layers.Layer):
            raise TypeError(checks.message("encoder", "be a Keras layer, as bk.load_encoder makes it", encoder))
        if not hasattr(getattr(encoder, "config", None), "hidden_size"):
            advice = "bk.load_encoder(handle) makes one, also of a handle that bk.hub.KerasLayer takes."
            raise TypeError(checks.message("encoder", "be an encoder, with a `config.hidden_size`", encoder, advice))
        super().__init__(autocast=False, **kwargs)  # ids that come as floats would be rounded at a mixed policy
        self.encoder = encoder
        self._task_config = json.dumps(task_config)

    @property
    def task_config(self) -> dict[str, Any] | None:
        """What predictors know of the task, such as its labels; None before `fit` was given data of this library."""
        return json.loads(self._task_config)

    def learn_task(self, data: Any) -> None:
        """Keeps what predictors know of a `TaskData`, and which rows of it are trained on; `fit` calls it.

        Raises:
            ValueError: for data of another kind, or with other classes, choices or meaning of labels.
        """
        check_data(self, data)
        self._task_config, self.trained_rows = json.dumps(data.described()), data.trained_rows

    def pooled_output(self, inputs: Any, training: bool | None) -> Any:
        """[batch, hidden_size] of the encoder, without its work for other outputs where it takes `pooled_only`."""
        options = {"pooled_only": True} if getattr(self.encoder, "takes_pooled_only", False) else {}
        return self.encoder(inputs, training=training, **options)[POOLED_OUTPUT]

    def default_loss(self) -> Any:
        """The loss that the task is trained with when `compile` is given none."""
        raise NotImplementedError

    def default_metrics(self) -> Any:
        """The metrics shown while training when `compile` is given neither a loss nor metrics."""
        return []

    def check_targets(self, name: str, targets: Any) -> None:
        """Raises ValueError if labels, an array or a dict of arrays, the argument `name`, cannot be this model's."""

    def guard_targets(self, targets: Any, outputs: Any) -> Any:
        """Returns a batch's labels, checked inside the graph against the model's outputs for it."""
        return targets

    def compile(
        self,
        optimizer: Any = None,
        loss: Any = None,
        metrics: Any = None,
        jit_compile: bool | str | None = None,
        **kwargs: Any,
    ) -> None:
        """Keras' `compile`; what is left out comes from the recipe, metrics only where the loss does too.

        Args:
            optimizer, loss, metrics: Keras' own. A cross-entropy that is named by a string is taken as one of logits,
                and said so; an object of one without `from_logits=True` is a ValueError. Keras' metrics of classes,
                as "auc" or `keras.metrics.F1Score()`, are given probabilities, and labels in their form; see
                `OnLogits`. With an encoder that computes in float16 the optimizer gets a `LossScale` around it, but for
                auto_scale_loss=False.
            jit_compile: Keras' own; None is off on TensorFlow, and on for JAX, which runs op by op without it.
            **kwargs: `micro_batches` and `static_shapes` of `ReplicatedModel`, and Keras' own.
        """
        for name, part in {"optimizer": optimizer, "loss": loss, "metrics": metrics, **kwargs}.items():
            for value in keras.tree.flatten(part):
                checks.no_tf_keras(name, value)
        self._traced_with = self._step_before = None
        if metrics is None:  # None has Keras keep those of the compile before
            metrics = self.default_metrics() if loss is None else []
        logits = (self.problem_type, self.default_metrics(), self.labels_tokens)
        if kwargs.get("weighted_metrics") is not None:
            kwargs["weighted_metrics"] = metrics_on_logits(kwargs["weighted_metrics"], *logits)
        optimizer = build_optimizer() if optimizer is None else optimizer
        if kwargs.get("auto_scale_loss", True) and "float16" in (self.encoder.compute_dtype, self.compute_dtype):
            optimizer = with_loss_scale(optimizer)
        super().compile(
            optimizer=optimizer,
            loss=loss_on_logits(loss, self.default_loss(), self.crossentropy),
            metrics=metrics_on_logits(metrics, *logits),
            jit_compile=keras.backend.backend() != "tensorflow" if jit_compile is None else jit_compile,
            **kwargs,
        )
        lay_layer_rates(self.optimizer, self.encoder)

    def compile_from_config(self, config: dict[str, Any]) -> None:
        """Compiles a reloaded model as the saved one was, with the optimizer's state; Keras calls it."""
        self.compile(**keras.saving.deserialize_keras_object(config))
        self.optimizer.build(self.trainable_variables)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Keras' `compute_loss`, of labels that were checked."""
        y = self.guard_targets(y, y_pred) if self._has_task_loss() else y
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        **kwargs: Any,
    ) -> keras.callbacks.History:
        """Keras' `fit`. The recipe's schedule, where it does not know its steps yet, is laid over this call's.

        `fit(data)` of what `bk.load_files` and its sisters give is `fit(data.train, validation_data=data.validation)`.
        Keys of `class_weight` may be the names of the classes, where the data are of this library.

        With `initial_epoch` the schedule goes on where an unbroken run of `epochs` would be, and with `rest`, a dataset
        of the batches of that epoch that are left, within it. Without them each call warms up and decays anew.

        Raises:
            ValueError: for labels that cannot belong to this model, and for a callback that sets the learning rate
                while the recipe's schedule does.
            ArithmeticError: after a step whose loss or gradient is not finite. It names the step, its rows where these
                are of this library, and the likely cause; the weights are those before the step.
            TypeError: for texts, with the line that reads them.
        """
        self._check_callbacks(callbacks)
        if is_task_data(x):
            kwargs.setdefault("validation_data", x.validation)
            x = x.train
        check_batches("fit", x, kwargs.get("validation_split"))
        if (data := getattr(x, "task_data", None)) is not None:
            self.learn_task(data)
        if "class_weight" in kwargs:
            kwargs["class_weight"] = class_numbers_of(kwargs["class_weight"], (self.task_config or {}).get("labels"))
        check_weights(kwargs.get("sample_weight"), kwargs.get("class_weight"), self.static_shapes)
        self._check_arrays("y", y)
        held_out = kwargs.get("validation_data")
        if isinstance(held_out, (list, tuple)) and len(held_out) > 1:
            self._check_arrays("validation_data[1]", held_out[1])
        if not arrays_of(x):
            kwargs.setdefault("shuffle", False)
        self._build_on_replicas(x, y)
        split = 0.0 if held_out is not None else kwargs.get("validation_split", 0.0)
        steps = kwargs.get("steps_per_epoch") or steps_of(x, batch_size, split)
        done = steps_done(steps, kwargs.get("rest")) + kwargs.get("initial_epoch", 0) * (steps or 0)
        optimizer = self._lay_schedule(steps, epochs, done)
        self._build_optimizer()
        is_list = not isinstance(callbacks, keras.callbacks.CallbackList)
        by_rows = word_rows(self, x) if is_list else None
        if is_list:
            look = None if kwargs.get("steps_per_epoch") else getattr(data, "look", None)
            callbacks = [*filter(None, [by_rows]), StopWhenDiverged(look), *keras.tree.flatten(callbacks or [])]
        if by_rows is not None:
            by_rows.open()
            drop_stale_step(self, self.optimizer)
        try:
            with readable_errors():
                return super().fit(x, y, batch_size, epochs, verbose, callbacks, **kwargs)
        finally:
            if by_rows is not None:
                by_rows.close()
            if optimizer is not None:  # a schedule that has ended is a rate of 0: train_on_batch would train nothing
                optimizer.open_schedule()
            if optimizer is not None or by_rows is not None:
                drop_stale_step(self, optimizer or self.optimizer)

    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, verbose: Any = "auto", **kwargs: Any
    ) -> Any:
        """Keras' `evaluate`."""
        check_batches("evaluate", x)
        self._check_arrays("y", y)
        with readable_errors():
            return super().evaluate(x, y, batch_size, verbose, **kwargs)

    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto", **kwargs: Any) -> Any:
        """Keras' `predict`: logits, in the order of `x`. Of texts, see `bk.predictor`."""
        check_batches("predict", x)
        with readable_errors():
            return super().predict(x, batch_size, verbose, **kwargs)

    def get_config(self) -> dict[str, Any]:
        settings = {name: getattr(self, name) for name in self.settings}
        encoder = keras.saving.serialize_keras_object(self.encoder)
        learned = {} if self.task_config is None else {"task_config": self.task_config}
        return {**super().get_config(), "encoder": encoder, **settings, **learned}

    def head_weights(self) -> dict[str, keras.Variable]:
        """The weights that are not the encoder's, as `layer/weight`."""
        heads = [layer for layer in self.layers if layer is not self.encoder]
        return {f"{layer.name}/{weight.name}": weight for layer in heads for weight in layer.weights}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "TaskModel":
        encoder = keras.saving.deserialize_keras_object(config["encoder"], custom_objects=custom_objects)
        return cls(**{**config, "encoder": encoder})

    def _has_task_loss(self) -> bool:
        """Whether labels must be those of the task: a user's own loss may want others."""
        return isinstance(self.loss, type(self.default_loss())) and getattr(self.loss, "ignore_class", None) is None

    def _check_arrays(self, name: str, y: Any) -> None:
        if isinstance(y, (list, tuple)):
            raise TypeError(checks.message(name, "be an array", type(y).__name__, "Pass numpy.array(labels)."))
        if self._has_task_loss() and (isinstance(y, dict) or hasattr(y, "__array__")):
            self.check_targets(name, y if isinstance(y, dict) else np.asarray(y))

    def _check_callbacks(self, callbacks: Any) -> None:
        callbacks = getattr(callbacks, "callbacks", callbacks)  # it may be a CallbackList
        for callback in keras.tree.flatten(callbacks):
            checks.no_tf_keras("callbacks", callback)
        if self._has_schedule():
            refuse_rate_setters(callbacks, "Compile with a plain rate: model.compile(keras.optimizers.AdamW(5e-5)).")

    def _has_schedule(self) -> bool:
        rate = getattr(inner_optimizer(self.optimizer), "_learning_rate", None)
        return isinstance(rate, keras.optimizers.schedules.LearningRateSchedule)

    def _recipe_optimizer(self) -> AdamW | None:
        """The optimizer whose schedule waits for the steps of `fit`, if it is one."""
        optimizer = inner_optimizer(self.optimizer)
        return optimizer if isinstance(optimizer, AdamW) and optimizer.waits_for_steps else None

    def _lay_schedule(self, steps: int | None, epochs: int, done: int) -> AdamW | None:
        """Gives the recipe's schedule, where it waits, the steps of one `fit` after `done`; returns its optimizer."""
        optimizer = self._recipe_optimizer()
        if optimizer is None:
            return None
        if steps is None:
            advice = "The rate stays at its peak. Pass steps_per_epoch=…, or a dataset that knows its cardinality."
            checks.warn("The number of steps is not known: no warm-up and no decay. " + advice)
            drop_stale_step(self, optimizer)
            return None
        if isinstance(self.optimizer, LossScale):  # skipped steps take nothing of the schedule
            done -= self.optimizer.skipped_before(done)
        in_place = keras.backend.backend() == "tensorflow" and not self._on_replicas
        optimizer.lay_schedule(max(steps * epochs, 1), steps_before=done, in_place=in_place)
        drop_stale_step(self, optimizer)
        return optimizer
