"""`choose_strategy`: from a word to a `tf.distribute` strategy, and a sentence that says what was chosen and why."""

from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.foreign_names import FOREIGN_VALUES
from bert_keras.models.steps import spans_workers
from bert_keras.training.cluster import ENVIRONMENT, TOKEN, Cluster, cluster_token
from bert_keras.training.devices import STRATEGIES, Devices
from bert_keras.training.ended_after import ended_after
from bert_keras.training.tpu import INSTEAD, STEPS_PER_EXECUTION, is_tpu, tpu_sign, tpu_strategy

_START = 120.0  # seconds that TensorFlow's start may take once all workers have met


def cluster_of(strategy: Any) -> Cluster | None:
    """The workers that a run with `strategy`, a word or an object, has; None where it is one process.

    Raises:
        ValueError: for "multiworker" where TF_CONFIG names no other worker, and for a TF_CONFIG at fault.
    """
    inside = tf.distribute.get_strategy() if strategy == "auto" and tf.distribute.has_strategy() else strategy
    if isinstance(inside, tf.distribute.Strategy):
        return Cluster.from_environment() if spans_workers(inside) else None
    if strategy not in ("auto", "multiworker") or keras.backend.backend() != "tensorflow":
        return None
    cluster = Cluster.from_environment()
    if cluster is None and strategy == "multiworker":
        advice = "`bert-keras launch --workers 2 -- finetune …` starts the workers and sets it."
        must = f"have the other workers in the environment variable {ENVIRONMENT}"
        raise ValueError(checks.message("strategy", must, strategy, advice))
    return cluster


def choose_strategy(strategy: Any = "auto", cluster: Cluster | None = None) -> tuple[tf.distribute.Strategy, str]:
    """The strategy to train with, and what a person should know of it.

    Args:
        strategy: as for `Devices`. "mirrored" has a copy on each logical CPU where there is no GPU. "auto" is
            "multiworker" where there are other workers, "tpu" where there is one, "mirrored" where there are several
            GPUs and "one" elsewhere; inside a `strategy.scope()` of the caller that strategy; on Keras' JAX backend the
            `keras.distribution` in force, as `bk.shard` sets it, or one device.
        cluster: that of `cluster_of(strategy)`.

    Raises:
        TypeError, ValueError: for anything else.
    """
    if isinstance(strategy, tf.distribute.Strategy):
        checks.tensorflow_backend("A tf.distribute.Strategy", "On JAX, bk.shard splits a model over devices.")
        return strategy, _described(strategy, "as given")
    checks.one_of("strategy", strategy, STRATEGIES, FOREIGN_VALUES["strategy"])
    if keras.backend.backend() != "tensorflow":
        return tf.distribute.get_strategy(), _beside_tensorflow(strategy)
    if strategy == "auto" and tf.distribute.has_strategy():
        return tf.distribute.get_strategy(), _described(tf.distribute.get_strategy(), "of the scope around")
    if tf.distribute.has_strategy():
        must = "be 'auto' or an object inside a strategy's scope, which it would be another than"
        raise ValueError(checks.message("strategy", must, strategy))
    if cluster is not None:
        with ended_after(_START, cluster.not_started(_START)):
            chosen = _of_workers()
        why = ENVIRONMENT if cluster_token() else f"{ENVIRONMENT}, without a {TOKEN}"
        return chosen, f"worker {cluster.index} of {len(cluster.addresses)}: {_described(chosen, why)}"
    if strategy == "tpu":
        return (chosen := tpu_strategy()), _described(chosen, "the cores of this machine's TPU")
    if strategy == "auto" and tpu_sign() is not None:
        return _tpu_or_less()
    gpus = [device.name for device in tf.config.list_logical_devices("GPU")]
    if strategy == "one" or (strategy == "auto" and len(gpus) < 2):
        return tf.distribute.get_strategy(), f"one device, {'a GPU' if gpus else 'the CPU'}"
    if gpus:
        return (chosen := tf.distribute.MirroredStrategy(gpus)), _described(chosen, f"{len(gpus)} GPUs")
    cpus = [device.name for device in tf.config.list_logical_devices("CPU")]
    chosen = tf.distribute.MirroredStrategy(cpus, tf.distribute.ReductionToOneDevice())
    return chosen, _described(chosen, f"{len(cpus)} logical CPUs, no GPU")


def _of_workers() -> tf.distribute.Strategy:
    try:
        return tf.distribute.MultiWorkerMirroredStrategy()
    except RuntimeError as error:
        if "program startup" not in str(error):
            raise
        must = "be chosen before TensorFlow has begun to work"
        advice = "Start the process anew and call this first: before any tensor, model or list of devices."
        raise ValueError(checks.message("strategy", must, "multiworker", advice)) from None


def check_batch_size(
    batch_size: int, micro_batches: int, strategy: tf.distribute.Strategy, static_shapes: bool = False
) -> None:
    """Raises ValueError unless the rows of a step divide by the micro-batches, and every replica has a row of each.

    With static shapes every replica must have as many rows in each micro-batch as the others.
    """
    if batch_size % micro_batches:
        raise ValueError(checks.message("micro_batches", f"divide batch_size={batch_size}", micro_batches))
    least = strategy.num_replicas_in_sync * micro_batches
    if batch_size < least:
        must = f"be at least {least}, a row for each replica and micro-batch"
        advice = "It counts the rows of all replicas together. Or pass strategy='one'."
        raise ValueError(checks.message("batch_size", must, batch_size, advice))
    if static_shapes and batch_size % least:
        must = f"be a multiple of {least}, the replicas times the micro-batches, with static shapes"
        down, up = batch_size // least * least, -(-batch_size // least) * least
        raise ValueError(checks.message("batch_size", must, batch_size, f"Pass {down} or {up}."))


def _tpu_or_less() -> tuple[tf.distribute.Strategy, str]:
    """What "auto" makes of the sign of a TPU: its strategy, or what there is beside it and why."""
    try:
        return choose_strategy("tpu")
    except ValueError as error:
        gpus = len(tf.config.list_logical_devices("GPU"))
        strategy, why = choose_strategy("mirrored" if gpus > 1 else "one")
        return strategy, f"{why}; a TPU was not taken: {str(error).removesuffix(INSTEAD)}"


def _beside_tensorflow(strategy: str) -> str:
    """What trains on another backend of Keras: tf.distribute has no part in it."""
    distribution = keras.distribution.distribution()
    if strategy in ("mirrored", "multiworker", "tpu"):
        checks.tensorflow_backend(f"strategy='{strategy}'", "On JAX, bk.shard splits a model over devices.")
    if strategy == "one" and distribution is not None:
        advice = "keras.distribution.set_distribution(None) ends it."
        raise ValueError(checks.message("strategy", f"be 'auto' under {distribution}", strategy, advice))
    if distribution is None:
        return f"one device, by {keras.backend.backend()}"
    mesh = distribution.device_mesh
    axes = " x ".join(f"{size} {name}" for name, size in zip(mesh.axis_names, mesh.shape, strict=True))
    return f"{mesh.devices.size} devices of a mesh, by {keras.backend.backend()}: {axes}"


def _described(strategy: tf.distribute.Strategy, why: str) -> str:
    name = "MultiWorkerMirroredStrategy" if spans_workers(strategy) else type(strategy).__name__  # TensorFlow's alias
    return f"{name} with {strategy.num_replicas_in_sync} replicas ({why})"


def execution_of(devices: Devices, strategy: tf.distribute.Strategy, packed: bool = False) -> dict[str, Any]:
    """Arguments of a model's `compile`: what was asked for, and for None what suits the devices and `packed` rows.

    `static_shapes` is how the data must be made, too.

    Raises:
        ValueError: for XLA over several replicas that are no TPU's, for a TPU or packed rows without static shapes, and
            for several steps an execution with several workers.
    """
    steps = devices.steps_per_execution
    if keras.backend.backend() != "tensorflow":  # always compiled, from batches of lengths in steps
        return _arguments(None, bool(devices.static_shapes), steps or 1)
    on_tpu = is_tpu(strategy)
    if devices.jit_compile and not on_tpu and strategy.num_replicas_in_sync > 1:
        advice = "XLA does not compile the sums over the replicas: pass strategy='one'."
        raise ValueError(checks.message("jit_compile", "be False with several replicas", True, advice))
    if steps not in (None, 1) and spans_workers(strategy):
        advice = "TensorFlow cannot ask the workers for data inside a loop: leave it out."
        raise ValueError(checks.message("steps_per_execution", "be 1 with several workers", steps, advice))
    if on_tpu and devices.static_shapes is False:
        advice = "It gives each core as many rows as the others, and compiles each shape: leave it out."
        raise ValueError(checks.message("static_shapes", "be True on a TPU", False, advice))
    if packed and devices.static_shapes is False:
        advice = "Every part of a batch has as many texts as the others: leave it out."
        raise ValueError(checks.message("static_shapes", "be True where rows are packed", False, advice))
    static = devices.static_shapes
    if static is None:
        static = on_tpu or packed or devices.jit_compile
    steps = steps or (STEPS_PER_EXECUTION if on_tpu else 1)
    return _arguments(devices.jit_compile and not on_tpu, static, steps)  # a TPU's graphs are compiled as they are


def _arguments(jit_compile: bool | None, static_shapes: bool, steps: int) -> dict[str, Any]:
    return {"jit_compile": jit_compile, "static_shapes": static_shapes, "steps_per_execution": steps}
