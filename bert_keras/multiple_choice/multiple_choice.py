"""`MultipleChoice`: which of several texts goes with a prompt: an encoder, dropout, and one number for each choice."""

from typing import Any

import keras
from keras import ops

from bert_keras import checks
from bert_keras.features import FEATURE_NAMES, SINGLE_LABEL
from bert_keras.models.head_dropout import HeadDropout
from bert_keras.models.targets import guard_targets
from bert_keras.models.task_model import TaskModel


@keras.saving.register_keras_serializable(package="bert_keras")
class MultipleChoice(TaskModel):
    """The right one of several choices, as BERT was tuned on SWAG (Devlin et al., 2018, section 4.4).

    Each choice is a row of its own, [CLS] prompt [SEP] choice [SEP], and gets one number from its pooled output;
    softmax is over the choices. Called on the three features [batch, choices, seq_length] it returns logits
    [batch, choices]; on those of single pairs, [rows, seq_length], it is [rows, 1]. No weight depends on the number of
    choices.

    >>> data = bk.load_choices("swag_folder", encoder)
    >>> model = bk.MultipleChoice(encoder, num_choices=data.num_choices)
    >>> model.fit(data.train, validation_data=data.validation, epochs=3)

    Args:
        encoder: `bk.load_encoder(...)` or `bk.BertEncoder(...)`.
        num_choices: of each row in training; labels are int [batch], from 0 to num_choices - 1.
        dropout: rate in [0, 1) on the pooled output.
        seed: of the head's weights and its dropout; None draws from Keras' global seed.
    """

    kind = "multiple_choice"
    settings = ("num_choices", "dropout", "seed")

    def __init__(
        self,
        encoder: keras.layers.Layer,
        num_choices: int = 4,
        dropout: float = 0.1,
        seed: int | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, **kwargs)
        self.num_choices = checks.integer("num_choices", num_choices, 2)
        self.dropout = checks.number("dropout", dropout, 0.0, 0.999)
        self.seed = seed
        self.head_dropout = HeadDropout(dropout, seed)
        normal = keras.initializers.TruncatedNormal(stddev=0.02, seed=seed)
        self.scorer = keras.layers.Dense(1, kernel_initializer=normal, name="scorer", dtype="float32")
        self.scorer.build((None, self.encoder.config.hidden_size))
        self.compile()
        self.built = True

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        if isinstance(inputs, (list, tuple)) and len(inputs) == len(FEATURE_NAMES):
            inputs = dict(zip(FEATURE_NAMES, inputs, strict=True))
        choices = 1
        if isinstance(inputs, dict):
            ranks = {name: len(column.shape) for name, column in inputs.items()}
            if set(ranks.values()) == {3}:
                choices = self.num_choices
                inputs = {name: self._rows(name, column) for name, column in inputs.items()}
        pooled = self.pooled_output(inputs, training)  # says what is wrong with other inputs
        return ops.reshape(self.scorer(self.head_dropout(pooled, training=training)), (-1, choices))

    def probabilities(self, logits: Any) -> Any:
        """Softmax over the choices, of the logits' shape."""
        return ops.softmax(logits, axis=-1)

    def default_loss(self) -> keras.losses.Loss:
        return keras.losses.SparseCategoricalCrossentropy(from_logits=True)

    def default_metrics(self) -> list[keras.metrics.Metric]:
        return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]

    def check_targets(self, name: str, targets: Any) -> None:
        if isinstance(targets, dict):
            raise TypeError(checks.message(name, "be an array", sorted(targets), "Pass the labels themselves."))
        checks.class_numbers(name, targets, self.num_choices)

    def guard_targets(self, targets: Any, outputs: Any) -> Any:
        return guard_targets(targets, SINGLE_LABEL, self.num_choices)

    def _rows(self, name: str, column: Any) -> Any:
        """[batch, choices, seq_length] as [batch * choices, seq_length]."""
        if column.shape[1] not in (None, self.num_choices):
            must = f"have {self.num_choices} choices, the model's num_choices: the shape [batch, choices, seq_length]"
            raise ValueError(checks.message(name, must, tuple(column.shape)))
        return ops.reshape(column, (-1, ops.shape(column)[2]))
