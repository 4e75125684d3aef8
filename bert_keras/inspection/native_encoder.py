"""`native_encoder`: what is looked into: Keras layers, for the hub's graph shows its outputs alone."""

import os
from typing import Any

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.from_hub_encoder import from_hub_encoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.load_encoder import load_encoder


def native_encoder(encoder: Any) -> BertEncoder:
    """A native encoder as it is, one made of a hub encoder with its weights at present, or loaded by a handle.

    Raises:
        TypeError: for anything else.
        ValueError: if the hub's graph is no plain BERT.
    """
    if isinstance(encoder, (str, os.PathLike)):
        return load_encoder(encoder, trainable=False, native=True)
    if isinstance(checks.no_tf_keras("encoder", encoder), HubEncoder):
        return from_hub_encoder(encoder, trainable=False, seed=0)  # draws none of the user's random numbers
    if not isinstance(encoder, BertEncoder):
        advice = "Of a tuned model it is `bk.load(folder).model.encoder`."
        raise TypeError(checks.message("encoder", "be an encoder or the handle of one", encoder, advice))
    return encoder
