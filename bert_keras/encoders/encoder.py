"""`Encoder`: what the hub's encoders and the native one have in common. Imports no TensorFlow."""

import dataclasses
from typing import Any

import keras

from bert_keras import checks
from bert_keras.features import FEATURE_NAMES


@dataclasses.dataclass(frozen=True)
class EncoderConfig:
    """Sizes of an encoder, read from its weights. None where the weights do not tell.

    Args:
        num_layers, hidden_size, num_heads, intermediate_size: L, H, A and the feed-forward width.
        vocab_size, max_positions, type_vocab_size: rows of the three tables.
        parameters: numbers in all weights.
    """

    num_layers: int | None
    hidden_size: int
    num_heads: int | None
    intermediate_size: int | None
    vocab_size: int | None
    max_positions: int | None
    type_vocab_size: int | None
    parameters: int


class Encoder(keras.layers.Layer):
    """A Keras layer from the three features [batch, seq_length] to `pooled_output` and `sequence_output`.

    Attributes:
        config: an `EncoderConfig`.
        tokenizer: the `bk.Tokenizer` that belongs to the weights, or None.
        source: the handle that the user gave for the weights, or None.
    """

    tokenizer: Any = None
    source: str | None = None

    @property
    def config(self) -> EncoderConfig:
        raise NotImplementedError

    def preprocessor(self, seq_length: int = 128, **options: Any) -> Any:
        """Strings to features of this encoder: a `Preprocessor` with its vocabulary; options are `Preprocessor`'s.

        Raises:
            ValueError: if the encoder has no tokenizer, or seq_length is beyond its position table.
        """
        # Imported here and nowhere else inside a function: the native encoder stands without TensorFlow, text does not.
        from bert_keras.text.preprocessor import Preprocessor

        if self.tokenizer is None:
            advice = "Its SavedModel carries no WordPiece vocabulary: set `encoder.tokenizer = bk.Tokenizer(vocab_file)`."
            raise ValueError(checks.message("encoder", "have a tokenizer to make features from text", self.name, advice))
        check_seq_length(seq_length, self.config.max_positions)
        return Preprocessor(self.tokenizer, seq_length, **options)

    def check_features(self, inputs: Any) -> dict[str, Any]:
        """The three features as a dict, from a dict or from a list in TF-Hub's order.

        Raises:
            ValueError: if one is missing, or there are more.
        """
        if isinstance(inputs, (list, tuple)) and len(inputs) == len(FEATURE_NAMES):
            return dict(zip(FEATURE_NAMES, inputs, strict=True))
        if not isinstance(inputs, dict) or any(name not in inputs for name in FEATURE_NAMES):
            received = sorted(inputs) if isinstance(inputs, dict) else type(inputs).__name__
            must = f"be a dict of {', '.join(FEATURE_NAMES)} or a list of the three in that order"
            raise ValueError(checks.message("inputs", must, received, "`encoder.preprocessor(seq_length)` makes them."))
        features = {name: inputs[name] for name in FEATURE_NAMES}
        length = features[FEATURE_NAMES[0]].shape[-1]
        if length is not None:
            check_seq_length(length, self.config.max_positions)
        return features


def check_seq_length(seq_length: Any, max_positions: int | None) -> None:
    """Raises ValueError if `seq_length` is beyond the encoder's position table."""
    high = max_positions if max_positions is not None else None
    checks.integer("seq_length", seq_length, 1, high, "the encoder's position table" if high else "")
