"""`Devices`: what a run is carried out on, and how its steps are run."""

import dataclasses
from typing import Any

from bert_keras import checks
from bert_keras.foreign_names import FOREIGN_VALUES, foreign_names

STRATEGIES = ("auto", "one", "mirrored", "multiworker", "tpu")


@checks.answers(**foreign_names("Devices"))
@dataclasses.dataclass(frozen=True)
class Devices:
    """What a run is carried out on, and how its steps are run: it changes no number that comes out.

    >>> bk.finetune("glue/mrpc", "sample", "runs/mrpc", devices=bk.Devices("mirrored"))

    Args:
        strategy: "auto", "one", "mirrored" (a copy of the model on each GPU), "tpu", "multiworker" (the same in each of
            the processes that TF_CONFIG names) or a `tf.distribute.Strategy`; "auto" takes what is there and says so.
            The batch size of the recipe counts the rows of all replicas together.
        worker_timeout: seconds to wait for the other workers to come up.
        jit_compile: whether XLA compiles the steps, on one device. A TPU always does.
        static_shapes: whether batches have few shapes, each of which XLA compiles: every batch has batch_size rows,
            padded to one of at most five lengths. If None, on a TPU and with `jit_compile`.
        steps_per_execution: steps between two looks of Python, which hears of the last one alone. If None, 32 on a TPU
            and 1 elsewhere.

    Raises:
        TypeError, ValueError: naming the field, what it must be and what came.
    """

    strategy: Any = "auto"
    worker_timeout: float = 300.0
    jit_compile: bool = False
    static_shapes: bool | None = None
    steps_per_execution: int | None = None

    def __post_init__(self) -> None:
        if isinstance(self.strategy, str) or not hasattr(self.strategy, "num_replicas_in_sync"):
            checks.one_of("strategy", self.strategy, STRATEGIES, FOREIGN_VALUES["strategy"])
        checks.number("worker_timeout", self.worker_timeout, 1.0)
        checks.boolean("jit_compile", self.jit_compile)
        if self.static_shapes is not None:
            checks.boolean("static_shapes", self.static_shapes)
        if self.steps_per_execution is not None:
            checks.integer("steps_per_execution", self.steps_per_execution, 1)
