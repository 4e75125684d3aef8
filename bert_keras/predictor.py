"""`load` and `Predictor`: a model folder, strings in, answers out."""

import dataclasses
import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.pipeline import make_split
from bert_keras.evaluation import decide
from bert_keras.features import REGRESSION, SINGLE_LABEL
from bert_keras.model_folder import load_model
from bert_keras.models.text_classifier import TextClassifier
from bert_keras.text.preprocessor import Preprocessor


@dataclasses.dataclass(frozen=True)
class TextPrediction:
    """The answer for one text or pair.

    Args:
        label: the class's name; a tuple of names for several labels; None for regression.
        score: the probability of `label`; the number itself for regression; None for several labels.
        probabilities: by label name; None for regression.
    """

    label: str | tuple[str, ...] | None
    score: float | None
    probabilities: dict[str, float] | None


class Predictor:
    """A tuned model on strings.

    >>> predictor = bk.load("runs/reviews")
    >>> predictor("Not once did it fail.")
    TextPrediction(label='positive', score=0.97, probabilities={...})

    Args:
        model: a `bk.TextClassifier` whose encoder has a tokenizer.
        config: of the model folder: `labels`, `text_columns`, `seq_length`, `task`.
        batch_size: texts that are run together.
    """

    def __init__(self, model: TextClassifier, config: dict[str, Any], batch_size: int = 32) -> None:
        self.model = model
        self.config = config
        self.batch_size = checks.integer("batch_size", batch_size, 1)
        self.labels: tuple[str, ...] | None = None if config["labels"] is None else tuple(config["labels"])
        self.preprocessor: Preprocessor = model.encoder.preprocessor(config["seq_length"], padding="longest")
        self._logits = tf.function(lambda features: model(features, training=False), reduce_retracing=True)

    @property
    def takes_pairs(self) -> bool:
        """Whether each input is two texts."""
        return len(self.config["text_columns"]) == 2

    def __call__(self, texts: Any, text_pairs: Any = None) -> TextPrediction | list[TextPrediction]:
        """The answer for a text (a str), or a list of them for a list.

        For a task on pairs: `predictor(text, text_pair)`, `predictor(texts, text_pairs)` or a list of (text, pair).
        An empty text is a text: its row is the two special tokens.

        Raises:
            TypeError: for what is no str, naming its place.
            ValueError: for a pair where the task has single texts, and the reverse.
        """
        one = isinstance(texts, str) or (isinstance(texts, tuple) and len(texts) == 2 and isinstance(texts[0], str))
        columns = self._columns([texts] if one else texts, [text_pairs] if one and text_pairs is not None else text_pairs)
        answers = self._answers(self.probabilities(*columns))
        return answers[0] if one else answers

    def logits(self, texts: Sequence[str], text_pairs: Sequence[str] | None = None) -> np.ndarray:
        """float32 [texts, num_classes], in the order of the texts; batches are made by length."""
        columns = (list(texts),) if text_pairs is None else (list(texts), list(text_pairs))
        if not columns[0]:
            return np.zeros((0, self.model.num_classes), "float32")
        split = make_split(Examples(columns, None, np.arange(len(columns[0])), "the texts"), self.preprocessor)
        order = split.order(self.batch_size)
        logits = np.zeros((len(split), self.model.num_classes), "float32")
        for rows, features in zip(order.batches(0), split.dataset(order), strict=True):
            logits[rows] = self._logits(features).numpy()
        return logits

    def probabilities(self, texts: Sequence[str], text_pairs: Sequence[str] | None = None) -> np.ndarray:
        """float32 [texts, num_classes]; the numbers themselves for regression."""
        return decide(self.model, self.logits(texts, text_pairs))[1]

    def _columns(self, texts: Iterable[Any], text_pairs: Iterable[Any] | None) -> tuple[list[str], ...]:
        rows = list(texts)
        if text_pairs is not None:
            rows = list(zip(rows, text_pairs, strict=True))
        names = self.config["text_columns"]
        for place, row in enumerate(rows):
            parts = row if isinstance(row, (tuple, list)) else (row,)
            if len(parts) != len(names):
                must = f"be {len(names)} text{'s' * (len(names) > 1)} ({', '.join(names)}) for {self.config['task']}"
                raise ValueError(checks.message("texts", must, row, f"It is number {place}."))
            for part in parts:
                if not isinstance(part, str):
                    raise TypeError(checks.message("texts", "be str", part, f"It is number {place}."))
        if len(names) == 1:
            return ([row if isinstance(row, str) else row[0] for row in rows],)
        return [row[0] for row in rows], [row[1] for row in rows]

    def _answers(self, probabilities: np.ndarray) -> list[TextPrediction]:
        if self.model.problem_type == REGRESSION:
            return [TextPrediction(None, float(row[0]), None) for row in probabilities]
        answers = []
        for row in probabilities:
            named = {name: float(value) for name, value in zip(self.labels, row, strict=True)}
            if self.model.problem_type == SINGLE_LABEL:
                best = int(row.argmax())
                answers.append(TextPrediction(self.labels[best], float(row[best]), named))
            else:
                chosen = tuple(name for name, value in named.items() if value >= 0.5)
                answers.append(TextPrediction(chosen, None, named))
        return answers


def load(folder: str | os.PathLike, batch_size: int = 32) -> Predictor:
    """A model folder as a predictor on strings.

    >>> bk.load("runs/reviews")("a text").label
    'positive'

    Raises:
        ValueError: if the folder is no whole model folder of this library.
    """
    model, config = load_model(folder)
    return Predictor(model, config, batch_size)
