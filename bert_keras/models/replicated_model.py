"""`ReplicatedModel`: Keras' `fit`, `evaluate` and `predict` with the numbers of one device on every number of them."""

import concurrent.futures
from collections.abc import Callable
from typing import Any

import keras
import numpy as np
from keras import ops

from bert_keras import checks
from bert_keras.features import FEATURE_NAMES
from bert_keras.models.begin_with import begin_with
from bert_keras.models.diverging import check_updated, updates
from bert_keras.models.targets import guard_weights
from bert_keras.optimization.finite_updates import finite_updates
from bert_keras.optimization.loss_scale import check_loss_scale

if keras.backend.backend() == "tensorflow":
    import tensorflow as tf

    from bert_keras.models.steps import check_counts, evaluate_in_parts, spans_workers, train_in_parts
else:
    tf = None


_TOKENS = 3  # of the row that a model is built with


class ReplicatedModel(keras.Model):
    """A Keras model whose steps count every row alike, in micro-batches, on replicas, on several workers, under XLA.

    On other backends than TensorFlow it is a plain Keras model.
    """

    micro_batches = 1
    static_shapes = False
    labels_tokens = False  # whether labels are [rows, tokens] and not of rows
    _begins_with = None  # what the loop of a `fit` that is beginning does with its iterator

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._on_replicas = tf is not None and tf.distribute.has_strategy()
        self._on_workers = self._on_replicas and spans_workers(tf.distribute.get_strategy())

    @property
    def replicas(self) -> int:
        """How many copies of the model take a part of each batch, of all workers together."""
        return self.distribute_strategy.num_replicas_in_sync if self._on_replicas else 1

    def compile(
        self, *, metrics: Any = None, micro_batches: int = 1, static_shapes: bool = False, **kwargs: Any
    ) -> None:
        """Keras' `compile`, of keywords.

        Args:
            micro_batches: parts that the rows of a training step are worked out in, one after another. The update is
                that of the whole batch, in the memory of a part ("gradient accumulation"). TensorFlow only.
            static_shapes: for batches of data with `static_shapes=True`: the rows that fill a batch up count in no
                loss, gradient or metric, and the step has no size that XLA would not know. TensorFlow only.
            **kwargs: Keras' own.
        """
        self.micro_batches = checks.integer("micro_batches", micro_batches, 1)
        self.static_shapes = checks.boolean("static_shapes", static_shapes)
        if tf is None and static_shapes:
            raise ValueError(checks.message("static_shapes", "be False but on TensorFlow", True))
        if tf is None and micro_batches > 1:
            advice = "Elsewhere pass the optimizer gradient_accumulation_steps, and smaller batches."
            raise ValueError(checks.message("micro_batches", "be 1 but on TensorFlow", micro_batches, advice))
        if static_shapes:
            metrics, kwargs["weighted_metrics"] = [], _weighted(metrics, kwargs.get("weighted_metrics"))
        self._is_built_on_replicas = False
        if self._on_replicas:
            check_loss_scale(kwargs.get("optimizer"))
        super().compile(metrics=metrics, **kwargs)
        if self.optimizer is not None:
            finite_updates(self.optimizer)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Keras' `compute_loss`; in training one that is not finite is nan, and so is its gradient, on all replicas."""
        if not training:
            return super().compute_loss(x, y, y_pred, sample_weight, training)
        if sample_weight is not None:
            sample_weight = keras.tree.map_structure(guard_weights, sample_weight)
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        return loss * ops.where(ops.isfinite(loss), 1.0, float("nan"))

    def train_on_batch(self, *args: Any, **kwargs: Any) -> Any:
        """Keras' `train_on_batch`.

        Raises:
            ArithmeticError: where the loss or its gradient is not finite; the weights are as before.
        """
        self._build_optimizer()
        before = updates(self)
        logs = super().train_on_batch(*args, **kwargs)
        check_updated(self, before)
        return logs

    def fit(self, *args: Any, rest: Any = None, class_weight: Any = None, **kwargs: Any) -> keras.callbacks.History:
        """Keras' `fit`.

        Args:
            rest: the last batches of epoch `initial_epoch`, whose others were done before; None for all of them.
            *args, class_weight, **kwargs: Keras' own.
        """
        if rest is not None:
            if not self._is_built_on_replicas:
                self.build_sums(rest)  # which the callbacks of the first epoch may set
            self._begins_with = lambda iterator: begin_with(iterator, rest, class_weight)
        try:
            return super().fit(*args, class_weight=class_weight, **kwargs)
        finally:
            self._begins_with = None

    def train_step(self, *args: Any) -> Any:
        """Keras' `train_step`, in micro-batches where `compile` was told so; on replicas each row counts alike."""
        if tf is not None:
            check_counts(*args, self.static_shapes)
        if self.micro_batches == 1 and not self._on_replicas and not self.static_shapes:
            return super().train_step(*args)
        logs = train_in_parts(self, *args, self.micro_batches, self.static_shapes)
        # Keras averages the logs of several workers over axis 0, which a number does not have.
        return keras.tree.map_structure(lambda value: value[None], logs) if self._on_workers else logs

    own_train_step = train_step  # which makes one update a step

    def test_step(self, *args: Any) -> Any:
        """Keras' `test_step`; a replica may have no rows."""
        if tf is not None:
            check_counts(*args, self.static_shapes)
        own = self.static_shapes or (self._on_replicas and not self._on_workers)  # each worker evaluates by itself
        return evaluate_in_parts(self, *args, self.static_shapes) if own else super().test_step(*args)

    def counts_of(self, y: Any) -> Any:
        """int32 [rows]: for how many each row counts in the mean that is the loss; None where it is one for each."""
        return None

    def get_compile_config(self) -> dict[str, Any] | None:
        config = super().get_compile_config()
        return config and {**config, **{name: getattr(self, name) for name in ("micro_batches", "static_shapes")}}

    def evaluate(
        self, x: Any = None, y: Any = None, batch_size: int | None = None, verbose: Any = "auto", **kwargs: Any
    ) -> Any:
        """Keras' `evaluate`."""
        self._build_on_replicas(x, y)
        if self._on_workers:
            kwargs.pop("_use_cached_eval_dataset", None)  # of `fit`, which hands each worker its part alone
        return self._by_itself(super().evaluate, x, y, batch_size, verbose, **kwargs)

    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto", **kwargs: Any) -> Any:
        """Keras' `predict`."""
        # Keras would trace the model once for each step of an execution, and again for the last steps.
        steps, self.steps_per_execution = self.steps_per_execution, 1
        try:
            self._trace_predict(x)
            return self._by_itself(super().predict, x, batch_size, verbose, **kwargs)
        finally:
            self.steps_per_execution = steps

    def _trace_predict(self, x: Any) -> None:
        """Traces `predict_function` for all batches of a dataset: Keras has the first one traced by itself."""
        if tf is None or self._on_replicas or not isinstance(x, tf.data.Dataset):
            return
        self.make_predict_function()
        shapes = [getattr(spec, "shape", tf.TensorShape(None)) for spec in tf.nest.flatten(x.element_spec)]
        is_graph = hasattr(self.predict_function, "get_concrete_function")  # not with run_eagerly=True
        if is_graph and all(shape.rank is not None for shape in shapes):
            self.predict_function.get_concrete_function([x.element_spec])

    def features_like(self, labels: Any) -> dict[str, np.ndarray]:
        """A row of features for labels of one row, to build the model with."""
        return {name: np.zeros((1, _TOKENS), "int32") for name in FEATURE_NAMES}

    def _build_on_replicas(self, x: Any, y: Any) -> None:
        """Under a `tf.distribute` strategy, builds loss, metrics and optimizer, whose variables must be there first."""
        if self._on_replicas and not self._is_built_on_replicas:
            self._is_built_on_replicas = self.build_sums(x, y)

    def build_sums(self, x: Any, y: Any = None) -> bool:
        """Builds loss and metrics for data, as the first step would, and the optimizer; whether the data tell enough.

        On other backends than TensorFlow Keras does it before its loop.
        """
        labels = None if tf is None else _labels_like(x, y, self.labels_tokens)
        if labels is None:
            return False
        with self.distribute_strategy.scope():
            features = self.features_like(labels)
            if isinstance(self.distribute_strategy, tf.distribute.TPUStrategy):  # runs nothing but graphs
                self._symbolic_build(data_batch=(features, labels, None))
            else:
                logits = self(features, training=False)
                self.compute_loss(features, labels, logits, training=False)
                self.compute_metrics(features, labels, logits)
            self.optimizer.build(self.trainable_variables)
        self.reset_metrics()
        return True

    def _build_optimizer(self) -> None:
        """Adds the optimizer's variables before the training step is traced: in it, TensorFlow would trace it twice."""
        if tf is not None and not self._on_replicas and self.optimizer is not None and not self.optimizer.built:
            self.optimizer.build(self.trainable_variables)

    def _maybe_symbolic_build(self, iterator: Any = None, **kwargs: Any) -> None:
        # Keras takes a batch of the data to build from. It averages the ids over the replicas, which makes them floats,
        # and the batch taken counts as an epoch of its order.
        if not self._is_built_on_replicas:
            super()._maybe_symbolic_build(iterator, **kwargs)
        self._begin_loop(iterator)

    def _symbolic_build(self, iterator: Any = None, **kwargs: Any) -> None:
        super()._symbolic_build(iterator, **kwargs)
        if tf is None:
            self._begin_loop(iterator)

    def _begin_loop(self, iterator: Any) -> None:
        """Keras' loops call the two above with their iterator before anything else."""
        begins_with, self._begins_with = self._begins_with, None
        if begins_with is not None:
            begins_with(iterator)

    def _by_itself(self, loop: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """One of Keras' loops; of several workers, each runs it over all rows, with its copy of the weights.

        Keras' way would put the outputs of a ragged last batch in another order, and hang where a worker does not call.
        """
        if not self._on_workers:
            return loop(*args, **kwargs)
        if tf.distribute.has_strategy():  # a scope around the caller is left in another thread alone
            with concurrent.futures.ThreadPoolExecutor(1) as thread:
                return thread.submit(self._by_itself, loop, *args, **kwargs).result()
        before, self._distribute_strategy = self._distribute_strategy, tf.distribute.get_strategy()
        try:
            return loop(*args, **kwargs)
        finally:
            self._distribute_strategy = before


def _labels_like(x: Any, y: Any, of_tokens: bool) -> Any:
    """Zeros of the structure, dtypes and rank of a batch's labels; None where that takes a batch to know."""
    if isinstance(x, tf.data.Dataset):
        spec = x.element_spec
        y = spec[1] if isinstance(spec, tuple) and len(spec) > 1 else None
    elif isinstance(x, keras.utils.PyDataset):
        y = x[0][1]
    shape = [_TOKENS] if of_tokens else None
    return keras.tree.map_structure(lambda leaf: tf.zeros([1, *(shape or leaf.shape[1:])], leaf.dtype), y)


def _weighted(metrics: Any, weighted_metrics: Any) -> Any:
    """Both, as `weighted_metrics` of Keras' `compile`: those see which rows count."""
    if not metrics or not weighted_metrics:
        return metrics or weighted_metrics
    if isinstance(metrics, dict) or isinstance(weighted_metrics, dict):
        must = "be left out with static_shapes=True where metrics are given by output: all are weighted"
        raise ValueError(checks.message("weighted_metrics", must, weighted_metrics))
    return [*metrics, *weighted_metrics]
