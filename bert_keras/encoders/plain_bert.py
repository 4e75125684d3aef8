"""`PlainBert`: an encoder as arrays and sizes, for whoever writes it in another program's format."""

import dataclasses
from typing import Any

import numpy as np
from keras import ops

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.encoder import SIZES, EncoderConfig
from bert_keras.encoders.inference_network import EPSILON, gelu_of
from bert_keras.encoders.noted_encoder import noted_epsilon

_RATE = 0.1  # of dropout in every published BERT; a published graph does not say its own


@dataclasses.dataclass(frozen=True)
class PlainBert:
    """All that works out a BERT's outputs, at the time when it was made; training on does not change it.

    Args:
        weights: float32 arrays by TF-Hub's names, with what LoRA adds to them.
        config: sizes.
        gelu: "tanh" or "erf".
        epsilon: added to the variances of layer norms.
        dropout, attention_dropout: rates of further training.
    """

    weights: dict[str, np.ndarray]
    config: EncoderConfig
    gelu: str
    epsilon: float
    dropout: float = _RATE
    attention_dropout: float = _RATE

    @classmethod
    def of(cls, encoder: Any) -> "PlainBert":
        """Of a `BertEncoder`, or of a `HubEncoder` whose graph is BERT as published.

        Raises:
            ValueError: for another network, which no other program knows by that name.
        """
        if isinstance(encoder, BertEncoder):
            if encoder.variations:
                shown = ", ".join(f"{name}={value!r}" for name, value in encoder.variations.items())
                raise ValueError(_no_bert(encoder, f"It has {shown}."))
            own = {name: values.astype("float32", copy=False) for name, values in encoder.merged_weights().items()}
            return cls(
                own,
                encoder.config,
                encoder.gelu,
                encoder.layer_norm_epsilon,
                encoder.dropout,
                encoder.attention_dropout,
            )
        inference = getattr(encoder, "inference", None)
        named = getattr(encoder, "named_weights", dict)()
        unknown = [name for name in SIZES if getattr(encoder.config, name, None) is None]
        gelu, epsilon = None, EPSILON
        if inference is not None:
            gelu = inference.form.bend
        elif named and not unknown:
            gelu, epsilon = _compared(encoder)
        if gelu is None:
            advice = f"Its weights do not tell {', '.join(unknown)}." if unknown else "Its outputs are not BERT's."
            raise ValueError(_no_bert(encoder, advice))
        arrays = {name: ops.convert_to_numpy(weight).astype("float32") for name, weight in named.items()}
        return cls(arrays, encoder.config, gelu, epsilon)


def _compared(encoder: Any) -> tuple[str | None, float]:
    """The form of GELU, and the epsilon: that of every published BERT, or what a SavedModel's note says."""
    gelu, noted = gelu_of(encoder), noted_epsilon(getattr(encoder, "handle", ""))
    if gelu is None and noted is not None:
        return gelu_of(encoder, noted), noted
    return gelu, EPSILON


def _no_bert(encoder: Any, why: str) -> str:
    must = "be BERT as published, for other programs to run it"
    name = getattr(encoder, "source", None) or encoder.name
    return checks.message("encoder", must, name, f"{why} Export it as a SavedModel.")
