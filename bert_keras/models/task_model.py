"""`TaskModel`: what all models of this library share: an encoder, a head, the recipe, and checks at `fit`'s door."""

from typing import Any

import keras
import numpy as np

from bert_keras import checks
from bert_keras.optimization.adamw import AdamW, build_optimizer


class TaskModel(keras.Model):
    """An encoder and a head. `fit`, `evaluate` and `predict` are Keras' own, with any callback.

    A model is compiled when it is made, with the recipe's optimizer and the task's loss; `compile` replaces that.
    Two defaults of Keras differ: XLA is off, for batches have many lengths and each would be compiled anew, and
    `shuffle` is not asked of a dataset.

    Args:
        encoder: `bk.load_encoder(...)`, `bk.BertEncoder(...)`, or any Keras layer with the same inputs and outputs.
    """

    def __init__(self, encoder: keras.layers.Layer, **kwargs: Any) -> None:
        if not isinstance(checks.no_tf_keras("encoder", encoder), keras.layers.Layer):
            raise TypeError(checks.message("encoder", "be a Keras layer, as bk.load_encoder makes it", encoder))
        super().__init__(**kwargs)
        self.encoder = encoder

    def default_loss(self) -> keras.losses.Loss:
        """The loss that the task is trained with when `compile` is given none."""
        raise NotImplementedError

    def default_metrics(self) -> list[keras.metrics.Metric]:
        """The metrics shown while training when `compile` is given none."""
        return []

    def check_targets(self, targets: np.ndarray) -> None:
        """Raises ValueError if an array of labels given to `fit` or `evaluate` cannot belong to this model."""

    def compile(
        self,
        optimizer: Any = None,
        loss: Any = None,
        metrics: Any = None,
        jit_compile: bool | str = False,
        **kwargs: Any,
    ) -> None:
        """Keras' `compile`; what is left out comes from the recipe."""
        for name, value in {"optimizer": optimizer, "loss": loss}.items():
            checks.no_tf_keras(name, value)
        for metric in metrics if isinstance(metrics, (list, tuple)) else [metrics]:
            checks.no_tf_keras("metrics", metric)
        super().compile(
            optimizer=build_optimizer() if optimizer is None else optimizer,
            loss=self.default_loss() if loss is None else loss,
            metrics=self.default_metrics() if metrics is None and loss is None else metrics,
            jit_compile=jit_compile,
            **kwargs,
        )

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
        """Keras' `fit`. The recipe's schedule, where it does not know its steps yet, is laid over this call's."""
        for callback in callbacks if isinstance(callbacks, (list, tuple)) else []:
            checks.no_tf_keras("callbacks", callback)
        self._check_arrays(y)
        if not _is_arrays(x):
            kwargs.setdefault("shuffle", False)
        steps = kwargs.get("steps_per_epoch") or _steps(x, batch_size, kwargs.get("validation_split", 0.0))
        self._lay_schedule(steps, epochs, kwargs.get("initial_epoch", 0))
        return super().fit(x, y, batch_size, epochs, verbose, callbacks, **kwargs)

    def evaluate(self, x: Any = None, y: Any = None, **kwargs: Any) -> Any:
        """Keras' `evaluate`."""
        self._check_arrays(y)
        return super().evaluate(x, y, **kwargs)

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "encoder": keras.saving.serialize_keras_object(self.encoder)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> "TaskModel":
        encoder = keras.saving.deserialize_keras_object(config["encoder"], custom_objects=custom_objects)
        return cls(**{**config, "encoder": encoder})

    def _check_arrays(self, y: Any) -> None:
        if y is not None and hasattr(y, "__array__"):
            self.check_targets(np.asarray(y))
        elif isinstance(y, (list, tuple)):
            raise TypeError(checks.message("y", "be an array", type(y).__name__, "Pass numpy.array(labels)."))

    def _lay_schedule(self, steps: int | None, epochs: int, initial_epoch: int) -> None:
        """Gives the recipe's schedule, where it waits for its steps, those of one `fit`, from the present count on."""
        if not isinstance(self.optimizer, AdamW) or not self.optimizer.waits_for_steps:
            return
        if steps is None:
            advice = "The rate stays at its peak. Pass steps_per_epoch=…, or a dataset that knows its cardinality."
            checks.warn("The number of steps is not known: no warm-up and no decay. " + advice)
            return
        done = int(keras.ops.convert_to_numpy(self.optimizer.iterations))
        self.optimizer.lay_schedule(max(steps * epochs, 1), first_step=max(done - initial_epoch * steps, 0))
        self.train_function = None  # it was traced with the schedule before


def _is_arrays(x: Any) -> bool:
    leaves = x.values() if isinstance(x, dict) else x if isinstance(x, (list, tuple)) else [x]
    return all(hasattr(leaf, "__array__") for leaf in leaves)


def _steps(x: Any, batch_size: int | None, validation_split: float) -> int | None:
    """Batches in one pass over `x`, or None where it does not tell."""
    if _is_arrays(x):
        leaf = next(iter(x.values())) if isinstance(x, dict) else x[0] if isinstance(x, (list, tuple)) else x
        rows = int(np.shape(leaf)[0] * (1.0 - validation_split))
        return -(-rows // (batch_size or 32))
    if hasattr(x, "cardinality"):
        count = int(x.cardinality())
        return count if count > 0 else None
    count = getattr(x, "num_batches", None)
    return int(count) if isinstance(count, int) else None
