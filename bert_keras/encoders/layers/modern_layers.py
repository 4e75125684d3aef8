"""`ModernLayers`: what the layers of a ModernBERT have that others have not."""

import dataclasses
from typing import Any

from bert_keras import checks
from bert_keras.encoders.layers.modern_forward import ModernForm


@dataclasses.dataclass(frozen=True)
class ModernLayers:
    """The fields of `BertEncoder`'s argument `modern`.

    Args:
        window: how many tokens before and behind a layer of local attention looks at.
        global_every: of so many layers the first one looks at all tokens, and the others at those in the window.
        global_base, local_base: of the angles that places are, in layers of either kind.
    """

    window: int = 64
    global_every: int = 3
    global_base: float = 160000.0
    local_base: float = 10000.0


def check_modern(modern: Any, encoder: Any) -> dict[str, Any]:
    """All fields of `modern`, a dict of some, for an encoder with its other arguments.

    Raises:
        TypeError, ValueError: for other fields, values out of range, or an encoder that has what ModernBERT has not.
    """
    names = [field.name for field in dataclasses.fields(ModernLayers)]
    if not isinstance(modern, dict) or not set(modern) <= set(names):
        raise ValueError(checks.message("modern", f"be a dict of some of {', '.join(names)}", modern))
    found = dataclasses.asdict(ModernLayers(**modern))
    for name in ("window", "global_every"):
        checks.integer(name, found[name], 1)
    for name in ("global_base", "local_base"):
        checks.number(name, found[name], 1.0)
    has_not = {"type_vocab_size": 0, "position_offset": 0, "share_layers": False, "embedding_size": None}
    for name, value in has_not.items():
        if getattr(encoder, name) != value:
            raise ValueError(checks.message(name, f"be {value} with ModernBERT's layers", getattr(encoder, name)))
    if encoder.hidden_size // encoder.num_heads % 2:
        must = f"divide hidden_size={encoder.hidden_size} into even parts, for places to be angles"
        raise ValueError(checks.message("num_heads", must, encoder.num_heads))
    return found


def modern_form(modern: dict[str, Any], index: int) -> ModernForm:
    """Of layer `index`."""
    if index % modern["global_every"]:
        return ModernForm(modern["local_base"], modern["window"], False)
    return ModernForm(modern["global_base"], None, index == 0)
