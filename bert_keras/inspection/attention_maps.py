"""`attention_maps`: which token looks at which, in every layer and head."""

import os
from typing import Any, NamedTuple

import numpy as np
from keras import ops

from bert_keras import checks
from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.from_hub_encoder import from_hub_encoder
from bert_keras.encoders.hub_encoder import HubEncoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.features import WORD_IDS
from bert_keras.foreign_names import foreign_names

_LONGEST = 512


class AttentionMaps(NamedTuple):
    """Attention weights over one text or pair.

    Args:
        tokens: the pieces of the row, with [CLS] and [SEP].
        weights: float32 [layers, heads, tokens, tokens]: row i is what token i takes of each token, and sums to 1.
    """

    tokens: tuple[str, ...]
    weights: np.ndarray


@checks.answers(**foreign_names("attention_maps"))
def attention_maps(encoder: Any, text: str, pair: str | None = None, seq_length: int | None = None) -> AttentionMaps:
    """The attention weights of the native encoder for a text, or for a text and its pair.

    >>> tokens, weights = bk.attention_maps(encoder, "The dog chased the cat because it was hungry.")
    >>> weights[5, 3, tokens.index("it")].argmax()  # what head 3 of layer 5 looks at from "it"

    Args:
        encoder: a `bk.BertEncoder` with a tokenizer. A hub encoder's weights at present are put into one first, which
            takes as long as loading: `bk.load_encoder(handle, native=True)` and `bk.load(folder, native=True)` do that
            once. Also a handle.
        text, pair: str.
        seq_length: tokens that the row is cut to; if None, as many as the encoder has positions, at most 512.

    Raises:
        TypeError: for texts that are no str, or what is no encoder.
        ValueError: if the encoder has no tokenizer, or is no plain BERT.
    """
    texts = [checks.text("text", text), *([] if pair is None else [checks.text("pair", pair)])]
    native = native_encoder(encoder)
    length = min(native.max_positions, _LONGEST) if seq_length is None else seq_length
    features = native.preprocessor(length, padding="longest")(*([part] for part in texts))
    features = {name: ops.convert_to_tensor(column.numpy()) for name, column in features.items()}
    words = ops.take(native.word_table, ops.reshape(features[WORD_IDS], (-1,)), axis=0)
    layers: list[Any] = []
    native.encode_words(words, features, attention=layers)
    vocabulary = native.tokenizer.vocabulary
    tokens = tuple(vocabulary[number] for number in ops.convert_to_numpy(features[WORD_IDS])[0])
    return AttentionMaps(tokens, np.stack([ops.convert_to_numpy(layer)[0] for layer in layers]))


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
