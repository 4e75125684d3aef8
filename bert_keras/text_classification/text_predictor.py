"""`TextPredictor`: a tuned classifier, strings in, labels out."""

from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text_classification.text_answers import TextAnswers
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_evaluator import decide
from bert_keras.tuned.predictor import Predictor
from bert_keras.tuned.text_batches import TextBatches


class TextPredictor(TextAnswers, Predictor):
    """A tuned classifier on strings.

    >>> predictor = bk.load("runs/reviews")
    >>> predictor("Not once did it fail.")
    TextPrediction(label='positive', score=0.97, probabilities={...})

    Args:
        model: a `bk.TextClassifier` whose encoder has a tokenizer.
        config: of the model folder: `labels`, `text_columns`, `seq_length`, `task`; `long_text` and `max_windows`,
            without which texts are cut, as in folders of before there were windows; `abstain_below`, where
            `bk.calibrate` chose one.
        batch_size, kind: as for `Predictor`.
    """

    needed = ("labels", "text_columns", "seq_length")

    def __init__(self, model: TextClassifier, config: dict[str, Any], batch_size: int = 32, kind: Any = None) -> None:
        super().__init__(model, config, batch_size, kind)
        self.labels: tuple[str, ...] | None = None if config["labels"] is None else tuple(config["labels"])
        long = {name: config[name] for name in ("long_text", "max_windows") if name in config}
        self.preprocessor: Preprocessor = model.encoder.preprocessor(config["seq_length"], padding="longest", **long)
        self._batches = TextBatches(model, self.preprocessor, model.num_classes)
        self.thresholds()  # says what is wrong with the config's own

    @property
    def problem_type(self) -> str:
        """What the model's logits mean."""
        return self.model.problem_type

    def read(self, *texts: tf.Tensor) -> tf.Tensor:
        """As `logits`, in a graph: string tensors [texts], one for each of the task's columns."""
        return self._batches.read(tf.constant(self.batch_size), *texts)

    def _probabilities(self, columns: tuple[list[str], ...]) -> np.ndarray:
        return decide(self.model, self._logits(columns))[1]

    def _logits(self, columns: tuple[list[str], ...]) -> np.ndarray:
        return self._batches(columns, self.batch_size)
