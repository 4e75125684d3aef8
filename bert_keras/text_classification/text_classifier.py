"""`TextClassifier`: an encoder, dropout, and one dense layer over a vector for each text."""

from functools import partial
from typing import Any, ClassVar

import keras
from keras import ops

from bert_keras import checks
from bert_keras.features import (
    FEATURE_NAMES,
    HEAD_POOLINGS,
    MASK,
    MULTI_LABEL,
    POOLED,
    PROBLEM_TYPES,
    REGRESSION,
    SINGLE_LABEL,
)
from bert_keras.foreign_names import FOREIGN_VALUES
from bert_keras.models.class_crossentropy import ClassCrossentropy, likeliest
from bert_keras.models.focal_crossentropy import FocalCrossentropy
from bert_keras.models.head_dropout import HeadDropout
from bert_keras.models.sequence_model import without_pooler
from bert_keras.models.targets import guard_targets
from bert_keras.models.task_model import TaskModel
from bert_keras.models.token_mean import mean_output
from bert_keras.models.two_passes import TwoPasses


@keras.saving.register_keras_serializable(package="bert_keras")
class TextClassifier(TaskModel):
    """Classes, several labels or a number for each text or pair of texts.

    Called on the three features [batch, seq_length] it returns logits [batch, num_classes]; `probabilities` turns them
    into what a user reads. On features [batch, windows, seq_length], of texts in windows, the logits are the mean over
    a text's windows (Sun et al., 2019); one whose mask is 0 everywhere is none. It is compiled with the recipe when it
    is made.

    >>> encoder = bk.load_encoder("bert_en_uncased_L-12_H-768_A-12")
    >>> model = bk.TextClassifier(encoder, num_classes=2)
    >>> data = bk.load_glue("mrpc", encoder)
    >>> model.fit(data.train, validation_data=data.validation, epochs=3)

    Args:
        encoder: `bk.load_encoder(...)` or `bk.BertEncoder(...)`.
        num_classes: columns of the logits; 1 for regression.
        problem_type: "single_label_classification" (categorical cross-entropy, labels int [batch], or float
            [batch, num_classes], the probabilities that a row should have; metrics take the likeliest class of those),
            "multi_label_classification" (binary cross-entropy, labels 0 or 1 [batch, num_classes]) or "regression"
            (mean squared error, labels float [batch]).
        dropout: rate in [0, 1) on what the dense layer reads.
        seed: of the head's weights and its dropout; None draws from Keras' global seed.
        pooling: what the dense layer reads: "pooled", the encoder's pooled output, or "mean", the mean over all tokens
            of the last layer, brought to the length sqrt(hidden_size): of `bk.embed`'s, the direction.
        r_drop: how much it counts in training how far apart two passes of the same texts are, which dropout makes
            different (R-Drop, Liang et al., 2021); 0 for one pass. It takes two passes a step, and their memory.
        focal: gamma of the focal loss (Lin et al., 2017), by which texts that are answered well count for little; 0
            for the cross-entropy.

    Raises:
        ValueError: for an argument that does not suit the problem, as `focal` regression.
    """

    kind = "text_classification"
    pooling = POOLED  # before Keras asks a model that is being made for its weights
    settings = ("num_classes", "problem_type", "dropout", "seed", "pooling", "r_drop", "focal")
    added_settings: ClassVar[dict[str, Any]] = {"pooling": POOLED, "r_drop": 0.0, "focal": 0.0}

    def __init__(
        self,
        encoder: keras.layers.Layer,
        num_classes: int = 2,
        problem_type: str = SINGLE_LABEL,
        dropout: float = 0.1,
        seed: int | None = None,
        pooling: str = POOLED,
        r_drop: float = 0.0,
        focal: float = 0.0,
        **kwargs: Any,
    ) -> None:
        super().__init__(encoder, **kwargs)
        self.problem_type = checks.one_of("problem_type", problem_type, PROBLEM_TYPES, FOREIGN_VALUES["problem_type"])
        self.num_classes = checks.integer("num_classes", num_classes, 1)
        if problem_type == SINGLE_LABEL:
            checks.integer("num_classes", num_classes, 2, why="as each text has one label of several")
        if problem_type == REGRESSION:
            checks.integer("num_classes", num_classes, 1, 1, "as regression gives one number")
        self.dropout = checks.number("dropout", dropout, 0.0, 0.999)
        self.seed = seed
        self.r_drop = checks.number("r_drop", r_drop, 0.0)
        self.focal = checks.number("focal", focal, 0.0)
        if focal and problem_type == REGRESSION:
            raise ValueError(checks.message("focal", "be 0 for regression, which has no classes", focal))
        self.pooling = checks.one_of("pooling", pooling, HEAD_POOLINGS)
        self.head_dropout = HeadDropout(dropout, seed)
        normal = keras.initializers.TruncatedNormal(stddev=0.02, seed=seed)
        self.classifier = keras.layers.Dense(num_classes, kernel_initializer=normal, name="classifier", dtype="float32")
        self.classifier.build((None, self.encoder.config.hidden_size))
        self.compile()
        self.built = True

    @property
    def trainable_weights(self) -> list[keras.Variable]:
        """The weights that `fit` trains: not the pooler's, where the head does not read it."""
        found = super().trainable_weights
        return found if self.pooling == POOLED else without_pooler(found, self.encoder)

    @property
    def trainable_variables(self) -> list[keras.Variable]:
        """The same weights."""
        found = super().trainable_variables
        return found if self.pooling == POOLED else without_pooler(found, self.encoder)

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        mask = _mask_of_windows(inputs)
        if mask is not None:
            rows = keras.tree.map_structure(lambda ids: ops.reshape(ids, (-1, ops.shape(ids)[-1])), inputs)
            return mean_over_windows(self.call(rows, training), mask)
        return self.classifier(self.head_dropout(self._read(inputs, training), training=training))

    def vectors(self, inputs: Any) -> Any:
        """float32 [batch, hidden_size], what the dense layer reads, without dropout: of windows the mean of theirs."""
        mask = _mask_of_windows(inputs)
        if mask is not None:
            rows = keras.tree.map_structure(lambda ids: ops.reshape(ids, (-1, ops.shape(ids)[-1])), inputs)
            return mean_over_windows(self.vectors(rows), mask)
        return ops.cast(self._read(inputs, False), "float32")

    def _read(self, inputs: Any, training: bool | None) -> Any:
        read = self.pooled_output if self.pooling == POOLED else partial(mean_output, self.encoder)
        return read(inputs, training)

    def probabilities(self, logits: Any) -> Any:
        """What the logits [batch, num_classes] mean: softmax, sigmoid, or the number itself; the same shape."""
        if self.problem_type == SINGLE_LABEL:
            return ops.softmax(logits, axis=-1)
        return ops.sigmoid(logits) if self.problem_type == MULTI_LABEL else logits

    def default_loss(self) -> keras.losses.Loss:
        loss = self._loss_of_a_pass()
        return TwoPasses(loss, self.problem_type, self.r_drop) if self.r_drop else loss

    def _loss_of_a_pass(self) -> keras.losses.Loss:
        if self.problem_type == SINGLE_LABEL:
            return FocalCrossentropy(self.focal) if self.focal else ClassCrossentropy(from_logits=True)
        if self.problem_type == REGRESSION:
            return keras.losses.MeanSquaredError()
        if self.focal:
            return keras.losses.BinaryFocalCrossentropy(gamma=self.focal, from_logits=True)
        return keras.losses.BinaryCrossentropy(from_logits=True)

    def compute_loss(
        self, x: Any = None, y: Any = None, y_pred: Any = None, sample_weight: Any = None, training: bool = True
    ) -> Any:
        """Keras' `compute_loss`; with `r_drop` of a second pass, too.

        Raises:
            ValueError: with `r_drop`, for a loss of the user's own.
        """
        if self.r_drop and training:
            if not isinstance(self.loss, TwoPasses):
                advice = "Leave the loss out of compile, or r_drop out of the model."
                raise ValueError(checks.message("loss", "be the model's own with r_drop", self.loss, advice))
            y_pred = ops.stack([y_pred, self(x, training=True)], axis=1)
        return super().compute_loss(x, y, y_pred, sample_weight, training)

    @property
    def crossentropy(self) -> str:
        names = {SINGLE_LABEL: "sparse_categorical_crossentropy", MULTI_LABEL: "binary_crossentropy"}
        return names.get(self.problem_type, "")

    def default_metrics(self) -> list[keras.metrics.Metric]:
        if self.problem_type == SINGLE_LABEL:
            return [keras.metrics.SparseCategoricalAccuracy(name="accuracy")]
        if self.problem_type == MULTI_LABEL:
            return [LogitsAccuracy(name="binary_accuracy")]
        return [keras.metrics.MeanAbsoluteError(name="mean_absolute_error")]

    def check_targets(self, name: str, targets: Any) -> None:
        if isinstance(targets, dict):
            raise TypeError(checks.message(name, "be an array", sorted(targets), "Pass the labels themselves."))
        if self.problem_type == SINGLE_LABEL:
            if targets.dtype.kind == "f" and targets.ndim == 2 and targets.shape[1] > 1:
                checks.shares(name, targets, self.num_classes)
            else:
                checks.class_numbers(name, targets, self.num_classes)
        elif self.problem_type == MULTI_LABEL:
            checks.zeros_and_ones(name, targets, self.num_classes)
        else:
            checks.finite_numbers(name, targets)

    def compute_metrics(self, x: Any, y: Any, y_pred: Any, sample_weight: Any = None) -> dict[str, Any]:
        """Keras' `compute_metrics`, of classes: of soft labels, the likeliest."""
        hard = likeliest(y, y_pred) if self.problem_type == SINGLE_LABEL else y
        return super().compute_metrics(x, hard, y_pred, sample_weight)

    def guard_targets(self, targets: Any, outputs: Any) -> Any:
        return guard_targets(targets, self.problem_type, self.num_classes)


def mean_over_windows(logits: Any, mask: Any) -> Any:
    """The mean of the logits, or of other numbers, of each text's windows.

    Args:
        logits: [texts * windows, num_classes].
        mask: int [texts, windows, tokens]; 0 everywhere in a window that is none. The first of a text always is one.

    Returns:
        [texts, num_classes].
    """
    real = ops.cast(ops.any(ops.not_equal(mask, 0), axis=-1), logits.dtype)
    weights = ops.concatenate([ops.ones_like(real[:, :1]), real[:, 1:]], axis=1)[:, :, None]
    apart = ops.reshape(logits, (-1, ops.shape(mask)[1], logits.shape[-1]))
    return ops.sum(apart * weights, axis=1) / ops.sum(weights, axis=1)


def _mask_of_windows(inputs: Any) -> Any:
    """The mask [texts, windows, tokens] where the features have that shape, None else: the encoder checks the rest."""
    features = dict(zip(FEATURE_NAMES, inputs, strict=False)) if isinstance(inputs, (list, tuple)) else inputs
    if not isinstance(features, dict) or any(len(ids.shape) != 3 for ids in features.values()):
        return None
    return features.get(MASK)


@keras.saving.register_keras_serializable(package="bert_keras")
class LogitsAccuracy(keras.metrics.BinaryAccuracy):
    """`keras.metrics.BinaryAccuracy` of logits. (Some releases of Keras refuse its threshold=0.)"""

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        super().update_state(y_true, ops.sigmoid(y_pred), sample_weight)
