"""`fill_mask`: the likeliest words behind [MASK]."""

import dataclasses
import os
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.features import FEATURE_NAMES, MASKED_POSITIONS
from bert_keras.finite_weights import finite_weights
from bert_keras.foreign_names import foreign_names
from bert_keras.masked_lm.masked_lm import MaskedLM
from bert_keras.text.base_tokenizer import BaseTokenizer


@dataclasses.dataclass(frozen=True)
class Filling:
    """A piece that may stand behind a mask.

    Args:
        piece: of the vocabulary; one that begins with ## goes on with the word before.
        score: its probability.
    """

    piece: str
    score: float


@checks.answers(**foreign_names("fill_mask"))
def fill_mask(folder_or_model: Any, text: str, top_k: int = 5) -> list[Filling] | list[list[Filling]]:
    """The likeliest pieces in the place of [MASK], the best first; of several masks, such a list for each.

    >>> bk.fill_mask("encoders/letters", "The [MASK] is green.")
    [Filling(piece='house', score=0.21), ...]

    Args:
        folder_or_model: what `bk.pretrain` wrote, or another handle of `bk.load_encoder` with a head of its own; or a
            `bk.MaskedLM`, which is quicker for many texts.
        text: with [MASK] in it.
        top_k: how many pieces, at most as many as the vocabulary has.

    Raises:
        ValueError: for a text without [MASK], one that is too long, an encoder without such a head, or with
            weights that are not finite.
    """
    checks.text("text", text)
    model = folder_or_model if isinstance(folder_or_model, MaskedLM) else _load(folder_or_model)
    finite_weights(model, "folder_or_model")
    tokenizer = model.encoder.tokenizer
    if tokenizer is None or tokenizer.mask_id is None:
        raise ValueError(checks.message("folder_or_model", "have a tokenizer with a mask", model.encoder.source))
    checks.integer("top_k", top_k, 1, tokenizer.vocab_size, "the vocabulary")
    ids = _ids(tokenizer, text)
    places = np.flatnonzero(ids == tokenizer.mask_id)
    most = model.encoder.config.max_positions
    if len(ids) > most:
        raise ValueError(checks.message("text", f"have at most {most} tokens, the position table", len(ids)))
    columns = (ids, np.ones_like(ids), np.zeros_like(ids))
    features = {name: tf.constant(column[None]) for name, column in zip(FEATURE_NAMES, columns, strict=True)}
    logits = model({**features, MASKED_POSITIONS: tf.constant(places[None], tf.int32)}, training=False)
    scores, best = tf.math.top_k(tf.nn.softmax(logits[0, :, : tokenizer.vocab_size]), top_k)
    pieces = tokenizer.vocabulary
    fillings = [
        [Filling(pieces[piece], float(score)) for piece, score in zip(*row, strict=True)]
        for row in zip(best.numpy(), scores.numpy(), strict=True)
    ]
    return fillings[0] if len(fillings) == 1 else fillings


def _load(handle: str | os.PathLike) -> MaskedLM:
    encoder = load_encoder(handle, native=True)
    if encoder.mlm_weights is None:
        must = "have a head for masked words, as what bk.pretrain writes, and TF-Hub's BERT from version 3 on"
        raise ValueError(checks.message("folder_or_model", must, str(handle)))
    return MaskedLM(encoder)


def _ids(tokenizer: BaseTokenizer, text: str) -> np.ndarray:
    """int32 [tokens], with [CLS], [SEP] and the masks: typed in a text, the tokenizer takes [MASK] for three words."""
    parts = text.split(tokenizer.mask_piece)
    if len(parts) == 1:
        raise ValueError(checks.message("text", f"hold {tokenizer.mask_piece}", text))
    parts = [*(part.rstrip() for part in parts[:-1]), parts[-1]]  # the mask stands for the space before it too
    ids = [tokenizer.cls_id]
    for number, part in enumerate(tokenizer(parts).to_list()):
        ids += ([tokenizer.mask_id] if number else []) + part
    return np.array([*ids, tokenizer.sep_id], "int32")
