"""`embed`: sentences as vectors, and `cosine_similarity` of them."""

import os
from typing import Any

import keras
import numpy as np
from keras import ops

from bert_keras import checks
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.features import MASK, POOLED_OUTPUT, SEQUENCE_OUTPUT
from bert_keras.finite_weights import finite_weights
from bert_keras.foreign_names import foreign_names
from bert_keras.models.token_mean import token_mean
from bert_keras.tuned.check_text import text_list
from bert_keras.tuned.text_batches import TextBatches

POOLINGS = ("cls", "mean", "pooled", "default")
_LONGEST = 512  # tokens, where the encoder does not tell its positions


@checks.answers(**foreign_names("Embedder"))
class Embedder:
    """`embed` to be called again and again: the graph is traced once.

    >>> embedder = bk.Embedder("sample/all-MiniLM-L6-v2", pooling="mean", normalize=True)
    >>> embedder(["A cat sleeps.", "The stock market fell."]).shape
    (2, 384)

    Args:
        encoder, pooling, batch_size, seq_length, normalize: as for `embed`.
    """

    def __init__(
        self,
        encoder: Any,
        pooling: str = "cls",
        batch_size: int = 32,
        seq_length: int | None = None,
        normalize: bool = False,
    ) -> None:
        self.pooling = checks.one_of("pooling", pooling, POOLINGS)
        self.batch_size = checks.integer("batch_size", batch_size, 1)
        self.normalize = checks.boolean("normalize", normalize)
        self.encoder = _encoder(encoder)
        finite_weights(self.encoder, "encoder")
        self.seq_length = min(self.encoder.config.max_positions or _LONGEST, _LONGEST)
        if seq_length is not None:
            self.seq_length = checks.integer("seq_length", seq_length, 3)
        preprocessor = self.encoder.preprocessor(self.seq_length, padding="longest")
        model = _Pooled(self.encoder, pooling, normalize)
        self._batches = TextBatches(model, preprocessor, self.encoder.config.hidden_size)

    def __call__(self, texts: Any) -> np.ndarray:
        """float32 [texts, hidden_size], in the order of the texts."""
        return self._batches((text_list("texts", texts),), self.batch_size)


@checks.answers(**foreign_names("embed"))
def embed(
    encoder: Any,
    texts: Any,
    pooling: str = "cls",
    batch_size: int = 32,
    seq_length: int | None = None,
    normalize: bool = False,
) -> np.ndarray:
    """One vector for each text, float32 [texts, hidden_size], in the order of the texts.

    >>> vectors = bk.embed("sample/all-MiniLM-L6-v2", ["A cat sleeps.", "A kitten naps."], "mean", normalize=True)
    >>> bk.cosine_similarity(vectors[:1], vectors[1:])
    array([[...]], dtype=float32)

    Args:
        encoder: of `bk.load_encoder`, a `bk.BertEncoder` with a tokenizer, or a handle.
        texts: a list of str; an empty one is a text.
        pooling: "cls", the last layer's vector of [CLS]; "mean", the mean of the last layer's vectors over all tokens,
            special ones included and padding left out (Reimers and Gurevych, 2019); "pooled", BERT's pooler on [CLS];
            "default", what TF-Hub's encoders of sentences (LaBSE, universal-sentence-encoder-cmlm) were trained for:
            the output of that name, which other encoders of TF-Hub have as another name of the pooled one.
        batch_size: texts that are run together; texts of like length stand in one batch.
        seq_length: tokens that a text is cut to; if None, as many as the encoder has positions, at most 512.
        normalize: whether each vector is divided by its length.

    Raises:
        TypeError: for what is no str, naming its place.
        ValueError: for another pooling, or one whose output the encoder lacks, a seq_length beyond the encoder's
            positions, or an encoder without tokenizer or with weights that are not finite.
    """
    return Embedder(encoder, pooling, batch_size, seq_length, normalize)(texts)


def cosine_similarity(a: Any, b: Any) -> np.ndarray:
    """The cosine between each row of `a` [n, size] and each of `b` [m, size]: float32 [n, m], in [-1, 1].

    A row of zeros has a cosine of 0 with all. The sums are float64.

    Args:
        a: numbers [n, size], a vector a row.
        b: numbers [m, size], of the same size.

    Raises:
        ValueError: if they are no such arrays of finite numbers.
    """
    rows = []
    for name, vectors in {"a": a, "b": b}.items():
        array = np.asarray(vectors, "float64")
        if array.ndim != 2:
            advice = "One vector is a row: vector[None]." if array.ndim == 1 else ""
            raise ValueError(checks.message(name, "have the shape [rows, size]", array.shape, advice))
        if not np.isfinite(array).all():
            raise ValueError(checks.message(name, "hold finite numbers", "nan or inf"))
        length = np.linalg.norm(array, axis=1, keepdims=True)
        rows.append(np.divide(array, length, out=np.zeros_like(array), where=length > 0))
    if rows[0].shape[1] != rows[1].shape[1]:
        must = f"have rows of {rows[0].shape[1]} numbers, as `a` has"
        raise ValueError(checks.message("b", must, rows[1].shape))
    return np.clip(rows[0] @ rows[1].T, -1.0, 1.0).astype("float32")


class _Pooled(keras.Model):
    """An encoder as a model from features to one float32 vector for each row."""

    def __init__(self, encoder: Encoder, pooling: str, normalize: bool) -> None:
        super().__init__(autocast=False, name="pooled")
        self.encoder = encoder
        self.pooling = pooling
        self.normalize = normalize

    def call(self, inputs: dict[str, Any], training: bool | None = None) -> Any:
        vectors = self._vectors(inputs)
        if self.normalize:
            vectors = vectors / ops.maximum(ops.norm(vectors, axis=1, keepdims=True), 1e-12)
        return vectors

    def _vectors(self, inputs: dict[str, Any]) -> Any:
        if self.pooling == "default":
            return ops.cast(self.encoder.default_output(inputs), "float32")
        outputs = self.encoder(inputs, training=False)
        if self.pooling == "pooled":
            return ops.cast(outputs[POOLED_OUTPUT], "float32")
        if SEQUENCE_OUTPUT not in outputs:
            advice = f"It gives {', '.join(sorted(outputs))}. Pass pooling='default'."
            must = f"have the output '{SEQUENCE_OUTPUT}' for pooling='{self.pooling}'"
            raise ValueError(checks.message("encoder", must, self.encoder.source or self.encoder.name, advice))
        if self.pooling == "cls":
            return ops.cast(outputs[SEQUENCE_OUTPUT][:, 0], "float32")
        return token_mean(outputs[SEQUENCE_OUTPUT], inputs[MASK])


def _encoder(encoder: Any) -> Encoder:
    if isinstance(encoder, (str, os.PathLike)):
        return load_encoder(encoder, trainable=False, native=keras.backend.backend() != "tensorflow")
    if not isinstance(checks.no_tf_keras("encoder", encoder), Encoder):
        advice = "Of a tuned model it is `bk.load(folder).model.encoder`."
        raise TypeError(checks.message("encoder", "be an encoder or the handle of one", encoder, advice))
    return encoder
