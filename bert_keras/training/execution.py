"""`Execution`: how the steps of a run are carried out, which changes no number that comes out."""

import dataclasses

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.models.steps import spans_workers
from bert_keras.training.tpu import STEPS_PER_EXECUTION, is_tpu


@dataclasses.dataclass(frozen=True)
class Execution:
    """Arguments of a model's `compile`.

    Args:
        jit_compile: whether XLA compiles the steps; None is the model's default.
        static_shapes: whether batches have few shapes; the data must have been made so too.
        steps_per_execution: steps between two looks of Python.
    """

    jit_compile: bool | None
    static_shapes: bool
    steps_per_execution: int

    @classmethod
    def choose(
        cls,
        strategy: tf.distribute.Strategy,
        jit_compile: bool = False,
        static_shapes: bool | None = None,
        steps_per_execution: int | None = None,
    ) -> "Execution":
        """What was asked for, and for None what suits the devices: static shapes wherever XLA compiles, 32 on a TPU.

        Raises:
            ValueError: for XLA over several replicas that are no TPU's, for a TPU without static shapes, for a number
                of steps below 1, and for one above 1 with several workers.
        """
        steps = None if steps_per_execution is None else checks.integer("steps_per_execution", steps_per_execution, 1)
        if keras.backend.backend() != "tensorflow":  # always compiled, from batches of lengths in steps
            return cls(None, checks.boolean("static_shapes", bool(static_shapes)), steps or 1)
        on_tpu = is_tpu(strategy)
        if checks.boolean("jit_compile", jit_compile) and not on_tpu and strategy.num_replicas_in_sync > 1:
            advice = "XLA does not compile the sums over the replicas: pass strategy='one'."
            raise ValueError(checks.message("jit_compile", "be False with several replicas", True, advice))
        if steps not in (None, 1) and spans_workers(strategy):
            advice = "TensorFlow cannot ask the workers for data inside a loop: leave it out."
            raise ValueError(checks.message("steps_per_execution", "be 1 with several workers", steps, advice))
        if static_shapes is None:
            static_shapes = on_tpu or jit_compile
        elif not checks.boolean("static_shapes", static_shapes) and on_tpu:
            advice = "It gives each core as many rows as the others, and compiles each shape: leave it out."
            raise ValueError(checks.message("static_shapes", "be True on a TPU", static_shapes, advice))
        steps = steps or (STEPS_PER_EXECUTION if on_tpu else 1)
        return cls(jit_compile and not on_tpu, static_shapes, steps)  # a TPU's graphs are compiled as they are
