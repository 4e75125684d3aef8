"""`check_packing`: whether rows can be packed for an encoder, said before any is tokenized."""

from typing import Any

import keras

from bert_keras import checks


def check_packing(encoder: Any, parts: int, batch_size: int, static_shapes: bool) -> None:
    """Raises ValueError, with what to change, where a batch cannot be packed.

    Args:
        encoder: an encoder, or a tokenizer, of which nothing is known.
        parts: that a batch is packed in.
        batch_size: texts a batch.
        static_shapes: whether each batch is filled up to it.
    """
    if not getattr(encoder, "takes_packed", True):
        advice = "A hub's graph has a row for each text: pass native=True (--native), or leave packed out."
        raise ValueError(checks.message("packed", "be off but for the native encoder", True, advice))
    if getattr(encoder, "mobile", None) is not None:
        advice = "Its embeddings look at the next token, which is padding at a row's end: leave packed out."
        raise ValueError(checks.message("packed", "be off for MobileBERT, whose answers would be others", True, advice))
    on_tensorflow = keras.backend.backend() == "tensorflow"
    if on_tensorflow and not static_shapes:
        advice = "Pass static_shapes=True to both the data and model.compile, or leave packed out."
        raise ValueError(checks.message("static_shapes", "be True where rows are packed", static_shapes, advice))
    if parts > 1 and (batch_size % parts or not on_tensorflow):
        must = f"divide batch_size={batch_size}" if on_tensorflow else "be 1 but on TensorFlow"
        raise ValueError(checks.message("packed", must, parts))
