"""`Scores`: metrics, with what they are of."""

from typing import Any


class Scores(dict):
    """Floats by metric name, as a dict has them.

    >>> scores = bk.evaluate(predictor.model, predictor.task_data("validation"))
    >>> scores["accuracy"], scores.rows, scores.which
    (0.9, 60, 'of reviews.csv, held out in training')

    >>> scores.classes["good"]["recall"], scores.confusion
    (0.95, array([[25,  3], [ 1, 31]]))

    Attributes:
        part: "train", "validation" or "test".
        rows: how many: texts, questions, sentences, prompts.
        which: which rows of a user's own files these are, in words; "" where that needs no words.
        classes: of a classifier, by the name of each class, `precision`, `recall`, `f1`, `support` (rows that have
            it), `roc_auc` and `average_precision` of it against all others, as scikit-learn counts them; {} else.
        confusion: int64 [classes, classes], in the order of `classes`: how many rows of the class of a row were given
            that of a column; None where a row may have several, and for what is no classifier.
        calibration: whether the model knows how often it is right, of a classifier: `calibration.error` is the
            expected calibration error, in [0, 1]; see `bert_keras.metrics.calibration`. None else.
        selective: what is left of its mistakes where it answers only what it is surest of: `selective.area` under the
            curve of risk and coverage, and `selective.coverage_at(0.95)`; see `bert_keras.metrics.risk_coverage`. Of
            several labels it is of those that rows were given. None else.
    """

    def __init__(
        self,
        metrics: dict[str, float],
        part: str,
        rows: int,
        which: str = "",
        classes: dict[str, dict[str, float]] | None = None,
        confusion: Any = None,
        calibration: Any = None,
        selective: Any = None,
    ) -> None:
        super().__init__(metrics)
        self.part = part
        self.rows = rows
        self.which = which
        self.classes = classes or {}
        self.confusion = confusion
        self.calibration = calibration
        self.selective = selective

    def __reduce__(self) -> tuple:
        details = self.classes, self.confusion, self.calibration, self.selective
        return type(self), (dict(self), self.part, self.rows, self.which, *details)

    @property
    def of(self) -> str:
        """What the metrics are of, in a line."""
        return f"{self.part}: {self.rows:,} rows {self.which}".rstrip()
