"""`EmbeddingTables`: an encoder's three tables, and the rows that its first layer is given. Imports no TensorFlow."""

import functools
from typing import Any

import keras
from keras import ops

from bert_keras.encoders.dropout import dropout
from bert_keras.encoders.layer_forward import layer_norm
from bert_keras.encoders.transformer_block import fresh_normal


class EmbeddingTables:
    """Weights that are the encoder's own: it makes, trains and saves them.

    Where `embedding_size` is given, the tables and their layer norm have that width, and a dense layer leads to the
    encoder's (Lan et al., 2020, https://arxiv.org/abs/1909.11942). With `type_vocab_size` 0 there is no segment table,
    and in ModernBERT no position table either.
    Below 2, what the segments are makes no difference.

    Args:
        encoder: a `BertEncoder` with its sizes, before it has weights.
    """

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder
        self.width = encoder.embedding_size or encoder.hidden_size
        self._normal = functools.partial(fresh_normal, encoder.initializer_range, encoder._seeds)
        self.weights: list[keras.Variable] = []
        self.word = self._wide("word_embeddings.embeddings", encoder.vocab_size)
        rows = None if encoder.modern else encoder.max_positions + encoder.position_offset
        self.position = self._wide("position_embedding.embeddings", rows) if rows else None
        types = encoder.type_vocab_size
        self.type = self._wide("type_embeddings.embeddings", types) if types else None
        self.gamma = self._wide("embeddings.layer_norm.gamma", None, "ones")
        self.beta = None if encoder.modern else self._wide("embeddings.layer_norm.beta", None, "zeros")
        self.projection = self._projection() if encoder.embedding_size else None

    def embed(self, words: Any, mask: Any, types: Any, positions: Any, length: Any, training: bool | None) -> Any:
        """[batch * seq_length, hidden_size]: rows, so that every dense layer is one matrix product.

        Args:
            words: float32 [batch * seq_length, width], rows of the word table.
            mask, types: int32 [batch, seq_length].
            positions: int32 [batch, seq_length] of packed rows, or None.
            length: seq_length.
            training: whether dropout is drawn.
        """
        encoder = self._encoder
        words = self._with_types(words, types)
        if self.position is not None:
            words = ops.reshape(words, (-1, length, self.width)) + self._placed(mask, positions, length)
            words = ops.reshape(words, (-1, self.width))
        hidden = layer_norm(words, self.gamma, self.beta, encoder.layer_norm_epsilon)
        hidden = ops.cast(hidden, encoder.compute_dtype)
        hidden = dropout(hidden, encoder.dropout, encoder._seeds) if training and encoder.dropout > 0 else hidden
        if self.projection is None:
            return hidden
        kernel, bias = (ops.cast(weight, hidden.dtype) for weight in self.projection)
        return ops.add(ops.matmul(hidden, kernel), bias)

    def _with_types(self, words: Any, types: Any) -> Any:
        if self.type is None:
            return words
        if self.type.shape[0] == 1:
            return words + self.type[0]
        # The two or so segment rows by a product with their indicator: its gradient is a product as well.
        indicator = ops.one_hot(ops.reshape(types, (-1,)), self.type.shape[0], dtype=words.dtype)
        return words + ops.matmul(indicator, self.type)

    def _placed(self, mask: Any, positions: Any, length: Any) -> Any:
        """The rows of the position table, of all texts or of each."""
        offset = self._encoder.position_offset
        if positions is None and offset == 0:
            return self.position[:length][None]
        if positions is None:  # as in fairseq, padding has the last row before the first position
            positions = ops.cumsum(mask, axis=1) * mask - 1
        return ops.take(self.position, positions + offset, axis=0)

    def _wide(self, name: str, rows: int | None, initializer: Any = None) -> keras.Variable:
        """float32 at any policy: rows are cast, not the table."""
        shape = (self.width,) if rows is None else (rows, self.width)
        weight = self._encoder.add_weight(shape, initializer or self._normal(), name=name, autocast=False)
        self.weights.append(weight)
        return weight

    def _projection(self) -> tuple[keras.Variable, keras.Variable]:
        shapes = {"kernel": (self.width, self._encoder.hidden_size), "bias": (self._encoder.hidden_size,)}
        for part, shape in shapes.items():
            initializer = self._normal() if part == "kernel" else "zeros"
            self.weights.append(self._encoder.add_weight(shape, initializer, name=f"embedding_projection.{part}"))
        return tuple(self.weights[-2:])
