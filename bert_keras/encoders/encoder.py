"""`Encoder`: what the hub's encoders and the native one have in common. Imports no TensorFlow."""

import dataclasses
from typing import Any

import keras

from bert_keras import checks
from bert_keras.encoders.draw_again import draw_again
from bert_keras.encoders.layer_depths import layer_depths
from bert_keras.encoders.matching_weights import matching_weights
from bert_keras.features import DEFAULT_OUTPUT, FEATURE_NAMES, PLACES, POSITION_IDS
from bert_keras.foreign_names import foreign_features, foreign_names

INITIALIZER_RANGE = 0.02  # standard deviation of BERT's fresh weights
SIZES = "num_layers hidden_size num_heads intermediate_size vocab_size max_positions type_vocab_size".split()


@dataclasses.dataclass(frozen=True)
class EncoderConfig:
    """Sizes of an encoder, read from its weights. None where the weights do not tell.

    Args:
        num_layers, hidden_size, num_heads, intermediate_size: L, H, A and the feed-forward width.
        vocab_size, max_positions, type_vocab_size: rows of the three tables.
        parameters: numbers in all weights.
        embedding_size: width of the tables where that is another than hidden_size, else None.
    """

    num_layers: int | None
    hidden_size: int
    num_heads: int | None
    intermediate_size: int | None
    vocab_size: int | None
    max_positions: int | None
    type_vocab_size: int | None
    parameters: int
    embedding_size: int | None = None


class Encoder(keras.layers.Layer):
    """A Keras layer from the three features [batch, seq_length] to `pooled_output` and `sequence_output`.

    Called with `pooled_only=True` it returns `pooled_output` alone, for which a native encoder has less to work out.

    Attributes:
        config: an `EncoderConfig`.
        takes_pooled_only: whether calls have that argument, which a user's own layer may lack.
        takes_packed: whether rows may hold several texts, told apart by a fourth feature, `input_position_ids`; and
            whether texts of a row each are packed where the fourth is `packed_places`, of which calls with
            `pooled_only=True` give the pooled output of each text.
        tokenizer: the `bk.Tokenizer`, or another of the library's, that belongs to the weights; or None.
        source: the handle that the user gave for the weights, or None.
        layers_before: how many layers the weights had of which the first were kept; None where all are there.
        mlm_weights: the arrays of the masked-word head that came with the weights, as `transform/dense/kernel`, or
            None.
    """

    takes_pooled_only = True
    takes_packed = False
    tokenizer: Any = None
    source: str | None = None
    layers_before: int | None = None
    mlm_weights: dict[str, Any] | None = None

    def __init__(self, **kwargs: Any) -> None:
        checks.no_foreign(type(self).__name__, kwargs, foreign_names(type(self).__name__))
        super().__init__(**kwargs)

    @property
    def config(self) -> EncoderConfig:
        raise NotImplementedError

    def __repr__(self) -> str:
        config = self.config
        sizes = f"{config.num_layers} layers of {config.hidden_size}, {config.parameters:,} parameters"
        return f"<{type(self).__name__} '{self.source or self.name}': {sizes}>"

    def named_weights(self) -> dict[str, keras.Variable]:
        """Every weight under its TF-Hub name, e.g. `transformer/layer_0/self_attention/query/kernel`."""
        raise NotImplementedError

    def table_of_rows(self) -> keras.Variable | None:
        """The word table [vocab_size, width], if the encoder does no more with it in training than look its words up.

        A row of another word then has no gradient. None if it does more, or if that is not known.
        """
        return None

    def default_output(self, inputs: Any) -> Any:
        """The vector of each text, [batch, hidden_size], that the publisher calls `default`, without training.

        Raises:
            ValueError: if the encoder has no such output.
        """
        advice = "Encoders of sentences on TF-Hub, such as LaBSE, have it: load them without native=True."
        raise ValueError(checks.message("encoder", f"have the output '{DEFAULT_OUTPUT}'", self.name, advice))

    def freeze(self, *patterns: str) -> int:
        """Freezes weights by their TF-Hub names; returns how many weights that were.

        >>> encoder.freeze("embeddings", "transformer/layer_0/")
        21
        >>> encoder.freeze("embeddings,0-5")  # the three tables and their layer norm, and the first six layers
        101

        Args:
            *patterns: each one or several with commas between: the number of a layer, counted from 0, a range of
                layers, "0-5", or a part of the names.

        Raises:
            ValueError: if a pattern matches no weight.
        """
        frozen = matching_weights(self.tunable_weights(), patterns)
        for weight in frozen.values():
            weight.trainable = False
        return len(frozen)

    def train_only(self, *patterns: str) -> int:
        """Freezes all weights but those with such TF-Hub names; returns how many of these are trained.

        >>> encoder.train_only("bias", "beta")  # BitFit: every bias, those of the layer norms too
        98

        What was frozen before stays so.

        Args:
            *patterns: as for `freeze`.

        Raises:
            ValueError: if a pattern matches no weight.
        """
        trained = matching_weights(self.tunable_weights(), patterns)
        for name, weight in self.tunable_weights().items():
            weight.trainable = weight.trainable and name in trained
        return sum(weight.trainable for weight in trained.values())

    def tunable_weights(self) -> dict[str, keras.Variable]:
        """All that can be trained or frozen, by name: `named_weights`, and what is beside them for a time (LoRA)."""
        return self.named_weights()

    def layer_depths(self) -> dict[str, int]:
        """How far each weight is from the ids, by name: 0 for the embeddings, k + 1 for layer k, most for the pooler.

        Raises:
            ValueError: if the layers cannot be told apart by the names of their weights.
        """
        return layer_depths(self.tunable_weights(), self.config.num_layers)

    def reinitialize(self, layers: int, seed: int = 0) -> list[str]:
        """Gives the last layers, and the pooler, the random weights of a fresh BERT; returns their names.

        What pretraining put there is fitted to its own task, and a few rows may learn more without it (Zhang et al.,
        2021, https://arxiv.org/abs/2006.05987). Whether they do, a dev part tells.

        >>> names = encoder.reinitialize(2)  # the last two layers of 16 weights each, and the two of the pooler
        >>> len(names)
        34

        Args:
            layers: how many, from the last down.
            seed: of what is drawn, with the name of each weight: native and hub's encoders draw the same.

        Raises:
            ValueError: for more layers than there are, layers that cannot be told apart, or adapters of LoRA, beside
                which such weights would stay random.
        """
        depths = self.layer_depths()
        layers = checks.integer("layers", layers, 1, self.config.num_layers, "the encoder's layers")
        checks.integer("seed", seed, 0)
        if depths.keys() != self.named_weights().keys():
            advice = "Call reinitialize first, or encoder.merge_lora()."
            raise ValueError(checks.message("encoder", "have no adapters of LoRA", self.name, advice))
        deviation = getattr(self, "initializer_range", INITIALIZER_RANGE)
        last = self.config.num_layers - layers
        drawn = {name: weight for name, weight in self.named_weights().items() if depths[name] > last}
        draw_again(drawn, deviation, seed)
        return list(drawn)

    def get_config(self) -> dict[str, Any]:
        frozen = [name for name, weight in self.tunable_weights().items() if not weight.trainable]
        return {**super().get_config(), **({"frozen": frozen} if frozen and self.trainable else {})}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "Encoder":
        encoder = super().from_config({name: value for name, value in config.items() if name != "frozen"})
        encoder._freeze_exactly(config.get("frozen"))
        return encoder

    def _freeze_exactly(self, names: list[str] | None) -> None:
        """Freezes what a config says was frozen, and nothing else; None leaves all as it is."""
        for name, weight in self.tunable_weights().items() if names else ():
            weight.trainable = name not in names

    def save_assets(self, dir_path: str) -> None:
        """Writes the tokenizer's vocabulary into a `.keras` file; Keras calls it."""
        if self.tokenizer is not None:
            self.tokenizer.write(dir_path)

    def load_assets(self, dir_path: str) -> None:
        """Gives the encoder the tokenizer whose vocabulary a `.keras` file holds; Keras calls it."""
        # The imports of `text` stand inside functions, here and below: the native encoder stands without TensorFlow,
        # text does not.
        from bert_keras.text.written_tokenizer import written_tokenizer

        self.tokenizer = written_tokenizer(dir_path) or self.tokenizer

    def preprocessor(self, seq_length: int = 128, **options: Any) -> Any:
        """Strings to features of this encoder: a `Preprocessor` with its vocabulary; options are `Preprocessor`'s.

        Raises:
            ValueError: if the encoder has no tokenizer, or seq_length is beyond its position table.
        """
        from bert_keras.text.preprocessor import Preprocessor

        return Preprocessor(self._checked_tokenizer(seq_length), seq_length, **options)

    def question_preprocessor(self, seq_length: int = 384, **options: Any) -> Any:
        """Questions and contexts to windows: a `QuestionPreprocessor`, as `preprocessor` is one for texts."""
        from bert_keras.text.windows import QuestionPreprocessor

        return QuestionPreprocessor(self._checked_tokenizer(seq_length), seq_length, **options)

    def word_preprocessor(self, seq_length: int = 128) -> Any:
        """Sentences of words to windows: a `WordPreprocessor`, as `preprocessor` is one for texts."""
        from bert_keras.text.word_windows import WordPreprocessor

        return WordPreprocessor(self._checked_tokenizer(seq_length), seq_length)

    def _checked_tokenizer(self, seq_length: int) -> Any:
        if self.tokenizer is None:
            advice = (
                "None came with its weights: a SavedModel may lack a WordPiece vocabulary, and a new BertEncoder has "
                "none. Set `encoder.tokenizer = bk.Tokenizer(vocab_file, lower_case)`."
            )
            must = "have a tokenizer to make features from text"
            raise ValueError(checks.message("encoder", must, self.name, advice))
        check_seq_length(seq_length, self.config.max_positions, low=3)
        return self.tokenizer

    def check_features(self, inputs: Any) -> dict[str, Any]:
        """The features as a dict of tensors, from a dict or from a list of the three in TF-Hub's order.

        Raises:
            ValueError: if one is missing or there are more, if one is not [batch, seq_length], if their lengths differ
                or are beyond the position table. What is only known while a graph runs is `guard_ids`' to check.
        """
        if isinstance(inputs, (list, tuple)) and len(inputs) == len(FEATURE_NAMES):
            inputs = dict(zip(FEATURE_NAMES, inputs, strict=True))
        names = FEATURE_NAMES
        if self.takes_packed and isinstance(inputs, dict):
            names = (*FEATURE_NAMES, *[name for name in (POSITION_IDS, PLACES) if name in inputs][:1])
        if not isinstance(inputs, dict) or set(inputs) != set(names):
            received = sorted(inputs) if isinstance(inputs, dict) else type(inputs).__name__
            must = f"be a dict of {', '.join(FEATURE_NAMES)} or a list of the three in that order"
            named = foreign_features(received if isinstance(received, list) else [])
            advice = f"{named} `encoder.preprocessor(seq_length)` makes them.".strip()
            raise ValueError(checks.message("inputs", must, received, advice))
        features = {name: inputs[name] for name in names}
        for name, value in features.items():
            if _rank(value) not in (2, None):
                raise ValueError(checks.message(name, "have the shape [batch, seq_length]", tuple(value.shape)))
        tokens = {name: value for name, value in features.items() if name != PLACES}
        lengths = {name: value.shape[1] for name, value in tokens.items() if _rank(value) is not None}
        different = {length for length in lengths.values() if length is not None}
        if len(different) > 1:
            raise ValueError(checks.message("inputs", "have one seq_length", lengths))
        for length in different:
            check_seq_length(length, self.config.max_positions)
        return features


def check_seq_length(seq_length: Any, max_positions: int | None, low: int = 1) -> None:
    """Raises ValueError if `seq_length` is beyond the encoder's position table."""
    why = "the encoder's position table" if max_positions else ""
    checks.integer("seq_length", seq_length, low, max_positions, why)


def _rank(value: Any) -> int | None:
    """None where TensorFlow does not know it before the graph runs."""
    return value.shape.rank if hasattr(value.shape, "rank") else len(value.shape)
