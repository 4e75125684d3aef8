"""`names_there_are`: the names of a network's weights in a line that a person reads, where a pattern matches none."""

import re
from collections.abc import Iterable

from bert_keras import checks

_LAYER = re.compile(r"layer_(\d+)(?=[./])")


def names_there_are(pattern: str, names: Iterable[str]) -> str:
    """The names with N for the number of each layer, and what is near the pattern.

    >>> names_there_are("layr_1", ["embeddings/beta", "layer_0/bias", "layer_1/bias"])
    "Did you mean 'layer_1'? There are, for N from 0 to 1: embeddings/beta, layer_N/bias."
    """
    names = list(names)
    layers = sorted({int(number) for name in names for number in _LAYER.findall(name)})
    near = checks.did_you_mean(pattern, [part for name in names for part in re.split("[./]", name)])
    which = f", for N from {layers[0]} to {layers[-1]}" if layers else ""
    shown = dict.fromkeys(_LAYER.sub("layer_N", name) for name in names)
    return f"{near} There are{which}: {', '.join(shown) or 'none'}.".lstrip()
