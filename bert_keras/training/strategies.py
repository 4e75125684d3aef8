"""`choose_strategy`: from a word to a `tf.distribute` strategy, and a sentence that says what was chosen and why."""

from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks

STRATEGIES = ("auto", "one", "mirrored")


def choose_strategy(strategy: Any = "auto") -> tuple[tf.distribute.Strategy, str]:
    """The strategy to train with, and what a person should know of it.

    Args:
        strategy: "one", one device; "mirrored", a copy of the model on each GPU of this machine (on each logical CPU
            where there is no GPU), whose gradients are added up; "auto", "mirrored" where there are several GPUs and
            "one" elsewhere; or a `tf.distribute.Strategy` of your own. Inside a `strategy.scope()` of the caller "auto"
            is that strategy. On Keras' JAX backend "auto" is the `keras.distribution` in force, as `bk.shard` sets it,
            or one device.

    Raises:
        TypeError, ValueError: for anything else.
    """
    if isinstance(strategy, tf.distribute.Strategy):
        checks.tensorflow_backend("A tf.distribute.Strategy", "On JAX, bk.shard splits a model over devices.")
        return strategy, _said(strategy, "as given")
    checks.one_of("strategy", strategy, STRATEGIES)
    if keras.backend.backend() != "tensorflow":
        return tf.distribute.get_strategy(), _beside_tensorflow(strategy)
    if strategy == "auto" and tf.distribute.has_strategy():
        return tf.distribute.get_strategy(), _said(tf.distribute.get_strategy(), "of the scope around")
    if tf.distribute.has_strategy():
        must = "be 'auto' or an object inside a strategy's scope, which it would be another than"
        raise ValueError(checks.message("strategy", must, strategy))
    gpus = [device.name for device in tf.config.list_logical_devices("GPU")]
    if strategy == "one" or (strategy == "auto" and len(gpus) < 2):
        return tf.distribute.get_strategy(), f"one device, {'a GPU' if gpus else 'the CPU'}"
    if gpus:
        return (made := tf.distribute.MirroredStrategy(gpus)), _said(made, f"{len(gpus)} GPUs")
    cpus = [device.name for device in tf.config.list_logical_devices("CPU")]
    made = tf.distribute.MirroredStrategy(cpus, tf.distribute.ReductionToOneDevice())
    return made, _said(made, f"{len(cpus)} logical CPUs, no GPU")


def check_batch_size(batch_size: int, micro_batches: int, strategy: tf.distribute.Strategy) -> None:
    """Raises ValueError unless the rows of a step divide by the micro-batches, and every replica has a row of each."""
    if batch_size % micro_batches:
        raise ValueError(checks.message("micro_batches", f"divide batch_size={batch_size}", micro_batches))
    least = strategy.num_replicas_in_sync * micro_batches
    if batch_size < least:
        must = f"be at least {least}, a row for each replica and micro-batch"
        advice = "It counts the rows of all replicas together. Or pass strategy='one'."
        raise ValueError(checks.message("batch_size", must, batch_size, advice))


def _beside_tensorflow(strategy: str) -> str:
    """What trains on another backend of Keras: tf.distribute has no part in it."""
    distribution = keras.distribution.distribution()
    if strategy == "mirrored":
        checks.tensorflow_backend("strategy='mirrored'", "On JAX, bk.shard splits a model over devices.")
    if strategy == "one" and distribution is not None:
        advice = "keras.distribution.set_distribution(None) ends it."
        raise ValueError(checks.message("strategy", f"be 'auto' under {distribution}", strategy, advice))
    if distribution is None:
        return f"one device, by {keras.backend.backend()}"
    mesh = distribution.device_mesh
    axes = " x ".join(f"{size} {name}" for name, size in zip(mesh.axis_names, mesh.shape, strict=True))
    return f"{mesh.devices.size} devices of a mesh, by {keras.backend.backend()}: {axes}"


def _said(strategy: tf.distribute.Strategy, why: str) -> str:
    return f"{type(strategy).__name__} with {strategy.num_replicas_in_sync} replicas ({why})"
