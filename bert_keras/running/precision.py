"""The precision of a run: which one it is, what to say of it."""

import dataclasses
import pathlib

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.optimization.loss_scale import LossScale
from bert_keras.optimization.recipe import Recipe

_CPU_INFO = pathlib.Path("/proc/cpuinfo")
_POLICIES = {"float32": "float32", "mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}


def policy_of(precision: str) -> str:
    """Keras' dtype policy of a precision; weights are float32 in each."""
    return next(policy for policy, name in _POLICIES.items() if name == precision)


def precise_recipe(recipe: Recipe) -> Recipe:
    """The recipe with the precision of Keras' global dtype policy, where that is mixed and the recipe has float32.

    Raises:
        ValueError: if the policy's weights are not float32, or recipe and policy name two precisions.
    """
    policy = keras.config.dtype_policy().name
    if policy not in _POLICIES:
        advice = "keras.config.set_dtype_policy('float32') and Recipe(precision=…) do what is meant."
        raise ValueError(checks.message("dtype_policy", f"be one of {', '.join(_POLICIES)}", policy, advice))
    found = _POLICIES[policy]
    if found == "float32" or found == recipe.precision:
        return recipe
    if recipe.precision != "float32":
        must = f"be '{found}', as Keras' dtype policy is '{policy}'"
        raise ValueError(checks.message("precision", must, recipe.precision))
    return dataclasses.replace(recipe, precision=found)


def loss_scale_facts(optimizer: keras.optimizers.Optimizer) -> list[str]:
    """What a person should know of a run's loss scaling, in a line; nothing where there is none."""
    if not isinstance(optimizer, LossScale) or not optimizer.built:
        return []
    skipped, steps = int(optimizer.skipped.numpy()), int(optimizer.iterations.numpy())
    scale = float(optimizer.dynamic_scale.numpy())
    return [f"loss scale {scale:g}: {skipped} of {skipped + steps} steps were skipped, whose gradients overflowed"]


def slow_devices(precision: str) -> str | None:
    """A line about devices on which a precision takes longer than float32; None where there are none or none known."""
    gpus = tf.config.list_physical_devices("GPU")
    if gpus:
        found = [tf.config.experimental.get_device_details(gpu).get("compute_capability", (0, 0)) for gpu in gpus]
        if precision == "bfloat16" and (0, 0) < min(found) < (8, 0):
            return "bfloat16 takes a GPU of compute capability 8.0 to be fast: float16 may be faster on this one"
        return None
    if precision == "float16":
        return "float16 on a CPU takes longer than float32: it is meant for GPUs"
    if _CPU_INFO.is_file() and "bf16" not in _CPU_INFO.read_text():
        return "this CPU has no instructions for bfloat16: float32 is faster here"
    return None
