"""`load_run_encoder`: the encoder of a run: native, also unasked, where the recipe wants what a hub's graph does not do."""

import contextlib
import os
import pathlib
from collections.abc import Callable
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.from_hub_encoder import NoBertError, moved_encoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.precision import policy_of, slow_devices
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.training.tpu import is_tpu

SIZES = ("num_layers", "hidden_size", "num_heads")  # of an encoder that begins anew, at least
_OPTIONS = ("intermediate_size", "max_positions", "type_vocab_size", "gelu", "dropout", "attention_dropout")
_VOCABULARY = ("vocab_file", "lower_case")


def native_reason(recipe: Recipe) -> str | None:
    """Why a recipe can be followed with the native encoder alone; None where it can be with any."""
    if recipe.precision != "float32":
        return "the hub's graph computes in float32 alone"
    return "LoRA adds to its kernels" if recipe.tune == "lora" else None


def is_native(encoder: Any, recipe: Recipe) -> bool:
    """Whether a run trains the native encoder."""
    return recipe.native or native_reason(recipe) is not None or (isinstance(encoder, dict) and "handle" not in encoder)


def load_run_encoder(
    encoder: str | os.PathLike | dict[str, Any],
    recipe: Recipe,
    strategy: tf.distribute.Strategy,
    say: Callable[[str], None],
) -> Encoder:
    """The encoder of a run in the recipe's precision, its variables the strategy's.

    Args:
        encoder: a handle for `bk.load_encoder`; a dict of "handle", "vocab_file" and "lower_case", its arguments; or a
            dict of the arguments of `bk.BertEncoder` and of `bk.Tokenizer`, for one that begins anew.
        recipe: says whether it is native, and its precision.
        strategy: that it is trained in.
        say: takes a line where it is native though nobody asked.

    Raises:
        ValueError: as `load_encoder`, and where the recipe needs the native encoder and the weights are no BERT's.
    """
    if isinstance(encoder, dict) and "handle" not in encoder:
        return _fresh_encoder(encoder, recipe, strategy)
    handle, vocabulary = _handle(encoder)
    reason = None if recipe.native else native_reason(recipe)
    native = is_native(encoder, recipe)
    options = {"seed": recipe.seed, "dtype": policy_of(recipe.precision)} if native else {}
    # Importing runs the hub's graph and the native encoder side by side, which a TPU does not do.
    moves = native and is_tpu(strategy)
    try:
        with contextlib.nullcontext() if moves else strategy.scope():
            loaded = load_encoder(handle, native=native, **options, **vocabulary)
    except NoBertError as error:
        if recipe.native:
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


def _handle(encoder: Any) -> tuple[Any, dict[str, Any]]:
    if not isinstance(encoder, dict):
        return encoder, {}
    unknown = [name for name in encoder if name not in ("handle", *_VOCABULARY)]
    if unknown:
        must = f"have handle, and may have {', '.join(_VOCABULARY)}"
        raise ValueError(checks.message("encoder", must, encoder, checks.did_you_mean(unknown[0], _VOCABULARY)))
    return encoder["handle"], {name: encoder[name] for name in _VOCABULARY if name in encoder}


def _refusal(handle: str, recipe: Recipe, why: str) -> str:
    advice = f"It has no native form. {why}"
    if recipe.precision != "float32":
        must = f"be 'float32' for '{handle}', whose graph computes in that alone"
        return checks.message("precision", must, recipe.precision, advice)
    must = f"be 'all' or 'biases' for '{handle}', as LoRA adds to the native encoder's kernels"
    return checks.message("tune", must, recipe.tune, advice)


def _fresh_encoder(arguments: dict[str, Any], recipe: Recipe, strategy: tf.distribute.Strategy) -> BertEncoder:
    sizes = {name: value for name, value in arguments.items() if name not in _VOCABULARY}
    unknown = [name for name in sizes if name not in (*SIZES, *_OPTIONS)]
    missing = [name for name in SIZES if name not in sizes]
    if unknown or missing:
        must = f"have {', '.join(SIZES)} and vocab_file, and may have {', '.join((*_OPTIONS, 'lower_case'))}"
        raise ValueError(checks.message("encoder", must, arguments))
    if arguments.get("vocab_file") is None:
        advice = "bk.learn_vocabulary (bert-keras vocab) learns one from your text: {'vocab_file': 'vocab.txt', …}."
        raise ValueError(checks.message("vocab_file", "be given for an encoder that begins anew", None, advice))
    lower_case = arguments.get("lower_case")
    path = pathlib.Path(arguments["vocab_file"]).expanduser()
    tokenizer = Tokenizer(path, True if lower_case is None else lower_case)
    options = {"seed": recipe.seed, "dtype": policy_of(recipe.precision), "name": "encoder"}
    with strategy.scope():
        fresh = BertEncoder(vocab_size=tokenizer.vocab_size, **sizes, **options)
    fresh.tokenizer, fresh.source = tokenizer, "random weights"
    return fresh
