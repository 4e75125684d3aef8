"""`TokenClassifier`: an encoder, dropout, and one dense layer over its sequence output: a class for each token."""

from typing import Any

import keras

from bert_keras import checks
from bert_keras.models.head_dropout import HeadDropout
from bert_keras.models.labelled_tokens import TokenLabelModel


@keras.saving.register_keras_serializable(package="bert_keras")
class TokenClassifier(TokenLabelModel):
    """A class for each token: named entities, parts of speech and other tags of words (Devlin et al., 2018).

    Called on the three features [batch, seq_length] it returns logits [batch, seq_length, num_classes]. Labels are int
    [batch, seq_length], -1 for tokens without one. The loss is the mean cross-entropy over the labelled tokens of the
    batch: also in micro-batches, on several replicas and with static shapes each of them counts alike. The model is
    compiled with the recipe when it is made.

    >>> encoder = bk.load_encoder("bert_en_uncased_L-12_H-768_A-12")
    >>> data = bk.load_tagging({"train": "train.conll", "validation": "dev.conll"}, encoder)
    >>> model = bk.TokenClassifier(encoder, data.num_classes)
    >>> model.fit(data.train, epochs=3)
    >>> bk.evaluate(model, data)
    {'f1': ..., 'precision': ..., 'recall': ..., 'f1_LOC': ...}

    Args:
        encoder: `bk.load_encoder(...)` or `bk.BertEncoder(...)`.
        num_classes: columns of the logits, 2 or more.
        dropout: rate in [0, 1) on the sequence output.
        seed: of the head's weights and its dropout; None draws from Keras' global seed.
    """

    kind = "token_classification"
    settings = ("num_classes", "dropout", "seed")

    def __init__(
        self,
        encoder: keras.layers.Layer,
        num_classes: int,
        dropout: float = 0.1,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, **kwargs)
        self.num_classes = checks.integer("num_classes", num_classes, 2, why="as each token has one class of several")
        self.dropout = checks.number("dropout", dropout, 0.0, 0.999)
        self.seed = seed
        self.head_dropout = HeadDropout(dropout, seed)
        normal = keras.initializers.TruncatedNormal(stddev=0.02, seed=seed)
        self.classifier = keras.layers.Dense(num_classes, kernel_initializer=normal, name="classifier", dtype="float32")
        self.classifier.build((None, None, self.encoder.config.hidden_size))
        self.compile()
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        return self.classifier(self.head_dropout(self.sequence_output(inputs, training), training=training))

    @property
    def token_classes(self) -> int:
        return self.num_classes
