"""`metrics_on_logits`: Keras' metrics of classes, on the logits that models here give and the labels that they take."""

from typing import Any

import keras
from keras import ops

from bert_keras import checks
from bert_keras.features import MULTI_LABEL, REGRESSION, SINGLE_LABEL, UNLABELLED

_METRICS = keras.metrics
# Of one probability, that a row is of the class, or of a column for each class.
_OF_PROBABILITIES = (
    *(_METRICS.AUC, _METRICS.Precision, _METRICS.Recall, _METRICS.BinaryAccuracy, _METRICS.BinaryCrossentropy),
    *(_METRICS.TruePositives, _METRICS.TrueNegatives, _METRICS.FalsePositives, _METRICS.FalseNegatives),
    *(_METRICS.PrecisionAtRecall, _METRICS.RecallAtPrecision, _METRICS.BinaryIoU),
    *(_METRICS.SensitivityAtSpecificity, _METRICS.SpecificityAtSensitivity),
)
# Of the columns alone, with rows of 0 and 1 as labels.
_OF_COLUMNS = (
    *(_METRICS.F1Score, _METRICS.FBetaScore, _METRICS.CategoricalAccuracy, _METRICS.TopKCategoricalAccuracy),
    *(_METRICS.CategoricalCrossentropy, _METRICS.OneHotIoU, _METRICS.OneHotMeanIoU, _METRICS.KLDivergence),
)
# Of the columns, with the class's number as label.
_OF_CLASSES = (
    *(_METRICS.SparseCategoricalAccuracy, _METRICS.SparseTopKCategoricalAccuracy),
    _METRICS.SparseCategoricalCrossentropy,
)
_OF_NUMBERS = (_METRICS.IoU, _METRICS.MeanIoU)  # of classes, both
_ALL = (*_OF_PROBABILITIES, *_OF_COLUMNS, *_OF_CLASSES, *_OF_NUMBERS)
_LIKE_LOGITS = _OF_CLASSES[:2]  # which give the same for logits as for probabilities
_NAMES = (
    "accuracy",
    "auc",
    "precision",
    "recall",
    "f1_score",
    "fbeta_score",
    "binary_accuracy",
    "categorical_accuracy",
)
_KNOWN_AS = {"f1": "f1_score", "roc_auc": "auc"}


def metrics_on_logits(metrics: Any, problem_type: str, own: Any, of_tokens: bool = False) -> Any:
    """The metrics that are meant.

    Keras' metrics take what they are given for probabilities, and most of them want rows of 0 and 1 as labels, not the
    numbers of classes. On the model's logits they count wrong, or end in a graph's words.

    Args:
        metrics: as `compile` takes them: names, objects, lists, dicts by output. What is no metric of classes of Keras'
            own stays as it is.
        problem_type: one of `features.PROBLEM_TYPES`.
        own: the metric that the task has by itself, or several, of which "accuracy" is the first; a dict by output
            where the model has several outputs.
        of_tokens: whether labels are [batch, tokens], -1 where a token has none.

    Raises:
        ValueError: for an unknown name, a metric of classes in regression, or one that takes the likeliest class for
            the only one where a text has several labels.
    """
    if isinstance(own, dict):  # the places of tokens
        by_output = metrics if isinstance(metrics, dict) else dict.fromkeys(own, metrics) if _all_names(metrics) else {}
        made = {
            name: metrics_on_logits(part, problem_type, own.get(name), of_tokens) for name, part in by_output.items()
        }
        _check_of_places(made)
        return made or metrics
    if isinstance(metrics, dict):
        return {name: metrics_on_logits(part, problem_type, own, of_tokens) for name, part in metrics.items()}
    if isinstance(metrics, (list, tuple)):
        return [metrics_on_logits(part, problem_type, own, of_tokens) for part in metrics]
    return _on_logits(metrics, problem_type, own, of_tokens)


def labelled_tokens(y_true: Any, y_pred: Any, sample_weight: Any = None) -> tuple[Any, Any, Any]:
    """Labels [batch, tokens] and logits [batch, tokens, classes] laid end to end, and weights: 0 without a label.

    Of [batch, tokens] Keras takes the means of rows, which weighs batches by their length.
    """
    is_labelled = ops.not_equal(y_true, UNLABELLED)
    weight = ops.cast(is_labelled, "float32")
    if sample_weight is not None:
        weight = weight * ops.cast(of_tokens(sample_weight), "float32")
    classes = ops.reshape(ops.where(is_labelled, y_true, 0), (-1,))
    return classes, ops.reshape(y_pred, (-1, y_pred.shape[-1])), ops.reshape(weight, (-1,))


def of_tokens(sample_weight: Any) -> Any:
    """Weights of rows [batch] as [batch, 1]: Keras would lay them on the tokens."""
    if sample_weight is None or len(sample_weight.shape) != 1:
        return sample_weight
    return ops.expand_dims(sample_weight, -1)


@keras.saving.register_keras_serializable(package="bert_keras")
class OnLogits(keras.metrics.Metric):
    """A metric of Keras, of the probabilities that logits mean.

    With two classes a metric of one probability, such as `AUC` or `Precision`, is given that of class 1, as
    scikit-learn counts. With more, or where it has a `class_id`, it is given a column for each class, and rows of 0 and
    1 as labels; Keras counts the columns together.

    Args:
        metric: of Keras; logs have its name.
        problem_type: "single_label_classification", labels int [batch], or "multi_label_classification", labels 0 or 1
            [batch, classes].
        of_tokens: whether labels are int [batch, tokens] and logits [batch, tokens, classes]; tokens without a label,
            -1, count nowhere.
    """

    def __init__(
        self, metric: keras.metrics.Metric, problem_type: str = SINGLE_LABEL, of_tokens: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**{"name": metric.name, **kwargs})
        self.metric = metric
        self.problem_type = problem_type
        self.of_tokens = of_tokens

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Counts a batch: its labels, logits, and weights [batch] or None."""
        if self.of_tokens:
            y_true, y_pred, sample_weight = labelled_tokens(y_true, y_pred, sample_weight)
        if self.problem_type == MULTI_LABEL:
            y_pred = y_pred if self._wants_logits() else ops.sigmoid(y_pred)
        else:
            y_true, y_pred = self._of_one_class(ops.reshape(ops.cast(y_true, "int32"), (-1,)), y_pred)
        self.metric.update_state(y_true, y_pred, sample_weight=sample_weight)

    def result(self) -> Any:
        """The metric's own."""
        return self.metric.result()

    def reset_state(self) -> None:
        """Starts anew."""
        self.metric.reset_state()

    def get_config(self) -> dict[str, Any]:
        made = keras.saving.serialize_keras_object(self.metric)
        return {**super().get_config(), "metric": made, "problem_type": self.problem_type, "of_tokens": self.of_tokens}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> "OnLogits":
        return cls(**{**config, "metric": keras.saving.deserialize_keras_object(config["metric"])})

    def _of_one_class(self, y_true: Any, logits: Any) -> tuple[Any, Any]:
        """Labels and predictions in the metric's form, of class numbers [batch] and logits [batch, classes]."""
        classes = logits.shape[-1]
        if type(self.metric) in _OF_NUMBERS:
            return y_true, ops.argmax(logits, axis=-1)
        if type(self.metric) in _OF_CLASSES:
            return y_true, logits if self._wants_logits() else ops.softmax(logits, axis=-1)
        if type(self.metric) in _OF_PROBABILITIES:
            by_class = getattr(self.metric, "class_id", None) is not None or getattr(self.metric, "multi_label", False)
            if classes == 2 and not by_class:
                odds = logits[:, 1] - logits[:, 0]
                chances = odds if self._wants_logits() else ops.sigmoid(odds)
                if isinstance(self.metric, _METRICS.MeanMetricWrapper):  # the mean of a column is that of a row
                    return y_true[:, None], chances[:, None]
                return y_true, chances
            if self._wants_logits():  # one column against all others
                odds = ops.stack([_against_others(logits, number) for number in range(classes)], axis=-1)
                return ops.one_hot(y_true, classes), odds
        predictions = logits if self._wants_logits() else ops.softmax(logits, axis=-1)
        return ops.one_hot(y_true, classes), predictions

    def _wants_logits(self) -> bool:
        config = self.metric.get_config()
        return bool(config.get("from_logits", False))


def _against_others(logits: Any, number: int) -> Any:
    """[batch]: the logit of a class's probability, of logits [batch, classes]."""
    others = [logits[:, other] for other in range(logits.shape[-1]) if other != number]
    return logits[:, number] - ops.logsumexp(ops.stack(others, axis=-1), axis=-1)


def _on_logits(metric: Any, problem_type: str, own: Any, of_tokens: bool) -> Any:
    shown = repr(metric) if isinstance(metric, str) else type(metric).__name__
    if isinstance(metric, str):
        metric = _named(metric, problem_type, own)
    elif isinstance(metric, type) and metric in _ALL:
        metric = metric()
    if type(metric) not in _ALL:
        return metric
    if problem_type == REGRESSION:
        advice = "It is of classes. 'mean_absolute_error' and keras.metrics.R2Score() are of numbers."
        raise ValueError(checks.message("metrics", "be of numbers, one of which this model gives", shown, advice))
    if problem_type == MULTI_LABEL:
        _check_takes_several(metric, shown)
    if type(metric) in _LIKE_LOGITS and not of_tokens:
        return metric
    return OnLogits(metric, problem_type, of_tokens)


def _check_takes_several(metric: Any, shown: str) -> None:
    must = "count each of a text's labels: this one takes the likeliest for the only one"
    if isinstance(metric, _METRICS.FBetaScore):
        if metric.threshold is None:
            advice = f"keras.metrics.{type(metric).__name__}(average='micro', threshold=0.5) counts them."
            raise ValueError(checks.message("metrics", must, f"{type(metric).__name__}(threshold=None)", advice))
    elif type(metric) not in _OF_PROBABILITIES:
        advice = "keras.metrics.BinaryAccuracy(), AUC(multi_label=True) and F1Score(threshold=0.5) count them."
        raise ValueError(checks.message("metrics", must, shown, advice))


def _named(name: str, problem_type: str, own: Any) -> Any:
    """What a name means: "accuracy" is the task's own, any other Keras' metric of that name."""
    if name in ("accuracy", "acc") and problem_type != REGRESSION:
        first = own[0] if isinstance(own, (list, tuple)) else own
        return type(first).from_config({**first.get_config(), "name": name})
    try:
        found = _METRICS.get(name)
    except TypeError as error:  # arguments that it wants
        raise ValueError(checks.message("metrics", "be made where they want arguments", name, str(error))) from None
    except ValueError:
        near = checks.did_you_mean(_KNOWN_AS.get(name.lower(), name), _NAMES)
        advice = f"{near} bk.evaluate gives the task's official scores.".strip()
        raise ValueError(checks.message("metrics", "be metrics of Keras, by name or made", name, advice)) from None
    if not isinstance(found, _METRICS.Metric):  # a plain function
        return name
    return type(found).from_config({**found.get_config(), "name": name})


def _check_of_places(metrics: Any) -> None:
    for metric in keras.tree.flatten(metrics):
        if isinstance(metric, OnLogits) and type(metric.metric) is not _METRICS.SparseCategoricalCrossentropy:
            must = "be an accuracy, or of no classes, where labels are places of tokens"
            raise ValueError(checks.message("metrics", must, type(metric.metric).__name__))


def _all_names(metrics: Any) -> bool:
    names = [metrics] if isinstance(metrics, str) else metrics
    return isinstance(names, (list, tuple)) and bool(names) and all(isinstance(name, str) for name in names)
