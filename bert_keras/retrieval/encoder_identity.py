"""`encoder_identity`: a digest of what decides an encoder's vectors: its weights, and how it reads text."""

import hashlib
from typing import Any

import numpy as np
from keras import ops

from bert_keras.encoders.encoder import Encoder


def encoder_identity(encoder: Encoder) -> str:
    """sha256 in hexadecimal of an encoder's weights under TF-Hub's names and of its tokenizer.

    A published graph and the native encoder of the same weights have the same one: their vectors are equal but for
    rounding.
    """
    digest = hashlib.sha256(_tokenizer_digest(encoder.tokenizer).encode("ascii"))
    weights = encoder.named_weights()
    for name in sorted(weights):
        values = np.ascontiguousarray(ops.convert_to_numpy(weights[name]))
        digest.update(f"{name} {values.dtype} {values.shape}".encode())
        digest.update(values.tobytes())
    return digest.hexdigest()


def _tokenizer_digest(tokenizer: Any) -> str:
    return "" if tokenizer is None else tokenizer.digest()
