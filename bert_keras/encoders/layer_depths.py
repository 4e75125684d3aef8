"""`layer_depths`: how deep each weight of an encoder lies, as its TF-Hub name says."""

import re
from collections.abc import Iterable

from bert_keras import checks

_LAYER = re.compile(r"(?:^|/)layer_(\d+)/")


def layer_depths(names: Iterable[str], num_layers: int | None) -> dict[str, int]:
    """How far each weight is from the ids: 0 for the embeddings, k + 1 for layer k, num_layers + 1 for the pooler.

    What is in no layer and no embedding, such as a norm after the last layer, counts as the pooler does.

    Args:
        names: of the encoder's weights.
        num_layers: how many it has; None where its weights do not tell.

    Raises:
        ValueError: if the names do not tell the layers apart: ALBERT's share one set of weights.
    """
    found = {name: _LAYER.search(name) for name in names}
    numbers = {int(match[1]) for match in found.values() if match}
    if not numbers or numbers != set(range(num_layers or 0)):
        must = "have weights of its own for each layer, named layer_0 to the last, to be told apart by layer"
        received = f"{num_layers} layers, and names of {len(numbers)}"
        raise ValueError(checks.message("encoder", must, received, "Leave layer_decay and reinit_layers out."))
    depths = {}
    for name, match in found.items():
        outside = 0 if "embedding" in name else num_layers + 1
        depths[name] = int(match[1]) + 1 if match else outside
    return depths
