"""`Family`: how Hugging Face's `config.json` and weights of one family of encoders stand for ours."""

import dataclasses
import math
import re
from typing import Any

# Ends of names, ours to theirs; in files from before 2020 layer norms have `gamma` and `beta`.
_LAST = {"kernel": "weight", "gamma": "weight", "bias": "bias", "beta": "bias"}
_OLD_LAST = {"gamma": "gamma", "beta": "beta"}


@dataclasses.dataclass(frozen=True)
class Family:
    """One `model_type`.

    Args:
        name: as people write it.
        prefix: what stands before the names of the encoder in files of a model with a head, "bert".
        kind: what `config.json` must say, if it says it, for the network to be the one that is here.
        sizes: the fields of `BertEncoder` that `config.json` must give, to its names of them.
        names: parts of our weights' names, without "kernel" and the like, to theirs.
        layer: what stands before the names of a layer, with its number.
        own: how names of the encoder, its heads left out, begin.
    """

    name: str
    prefix: str
    kind: dict[str, Any]
    sizes: dict[str, str]
    names: dict[str, str]
    layer: str = "encoder.layer.{}."
    own: tuple[str, ...] = ("embeddings.", "encoder.")

    def names_of(self, name: str) -> list[str]:
        """`transformer/layer_3/output_layer_norm/beta` → `encoder.layer.3.output.LayerNorm.bias` and `….beta`."""
        if name in self.names:
            return [self.names[name]]
        match = re.fullmatch(r"transformer/layer_(\d+)/(.*)", name)
        prefix, inner = (self.layer.format(match[1]), match[2]) if match else ("", name)
        part, kind = inner.rsplit("/", 1)
        return [f"{prefix}{self.names[part]}.{last[kind]}" for last in (_LAST, _OLD_LAST) if kind in last]


def torch_shape(name: str, shape: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in PyTorch of our weight `name`: heads and their depth are one axis, and a kernel is [out, in]."""
    if not name.endswith("kernel"):
        return shape if name.endswith("embeddings") else (math.prod(shape),)
    inputs = shape[:-1] if name.endswith("attention_output/kernel") else shape[:1]
    return math.prod(shape[len(inputs) :]), math.prod(inputs)
