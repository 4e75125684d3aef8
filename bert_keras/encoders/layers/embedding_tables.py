"""`EmbeddingTables`: an encoder's three tables, and the rows that its first layer is given. Imports no TensorFlow."""

import functools
from typing import Any

import keras
from keras import ops

from bert_keras.encoders.layers.dropout import dropout
from bert_keras.encoders.layers.layer_forward import layer_norm
from bert_keras.encoders.layers.mobile_forward import no_norm
from bert_keras.encoders.layers.transformer_block import fresh_normal


class EmbeddingTables:
    """Weights that are the encoder's own: it makes, trains and saves them.

    Where `embedding_size` is given, the tables and their layer norm have that width, and a dense layer leads to the
    encoder's (Lan et al., 2020, https://arxiv.org/abs/1909.11942). With `type_vocab_size` 0 there is no segment table,
    and in ModernBERT no position table either.
    Below 2, what the segments are makes no difference. MobileBERT's word table alone is narrow, and the dense layer is
    given each word between its neighbours.

    Args:
        encoder: a `BertEncoder` with its sizes, before it has weights.
    """

    def __init__(self, encoder: Any) -> None:
        self._encoder = encoder
        self.width = encoder.embedding_size or encoder.hidden_size
        self._summed = self.width if encoder.mobile is None else encoder.hidden_size  # width of what is added up
        self._normal = functools.partial(fresh_normal, encoder.initializer_range, encoder._seeds)
        self.weights: list[keras.Variable] = []
        self.word = self._wide("word_embeddings.embeddings", encoder.vocab_size, width=self.width)
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
        if encoder.mobile is not None:
            words = self._projected(self._between_neighbours(words, mask, positions, length))
        words = self._with_types(words, types)
        if self.position is not None:
            words = ops.reshape(words, (-1, length, self._summed)) + self._placed(mask, positions, length)
            words = ops.reshape(words, (-1, self._summed))
        if encoder.mobile is None:
            hidden = layer_norm(words, self.gamma, self.beta, encoder.layer_norm_epsilon)
        else:
            hidden = no_norm(words, self.gamma, self.beta)
        hidden = ops.cast(hidden, encoder.compute_dtype)
        hidden = dropout(hidden, encoder.dropout, encoder._seeds) if training and encoder.dropout > 0 else hidden
        return hidden if self.projection is None or encoder.mobile is not None else self._projected(hidden)

    def _projected(self, rows: Any) -> Any:
        kernel, bias = (ops.cast(weight, rows.dtype) for weight in self.projection)
        return ops.add(ops.matmul(rows, kernel), bias)

    def _between_neighbours(self, words: Any, mask: Any, positions: Any, length: Any) -> Any:
        """[batch * seq_length, 3 * width]: the row of the next token, the token's own, and that of the one before.

        Zeros stand for what is outside the row, and in packed rows for tokens of other texts and for padding.
        """
        words = ops.reshape(words, (-1, length, self.width))
        after, before = words[:, 1:], words[:, :-1]
        if positions is not None:
            follows = ops.cast((positions[:, 1:] > 0) & (mask[:, 1:] > 0), words.dtype)[:, :, None]
            after, before = after * follows, before * follows
        after = ops.pad(after, ((0, 0), (0, 1), (0, 0)))
        before = ops.pad(before, ((0, 0), (1, 0), (0, 0)))
        return ops.reshape(ops.concatenate([after, words, before], axis=-1), (-1, 3 * self.width))

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

    def _wide(self, name: str, rows: int | None, initializer: Any = None, width: int | None = None) -> keras.Variable:
        """float32 at any policy: rows are cast, not the table."""
        width = width or self._summed
        shape = (width,) if rows is None else (rows, width)
        weight = self._encoder.add_weight(shape, initializer or self._normal(), name=name, autocast=False)
        self.weights.append(weight)
        return weight

    def _projection(self) -> tuple[keras.Variable, keras.Variable]:
        rows = self.width if self._encoder.mobile is None else 3 * self.width
        shapes = {"kernel": (rows, self._encoder.hidden_size), "bias": (self._encoder.hidden_size,)}
        for part, shape in shapes.items():
            initializer = self._normal() if part == "kernel" else "zeros"
            self.weights.append(self._encoder.add_weight(shape, initializer, name=f"embedding_projection.{part}"))
        return tuple(self.weights[-2:])
