"""`load_run_encoder`: the encoder of a run: native, also unasked, where a hub's graph does not do what is wanted."""

import contextlib
import dataclasses
import os
import pathlib
from collections.abc import Callable
from typing import Any, NamedTuple

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.cpu_flags import has_bfloat16
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.from_hub_encoder import NoBertError, moved_encoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.folders.model_folder import portable_name
from bert_keras.text.written_tokenizer import read_tokenizer
from bert_keras.training.tpu import is_tpu

_POLICIES = {"float32": "float32", "mixed_bfloat16": "bfloat16", "mixed_float16": "float16"}
SIZES = ("num_layers", "hidden_size", "num_heads")  # of an encoder that begins anew, at least
_OPTIONS = (
    *("intermediate_size", "max_positions", "type_vocab_size", "gelu", "dropout", "attention_dropout"),
    *("embedding_size", "share_layers", "pooler", "pooler_activation", "position_offset", "activation"),
    *("modern", "mobile"),
)
_VOCABULARY = ("vocab_file", "lower_case")
# Arguments of `load_encoder` that a run takes.
_OF_HANDLE = (*_VOCABULARY, "preprocessor", "trainable", "trust", "sha256", "num_layers")


class _Reason(NamedTuple):
    """Why a run can have the native encoder alone: the name and value that ask for it, and why it takes that."""

    field: str
    value: Any
    why: str


def _native_reason(encoder: Any, recipe: Recipe) -> _Reason | None:
    """None where it can have any encoder."""
    if recipe.precision != "float32":
        return _Reason("precision", recipe.precision, "the hub's graph computes in float32 alone")
    if recipe.tune == "lora":
        return _Reason("tune", recipe.tune, "LoRA adds to its kernels")
    kept = encoder.get("num_layers") if isinstance(encoder, dict) and "handle" in encoder else None
    return None if kept is None else _Reason("num_layers", kept, "the hub's graph runs all of its layers")


def is_native(encoder: Any, recipe: Recipe) -> bool:
    """Whether a run trains the native encoder."""
    is_fresh = isinstance(encoder, dict) and "handle" not in encoder
    return recipe.native or is_fresh or _native_reason(encoder, recipe) is not None


def check_handle(encoder: Any) -> None:
    """Raises TypeError, with what to pass, for an encoder that is loaded already."""
    if isinstance(encoder, Encoder):
        advice = f"This one came from '{encoder.source}': pass that. " if encoder.source else ""
        advice += "model.fit(data) trains an encoder as it is; bk.save_encoder writes it into a folder, for a run."
        must = "be the name, address or folder of an encoder, which a run loads for itself"
        raise TypeError(checks.message("encoder", must, encoder, advice))


def portable_encoder(encoder: Any) -> Any:
    """What a run is called with for its encoder, in words that are the same on machines with other folders."""
    if isinstance(encoder, dict):
        return {name: portable_name(str(value)) for name, value in encoder.items()}
    return portable_name(str(encoder))


def load_run_encoder(
    encoder: str | os.PathLike | dict[str, Any],
    recipe: Recipe,
    strategy: tf.distribute.Strategy,
    say: Callable[[str], None],
) -> Encoder:
    """The encoder of a run in the recipe's precision, its variables the strategy's.

    Args:
        encoder: a handle for `bk.load_encoder`; a dict of "handle" and of its arguments "vocab_file", "lower_case",
            "preprocessor", "trainable", "trust", "sha256" and "num_layers"; or a dict of those of
            `bk.BertEncoder` and of `bk.Tokenizer`, for one that begins anew.
        recipe: says whether it is native, and its precision.
        strategy: that it is trained in.
        say: takes a line where it is native though nobody asked.

    Raises:
        ValueError: as `load_encoder`, and where the recipe needs the native encoder and the weights are no BERT's.
    """
    if isinstance(encoder, dict) and "handle" not in encoder:
        return _fresh_encoder(encoder, recipe, strategy)
    handle, stated = _handle(encoder)
    reason = None if recipe.native else _native_reason(encoder, recipe)
    native = is_native(encoder, recipe)
    options = {"seed": recipe.seed, **({"dtype": policy_of(recipe.precision)} if native else {})}
    # Importing runs the hub's graph and the native encoder side by side, which a TPU does not do.
    moves = native and is_tpu(strategy)
    try:
        with contextlib.nullcontext() if moves else strategy.scope():
            loaded = load_encoder(handle, native=native, **options, **stated)
    except NoBertError as error:
        if reason is None:
            raise
        raise ValueError(_refusal(str(handle), reason, error.reason)) from None
    if moves:
        with strategy.scope():
            loaded = moved_encoder(loaded)
    if reason is not None:
        say(f"{reason.field} {reason.value}: trains the native encoder, as {reason.why}")
    if recipe.precision != "float32" and (warning := slow_devices(recipe.precision)):
        say(warning)
    return loaded


def _handle(encoder: Any) -> tuple[Any, dict[str, Any]]:
    if not isinstance(encoder, dict):
        return encoder, {}
    unknown = [name for name in encoder if name not in ("handle", *_OF_HANDLE)]
    if unknown:
        must = f"have handle, and may have {', '.join(_OF_HANDLE)}"
        raise ValueError(checks.message("encoder", must, encoder, checks.did_you_mean(unknown[0], _OF_HANDLE)))
    return encoder["handle"], {name: encoder[name] for name in _OF_HANDLE if name in encoder}


def _refusal(handle: str, reason: _Reason, why: str) -> str:
    must = {
        "precision": f"be 'float32' for '{handle}', whose graph computes in that alone",
        "tune": f"be 'all' or 'biases' for '{handle}', as LoRA adds to the native encoder's kernels",
        "num_layers": f"be left out for '{handle}', whose graph runs all of its layers",
    }
    return checks.message(reason.field, must[reason.field], reason.value, f"It has no native form. {why}")


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
    path = pathlib.Path(arguments["vocab_file"]).expanduser()
    tokenizer = read_tokenizer(path, arguments.get("lower_case"))
    options = {"seed": recipe.seed, "dtype": policy_of(recipe.precision), "name": "encoder"}
    with strategy.scope():
        fresh = BertEncoder(vocab_size=tokenizer.vocab_size, **sizes, **options)
    fresh.tokenizer, fresh.source = tokenizer, "random weights"
    return fresh


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
    if has_bfloat16() is False:
        return "this CPU has no instructions for bfloat16: float32 is faster here"
    return None
