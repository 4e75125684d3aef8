"""The encoder of a run: native, also unasked, where the recipe wants what the hub's fixed graph does not do."""

import contextlib
import os
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.from_hub_encoder import NoBertError, moved_encoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.precision import policy_of, slow_devices
from bert_keras.training.tpu import is_tpu


def native_reason(recipe: Recipe) -> str | None:
    """Why a recipe can be followed with the native encoder alone; None where it can be with any."""
    if recipe.precision != "float32":
        return "the hub's graph computes in float32 alone"
    return "LoRA adds to its kernels" if recipe.tune == "lora" else None


def load_for_run(
    handle: str | os.PathLike,
    native: bool,
    recipe: Recipe,
    strategy: tf.distribute.Strategy,
    say: Callable[[str], None],
    **vocabulary: Any,
) -> Encoder:
    """The encoder of a run in the recipe's precision; native where that was asked or `native_reason` says.

    Its variables are the strategy's. `vocabulary` is `vocab_file` and `lower_case` of `load_encoder`.

    Raises:
        ValueError: as `load_encoder`, and where the recipe needs the native encoder and the weights are no BERT's.
    """
    reason = None if native else native_reason(recipe)
    wanted = native or reason is not None
    options = {"seed": recipe.seed, "dtype": policy_of(recipe.precision)} if wanted else {}
    # Importing runs the hub's graph and the native encoder side by side, which a TPU does not do.
    moves = wanted and is_tpu(strategy)
    try:
        with contextlib.nullcontext() if moves else strategy.scope():
            loaded = load_encoder(handle, native=wanted, **options, **vocabulary)
    except NoBertError as error:
        if native:
            raise
        raise ValueError(_refusal(str(handle), recipe, error.reason)) from None
    if moves:
        with strategy.scope():
            loaded = moved_encoder(loaded)
    if reason is not None:
        what = f"precision {recipe.precision}" if recipe.precision != "float32" else "tune lora"
        say(f"{what}: trains the native encoder, as {reason}")
    if recipe.precision != "float32" and (warning := slow_devices(recipe.precision)):
        say(warning)
    return loaded


def _refusal(handle: str, recipe: Recipe, why: str) -> str:
    advice = f"It has no native form. {why}"
    if recipe.precision != "float32":
        must = f"be 'float32' for '{handle}', whose graph computes in that alone"
        return checks.message("precision", must, recipe.precision, advice)
    must = f"be 'all' or 'biases' for '{handle}', as LoRA adds to the native encoder's kernels"
    return checks.message("tune", must, recipe.tune, advice)
