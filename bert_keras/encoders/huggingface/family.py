"""`Family`: how Hugging Face's `config.json` and weights of one family of encoders stand for ours."""

import dataclasses
import math
import re
from collections.abc import Callable
from typing import Any

# Ends of names, ours to theirs; in files from before 2020 layer norms have `gamma` and `beta`.
_LAST = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}
_OLD_LAST = {"gamma": "gamma", "beta": "beta"}


@dataclasses.dataclass(frozen=True)
class Family:
    """One `model_type`, or several with the same network.

    Args:
        name: as people write it.
        prefix: what stands before the names of the encoder in files of a model with a head, "bert".
        sizes: the fields of `BertEncoder` that `config.json` must give, to its names of them.
        names: parts of our weights' names, without "kernel" and the like, to theirs.
        layer: what stands before the names of a layer, with its number.
        own: how names of the encoder, its heads left out, begin.
        kind: what `config.json` must say, if it says it, for the network to be the one that is here.
        others: fields that it may leave out, to its names of them and what they then are.
        activation: its name of what the inner rows are bent by, and what that is where it is left out.
        fixed: fields that are the same for all of the family.
        parts: weights that lie with others in one, one behind the other, to which of how many they are.
        computed: of a config, the fields that take more than a name.
    """

    name: str
    prefix: str
    sizes: dict[str, str]
    names: dict[str, str]
    layer: str = "encoder.layer.{}."
    own: tuple[str, ...] = ("embeddings.", "encoder.")
    kind: dict[str, Any] = dataclasses.field(default_factory=dict)
    others: dict[str, tuple[str, Any]] = dataclasses.field(default_factory=dict)
    activation: tuple[str, str] = ("hidden_act", "gelu")
    fixed: dict[str, Any] = dataclasses.field(default_factory=dict)
    parts: dict[str, tuple[int, int]] = dataclasses.field(default_factory=dict)
    computed: Callable[[dict[str, Any]], dict[str, Any]] = lambda config: {}

    def names_of(self, name: str) -> list[str]:
        """`transformer/layer_3/output_layer_norm/beta` → `encoder.layer.3.output.LayerNorm.bias` and `….beta`."""
        if name in self.names:
            return [self.names[name]]
        match = re.fullmatch(r"transformer/(?:layer_(\d+)/)?(.*)", name)  # without a number where layers share theirs
        prefix, inner = (self.layer.format(match[1]), match[2]) if match else ("", name)
        part, kind = inner.rsplit("/", 1)
        return [f"{prefix}{self.names[part]}.{last[kind]}" for last in (_LAST, _OLD_LAST) if kind in last]

    def part_of(self, name: str) -> tuple[int, int]:
        """Which of how many parts of theirs our weight is: (0, 1) for the whole."""
        return next((part for end, part in self.parts.items() if name.endswith(end)), (0, 1))


def torch_shape(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in PyTorch of our weight `name`: heads and their depth are one axis, and a kernel is [out, in]."""
    if not name.endswith("kernel"):
        return shape if name.endswith("embeddings") else (math.prod(shape),)
    inputs = shape[:-1] if name.endswith("attention_output/kernel") else shape[:1]
    return math.prod(shape[len(inputs) :]), math.prod(inputs)
