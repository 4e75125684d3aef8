"""`MobileLayers`: what the layers of a MobileBERT have that others have not."""

import dataclasses
from typing import Any

from bert_keras import checks

MOST_FEED_FORWARDS = 16  # in a layer; MobileBERT as published has 4


@dataclasses.dataclass(frozen=True)
class MobileLayers:
    """The fields of `BertEncoder`'s argument `mobile`.

    Args:
        bottleneck: the width at which attention and feed-forwards work; `num_heads` must divide it.
        feed_forwards: how many there are in a layer, 1 to 16.
    """

    bottleneck: int = 128
    feed_forwards: int = 4


def check_mobile(mobile: Any, encoder: Any) -> dict[str, Any]:
    """All fields of `mobile`, a dict of some, for an encoder with its other arguments.

    Raises:
        TypeError, ValueError: for other fields, values out of range, or an encoder that has what MobileBERT has not.
    """
    names = [field.name for field in dataclasses.fields(MobileLayers)]
    if not isinstance(mobile, dict) or not set(mobile) <= set(names):
        raise ValueError(checks.message("mobile", f"be a dict of some of {', '.join(names)}", mobile))
    found = dataclasses.asdict(MobileLayers(**mobile))
    checks.integer("bottleneck", found["bottleneck"], 1)
    checks.integer("feed_forwards", found["feed_forwards"], 1, MOST_FEED_FORWARDS)
    has_not = {"position_offset": 0, "share_layers": False, "modern": None}
    for name, value in has_not.items():
        if getattr(encoder, name) != value:
            raise ValueError(checks.message(name, f"be {value} with MobileBERT's layers", getattr(encoder, name)))
    if encoder.embedding_size is None:
        must = "be the width of the word table with MobileBERT's layers"
        raise ValueError(checks.message("embedding_size", must, None, "MobileBERT's is 128."))
    if found["bottleneck"] % encoder.num_heads:
        raise ValueError(checks.message("num_heads", f"divide bottleneck={found['bottleneck']}", encoder.num_heads))
    return found
