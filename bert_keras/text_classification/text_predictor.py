"""`TextPredictor`: a tuned classifier, strings in, labels out."""

from typing import Any

import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.tables.glimpse import glimpse
from bert_keras.features import REGRESSION
from bert_keras.text.preprocessor import Preprocessor
from bert_keras.text_classification.logits_and_distance import LogitsAndDistance
from bert_keras.text_classification.text_answers import TextAnswers
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.text_classification.text_evaluator import decide
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors
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

    Attributes:
        network: what runs: the model, or with `know_ordinary` what says a distance, too.
    """

    needed = ("labels", "text_columns", "seq_length")
    _ordinary: OrdinaryVectors | None = None

    def __init__(self, model: TextClassifier, config: dict[str, Any], batch_size: int = 32, kind: Any = None) -> None:
        super().__init__(model, config, batch_size, kind)
        self.labels: tuple[str, ...] | None = None if config["labels"] is None else tuple(config["labels"])
        long = {name: config[name] for name in ("long_text", "max_windows") if name in config}
        self.preprocessor: Preprocessor = model.encoder.preprocessor(config["seq_length"], padding="longest", **long)
        self.know_ordinary(None)
        self.thresholds()  # says what is wrong with the config's own

    @property
    def problem_type(self) -> str:
        """What the model's logits mean."""
        return self.model.problem_type

    @property
    def unlike_above(self) -> float | None:
        return None if self._ordinary is None else self.config.get("unlike_above")

    def know_ordinary(self, ordinary: OrdinaryVectors | None) -> None:
        if ordinary is not None and self.problem_type == REGRESSION:
            must = "be null for a model of numbers, whose answers hold no label"
            raise ValueError(checks.message("unlike_above", must, self.config.get("unlike_above")))
        model, self._ordinary = self.model, ordinary
        self.network = model if ordinary is None else LogitsAndDistance(model, ordinary)
        self._batches = TextBatches(self.network, self.preprocessor, model.num_classes + (ordinary is not None))

    def reading_of(self, source: Any) -> dict[str, Any]:
        """As for any predictor; for a model that was trained on no file, its classes and the columns that it knows."""
        if "reading" in self.config or source is None:
            return super().reading_of(source)
        there = {name.lower(): name for name in glimpse(source).columns}
        known = [
            [there[name.lower()] for name in names if name.lower() in there] for names in self.table_columns.values()
        ]
        columns = {argument: own[0] for argument, own in zip(self.table_columns, known, strict=True) if own}
        names = None if self.labels is None else list(self.labels)
        return {"label_names": names, "problem_type": self.problem_type, **(columns if all(known) else {})}

    def check_fits(self, data: Any) -> None:
        own = self.config["text_columns"]
        if len(data.text_columns) != len(own):
            must = f"have {len(own)} text{'s' * (len(own) > 1)} a row, as what the model was trained on"
            advice = "bk.load_files(…, text='…', text_pair='…') says which they are."
            raise ValueError(checks.message("task", must, list(data.text_columns), advice))
        super().check_fits(data)

    def read(self, *texts: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor | None]:
        """Logits, and distances [texts] or None, in a graph: string tensors [texts], one for each of the columns."""
        outputs = self._batches.read(tf.constant(self.batch_size), *texts)
        return outputs[:, : self.model.num_classes], None if self.unlike_above is None else outputs[:, -1]

    def _told(self, columns: tuple[list[str], ...]) -> tuple[np.ndarray, np.ndarray | None]:
        outputs = self._batches(columns, self.batch_size)
        probabilities = decide(self.model, outputs[:, : self.model.num_classes])[1]
        return probabilities, None if self.unlike_above is None else outputs[:, -1]

    def _probabilities(self, columns: tuple[list[str], ...]) -> np.ndarray:
        return self._told(columns)[0]

    def _logits(self, columns: tuple[list[str], ...]) -> np.ndarray:
        return self._batches(columns, self.batch_size)[:, : self.model.num_classes]
