"""`Predictor`: a tuned classifier, strings in, labels out."""

import dataclasses
from collections.abc import Iterable, Sequence
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from bert_keras import checks
from bert_keras.data.pipeline import BatchOrder
from bert_keras.evaluation.texts import decide
from bert_keras.features import REGRESSION, SINGLE_LABEL
from bert_keras.models.text_classifier import TextClassifier
from bert_keras.predictors.tuned_model import TunedModel
from bert_keras.text.length_steps import batch_logits
from bert_keras.text.preprocessor import Preprocessor

_SORTED_ROWS = 4096  # texts that are tokenized and sorted by length together
_RAGGED = tf.RaggedTensorSpec([None, None], tf.int32, ragged_rank=1)


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


class Predictor(TunedModel):
    """A tuned model on strings.

    >>> predictor = bk.load("runs/reviews")
    >>> predictor("Not once did it fail.")
    TextPrediction(label='positive', score=0.97, probabilities={...})

    Args:
        model: a `bk.TextClassifier` whose encoder has a tokenizer.
        config: of the model folder: `labels`, `text_columns`, `seq_length`, `task`; `long_text` and `max_windows`,
            without which texts are cut, as in folders of before there were windows.
        batch_size: texts that are run together.
    """

    def __init__(self, model: TextClassifier, config: dict[str, Any], batch_size: int = 32) -> None:
        super().__init__(model, config, batch_size)
        self.labels: tuple[str, ...] | None = None if config["labels"] is None else tuple(config["labels"])
        long = {name: config[name] for name in ("long_text", "max_windows") if name in config}
        self.preprocessor: Preprocessor = model.encoder.preprocessor(config["seq_length"], padding="longest", **long)
        # Of one signature: traced once, whatever the sizes of the batches.
        self._batch_logits = tf.function(self._run_batch, [_RAGGED, _RAGGED, tf.TensorSpec([None], tf.int64)])
        if keras.backend.backend() != "tensorflow":
            self._batch_logits = self._run_elsewhere

    @property
    def takes_pairs(self) -> bool:
        """Whether each input is two texts."""
        return len(self.config["text_columns"]) == 2

    def __call__(self, texts: Any, text_pairs: Any = None) -> TextPrediction | list[TextPrediction]:
        """The answer for a text (a str), or a list of them for a list.

        For a task on pairs: `predictor(text, pair)`, `predictor((text, pair))`, `predictor(texts, pairs)` or a list of
        (text, pair). An empty text is a text: its row is the two special tokens. Texts longer than the
        model's seq_length are cut or read in windows, as in training.

        Raises:
            TypeError: for what is no str, naming its place.
            ValueError: for a pair where the task has single texts, and the reverse; for lists of different lengths; for
                half a surrogate pair, which UTF-8 cannot express.
        """
        one = isinstance(texts, (str, tuple))
        rows = _rows([texts] if one else texts, [text_pairs] if one and text_pairs is not None else text_pairs)
        answers = self._answers(self._probabilities(self._columns(rows)))
        return answers[0] if one else answers

    def logits(self, texts: Sequence[str], text_pairs: Sequence[str] | None = None) -> np.ndarray:
        """float32 [texts, num_classes], in the order of the texts; batches are made by length."""
        return self._logits(self._columns(_rows(texts, text_pairs)))

    def probabilities(self, texts: Sequence[str], text_pairs: Sequence[str] | None = None) -> np.ndarray:
        """float32 [texts, num_classes]; the numbers themselves for regression."""
        return self._probabilities(self._columns(_rows(texts, text_pairs)))

    def _columns(self, rows: list[Any]) -> tuple[list[str], ...]:
        """Checked rows as one list of texts for each of the task's columns."""
        names = self.config["text_columns"]
        for place, row in enumerate(rows):
            parts = row if isinstance(row, (tuple, list)) else (row,)
            for part in parts:
                _check_text(part, place)
            if len(parts) != len(names):
                must = f"be {len(names)} text{'s' * (len(names) > 1)} ({', '.join(names)}) for {self.config['task']}"
                raise ValueError(checks.message("texts", must, row, f"It is number {place}."))
        if len(names) == 1:
            return ([row if isinstance(row, str) else row[0] for row in rows],)
        return [row[0] for row in rows], [row[1] for row in rows]

    def _probabilities(self, columns: tuple[list[str], ...]) -> np.ndarray:
        return decide(self.model, self._logits(columns))[1]

    def _logits(self, columns: tuple[list[str], ...]) -> np.ndarray:
        logits = np.zeros((len(columns[0]), self.model.num_classes), "float32")
        for start in range(0, len(logits), _SORTED_ROWS):
            part = logits[start : start + _SORTED_ROWS]
            ids = self.preprocessor.ragged(*(column[start : start + _SORTED_ROWS] for column in columns))
            for rows in BatchOrder(ids[0].row_lengths().numpy(), self.batch_size, shuffle=False).batches(0):
                part[rows] = np.asarray(self._batch_logits(*ids, tf.constant(rows, tf.int64)))
        return logits

    def _run_batch(self, word_ids: tf.RaggedTensor, type_ids: tf.RaggedTensor, rows: tf.Tensor) -> tf.Tensor:
        return self.model(self._features(word_ids, type_ids, rows), training=False)

    def _run_elsewhere(self, word_ids: tf.RaggedTensor, type_ids: tf.RaggedTensor, rows: tf.Tensor) -> np.ndarray:
        """As `_run_batch`, where the model is no part of TensorFlow's graph."""
        features = self._features(word_ids, type_ids, rows)
        return batch_logits(self.model, features, self.preprocessor.seq_length, self.preprocessor.tokenizer.pad_id)

    def _features(self, word_ids: tf.RaggedTensor, type_ids: tf.RaggedTensor, rows: tf.Tensor) -> dict[str, tf.Tensor]:
        return self.preprocessor.pad(tf.gather(word_ids, rows), tf.gather(type_ids, rows))

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


def _rows(texts: Any, text_pairs: Any) -> list[Any]:
    """The inputs, one entry each: a text, or a tuple of its texts."""
    given = {"texts": texts} if text_pairs is None else {"texts": texts, "text_pairs": text_pairs}
    for name, column in given.items():
        if isinstance(column, (str, bytes, dict)) or not isinstance(column, Iterable):
            raise TypeError(checks.message(name, "be a str or a list of them", column))
    columns = [list(column) for column in given.values()]
    if len(columns) == 1:
        return columns[0]
    if len(columns[0]) != len(columns[1]):
        must = f"have as many entries as `texts`, which has {len(columns[0])}"
        raise ValueError(checks.message("text_pairs", must, len(columns[1])))
    return list(zip(*columns, strict=True))


def _check_text(text: Any, place: int) -> None:
    if not isinstance(text, str):
        raise TypeError(checks.message("texts", "be str", text, f"It is number {place}."))
    try:
        text.encode("utf-8")
    except UnicodeEncodeError as error:
        advice = (
            f"Number {place} has half a surrogate pair at character {error.start}: decode it with errors='replace'."
        )
        raise ValueError(checks.message("texts", "be text that UTF-8 can express", text, advice)) from None
