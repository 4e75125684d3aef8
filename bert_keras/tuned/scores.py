"""`Scores`: metrics, with what they are of."""


class Scores(dict):
    """Floats by metric name, as a dict has them.

    >>> scores = bk.evaluate(predictor.model, predictor.task_data("validation"))
    >>> scores["accuracy"], scores.rows, scores.which
    (0.9, 60, 'of reviews.csv, held out in training')

    Attributes:
        part: "train", "validation" or "test".
        rows: how many: texts, questions, sentences, prompts.
        which: which rows of a user's own files these are, in words; "" where that needs no words.
    """

    def __init__(self, metrics: dict[str, float], part: str, rows: int, which: str = "") -> None:
        super().__init__(metrics)
        self.part = part
        self.rows = rows
        self.which = which

    def __reduce__(self) -> tuple:
        return type(self), (dict(self), self.part, self.rows, self.which)

    @property
    def of(self) -> str:
        """What the metrics are of, in a line."""
        return f"{self.part}: {self.rows:,} rows {self.which}".rstrip()
