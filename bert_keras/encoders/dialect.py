"""`Dialect`: the form in which an encoder of TF-Hub was published, read from its traced call, with its sizes."""

import dataclasses
import math
import re
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.encoder import EncoderConfig
from bert_keras.features import (
    DEFAULT_OUTPUT,
    ENCODER_OUTPUTS,
    FEATURE_NAMES,
    POOLED_OUTPUT,
    SEQUENCE_OUTPUT,
    TF1_FEATURE_NAMES,
)

_TABLES = {
    "vocab_size": r"word_embedding(s|s/embeddings|/embeddings)$",
    "max_positions": r"position_embedding(s|s/embeddings|/embeddings)$",
    "type_vocab_size": r"(token_)?type_embedding(s|s/embeddings|/embeddings)$",
}


@dataclasses.dataclass(frozen=True)
class Dialect:
    """How an encoder is called, and what it gives.

    Args:
        name: "dict" or "list", what its three features come in, or "TF1", a signature of a module without a call.
        outputs: by our name of an output, where it stands in what the call returns. `pooled_output` is always there.
            It is `default` where an encoder of sentences has no other. `sequence_output` may be missing.
        hidden_size: the width of the outputs.
        layers: how many outputs of layers there are, where the call returns them.
    """

    name: str
    outputs: dict[str, Any]
    hidden_size: int
    layers: int | None = None


def read_dialect(function: Any, handle: str) -> Dialect:
    """The dialect of a traced call or signature.

    Raises:
        ValueError: if it is not that of a text encoder; the text says what it takes and returns.
    """
    positional, keywords = function.structured_input_signature
    outputs, inputs = function.structured_outputs, positional[0] if positional else None
    if isinstance(outputs, dict):
        named = _named(outputs)
        is_dict = isinstance(inputs, dict) and set(inputs) == set(FEATURE_NAMES)
        if named and (is_dict or set(keywords) == set(TF1_FEATURE_NAMES)):
            name = "dict" if is_dict else "TF1"
            layers = outputs.get(ENCODER_OUTPUTS)
            count = len(layers) if isinstance(layers, (list, tuple)) else None
            return Dialect(name, named, int(outputs[list(named.values())[-1]].shape[-1]), count)
    is_list = isinstance(inputs, (list, tuple)) and len(inputs) == 3 and isinstance(outputs, (list, tuple))
    if is_list and len(outputs) >= 2 and _has_rank(outputs[0], 2) and _has_rank(outputs[1], 3):
        return Dialect("list", {POOLED_OUTPUT: 0, SEQUENCE_OUTPUT: 1}, int(outputs[1].shape[-1]))
    shown = sorted(outputs) if isinstance(outputs, dict) else outputs
    raise ValueError(
        checks.message("handle", "name a text encoder of TF-Hub", handle)
        + f" An encoder takes {', '.join(FEATURE_NAMES)} (a dict, or a list in that order) and returns {POOLED_OUTPUT} "
        f"and {SEQUENCE_OUTPUT}, or {DEFAULT_OUTPUT}; this SavedModel takes {keywords or inputs} "
        f"and returns {shown}. `bk.hub.KerasLayer` runs any SavedModel; `bert-keras encoders` lists encoders."
    )


def _named(outputs: dict[str, Any]) -> dict[str, str]:
    """The outputs that an encoder's are, the one whose width is the encoder's last; {} where they are none."""
    named = {name: name for name in (DEFAULT_OUTPUT, POOLED_OUTPUT) if _has_rank(outputs.get(name), 2)}
    if POOLED_OUTPUT not in named and POOLED_OUTPUT in outputs:
        return {}
    if SEQUENCE_OUTPUT in outputs:
        if not named or not _has_rank(outputs[SEQUENCE_OUTPUT], 3):
            return {}
        named[SEQUENCE_OUTPUT] = SEQUENCE_OUTPUT
    elif DEFAULT_OUTPUT not in named:
        return {}
    return {POOLED_OUTPUT: DEFAULT_OUTPUT, **named}


def _has_rank(output: Any, rank: int) -> bool:
    """Whether it is a tensor [batch, …, width] of that rank whose width is known."""
    shape = getattr(output, "shape", tf.TensorShape(None))
    return shape.rank == rank and shape[-1] is not None


def read_config(weights: dict[str, Any], dialect: Dialect) -> EncoderConfig:
    """Sizes from the weights' shapes by TF-Hub's names, never from a handle (see the contract of its encoders)."""
    shapes = {name: tuple(weight.shape) for name, weight in weights.items()}

    def first(pattern: str) -> tuple[int | None, ...]:
        return next((shape for name, shape in shapes.items() if re.search(pattern, name)), ()) or (None,)

    query = first(r"attention/query/kernel$")
    layers = {match.group(1) for name in shapes if (match := re.search(r"layer_(\d+)/", name))}
    return EncoderConfig(
        num_layers=len(layers) or dialect.layers,
        hidden_size=dialect.hidden_size,
        num_heads=query[1] if len(query) == 3 else None,
        intermediate_size=first(r"(^|/)intermediate(_dense)?/(dense/)?kernel$")[-1],
        parameters=sum(map(math.prod, shapes.values())),
        **{name: first(pattern)[0] for name, pattern in _TABLES.items()},
    )
