"""`Network`: what a training step keeps depends on beside an encoder's sizes. Imports no TensorFlow."""

import dataclasses
from typing import Any

from bert_keras import checks
from bert_keras.encoders.layers.mobile_layers import MobileLayers
from bert_keras.encoders.native_form import native_form

BENDS = ("tanh", "erf", "relu", "silu")
LAYERS = ("bert", "modern", "mobile")


@dataclasses.dataclass(frozen=True)
class Network:
    """Which of the native encoder's networks it is.

    Args:
        bend: what the inner rows are bent by: "tanh" or "erf", the forms of GELU, "relu" or "silu".
        dropout, attention_dropout: whether rows, and attention weights, are dropped.
        share_layers: whether all layers have the weights of one.
        layers: whose layers they are: "bert", which ALBERT, ELECTRA, DistilBERT and RoBERTa have too, "modern" or
            "mobile".
        bottleneck, feed_forwards: of MobileBERT's layers.
    """

    bend: str = "tanh"
    dropout: bool = True
    attention_dropout: bool = True
    share_layers: bool = False
    layers: str = "bert"
    bottleneck: int = MobileLayers.bottleneck
    feed_forwards: int = MobileLayers.feed_forwards

    def __post_init__(self) -> None:
        checks.one_of("bend", self.bend, BENDS)
        checks.one_of("layers", self.layers, LAYERS)

    @classmethod
    def of(cls, encoder: Any) -> "Network":
        """That of an encoder: as a native one says it, or else as its weights tell it, dropout on."""
        if hasattr(encoder, "variations"):
            own = {name: getattr(encoder, name) for name in ("bend", "share_layers")}
            rates = {name: getattr(encoder, name) > 0 for name in ("dropout", "attention_dropout")}
            return cls(**own, **rates, **_layers(encoder.modern, encoder.mobile))
        form, _ = native_form(encoder.named_weights())
        bend = {"gelu": "tanh"}.get(form.get("activation", "gelu"), "relu")
        return cls(bend, share_layers=form.get("share_layers", False), **_layers(None, form.get("mobile")))

    @classmethod
    def of_settings(cls, settings: Any) -> "Network":
        """That of `BertEncoder`'s arguments, as a checkpoint states them; its defaults for what is not among them."""
        rates = {name: settings.get(name, 0.1) > 0 for name in ("dropout", "attention_dropout")}
        activation = settings.get("activation", "gelu")
        bend = settings.get("gelu", "tanh") if activation == "gelu" else activation
        return cls(bend, **rates, share_layers=settings.get("share_layers", False))


def _layers(modern: Any, mobile: Any) -> dict[str, Any]:
    if mobile is not None:
        return {"layers": "mobile", **mobile}
    return {} if modern is None else {"layers": "modern"}
