"""`matching_weights`: the weights of an encoder that patterns of `freeze` and `train_only` stand for."""

import re

import keras

from bert_keras import checks
from bert_keras.hub.names_there_are import names_there_are


def matching_weights(
    weights: dict[str, keras.Variable], patterns: tuple[str, ...], argument: str = "patterns"
) -> dict[str, keras.Variable]:
    """Those of `weights` that any of the patterns matches, each of which may be several with commas between.

    A pattern is a part of a name, or a number or a range of layers, such as "0-5". `argument` is what the caller gave.

    Raises:
        ValueError: if a pattern matches none.
    """
    matches = {}
    for pattern in (part.strip() for argument in patterns for part in argument.split(",")):
        for name_part in _name_parts(pattern, argument):
            hits = {name: weight for name, weight in weights.items() if name_part in name}
            if not hits:
                must = "match weights of the encoder"
                raise ValueError(checks.message(argument, must, pattern, names_there_are(pattern, weights)))
            matches |= hits
    return matches


def _name_parts(pattern: str, argument: str) -> list[str]:
    """What a pattern stands for, as parts of names: several for a range of layers."""
    layers = re.fullmatch(r"(\d+)(?:\s*-\s*(\d+))?", pattern)
    if layers is None:
        return [pattern.replace(".", "/")]
    first, last = int(layers[1]), int(layers[2] or layers[1])
    if last < first:
        raise ValueError(checks.message(argument, "be a range of layers that goes up, as '0-5'", pattern))
    return [f"layer_{number}/" for number in range(first, last + 1)]
