"""`TextAnswers`: from texts to a classifier's answers, whatever gives the logits. Loads nothing heavy."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.features import REGRESSION, SINGLE_LABEL
from bert_keras.foreign_names import foreign_names
from bert_keras.text_classification.choose_columns import TEXT_NAMES
from bert_keras.text_classification.label_thresholds import label_thresholds
from bert_keras.text_classification.text_prediction import TextPrediction
from bert_keras.tuned.answer_frame import is_table
from bert_keras.tuned.answering import Answering
from bert_keras.tuned.check_text import check_text


class TextAnswers(Answering):
    """A classifier's answers to strings.

    Attributes:
        labels: names of the classes; None for regression.
        problem_type: what the logits mean, one of `features.PROBLEM_TYPES`.
    """

    options = ("abstain_below",)
    labels: tuple[str, ...] | None
    problem_type: str

    @property
    def columns(self) -> int:
        """How many texts each input is."""
        return len(self.config["text_columns"])

    @property
    def takes_pairs(self) -> bool:
        """Whether each input is two texts."""
        return self.columns == 2

    def thresholds(self, abstain_below: Any = None) -> np.ndarray | None:
        """float32 [labels], the least probability of a label that is said; None where all are.

        Args:
            abstain_below: as for a call.
        """
        chosen = self.config.get("abstain_below") if abstain_below is None else abstain_below
        return label_thresholds(chosen, self.labels, self.problem_type)

    @property
    def unlike_above(self) -> float | None:
        """The distance above which a text is unlike those that the model knows, and not labelled; None without such."""
        return None

    def _abstains(self, abstain_below: Any) -> bool:
        """Whether an answer may be that nothing is said."""
        return self.thresholds(abstain_below) is not None or self.unlike_above is not None

    def lines(self, rows: list[Any], abstain_below: Any = None) -> Iterator[dict[str, Any]]:
        abstains, tells = self._abstains(abstain_below), self.unlike_above is not None
        for row, answer in zip(rows, self(rows, abstain_below=abstain_below), strict=True):
            texts = {"text": row} if isinstance(row, str) else {"text": row[0], "text_pair": row[1]}
            unsure = {"unsure": answer.unsure} if abstains else {}
            unlike = {"unlike": answer.unlike, "distance": answer.distance} if tells else {}
            answered = {"label": answer.label, "score": answer.score, "probabilities": answer.probabilities}
            yield {**texts, **answered, **unsure, **unlike}

    @property
    def table_columns(self) -> dict[str, tuple[str, ...]]:
        own = self.config["text_columns"]  # those of a named task, as sentence1 and sentence2
        if len(own) == 2:
            return {"text": (own[0], "text"), "text_pair": (own[1], "text_pair")}
        return {"text": (own[0], *TEXT_NAMES)}

    def table_names(self, abstain_below: Any = None) -> tuple[str, ...]:
        abstains = self._abstains(abstain_below)
        if self.labels is None:
            return ("score",)
        score = ("score",) if self.problem_type == SINGLE_LABEL else ()
        unlike = () if self.unlike_above is None else ("unlike", "distance")
        head = ("label", *score, *(("unsure",) if abstains else ()), *unlike)
        taken = {"score", *head}
        return (*head, *(f"probability_{name}" if name in taken else name for name in self.labels))

    def table_values(self, rows: list[Any], abstain_below: Any = None) -> list[tuple[Any, ...]]:
        abstains, tells, found = self._abstains(abstain_below), self.unlike_above is not None, []
        for answer in self(rows, abstain_below=abstain_below):
            unlike = (answer.unlike, answer.distance) if tells else ()
            if self.labels is None:
                found.append((answer.score,))
            elif self.problem_type == SINGLE_LABEL:
                unsure = ((answer.unsure or (None,))[0],) if abstains else ()
                found.append((answer.label, answer.score, *unsure, *unlike, *answer.probabilities.values()))
            else:
                unsure = (list(answer.unsure),) if abstains else ()
                found.append((list(answer.label), *unsure, *unlike, *answer.probabilities.values()))
        return found

    @checks.answers(**foreign_names("TextPredictor"))
    def __call__(
        self, texts: Any, text_pairs: Any = None, *, abstain_below: Any = None
    ) -> TextPrediction | list[TextPrediction]:
        """The answer for a text (a str), or a list of them for a list.

        For a task on pairs: `predictor(text, pair)`, `predictor((text, pair))`, `predictor(texts, pairs)` or a list of
        (text, pair). An empty text is a text: its row is the two special tokens. Texts longer than the
        model's seq_length are cut or read in windows, as in training.

        A frame, a dict of columns or a data set gives a frame: see `to_frame`.

        Args:
            texts, text_pairs: as said.
            abstain_below: the least probability with which a label is said, in [0, 1]; of several labels also a dict
                of such by label. A label of less is not said, and named in `unsure`. 0 says all; None is what
                `bk.calibrate` chose for the folder, and all without that. Of a text that is unlike those that the model
                knows, where the folder tells that, nothing is said whatever the probability.

        Raises:
            TypeError: for what is no str, naming its place.
            ValueError: for a pair where the task has single texts, and the reverse; for lists of different lengths; for
                half a surrogate pair, which UTF-8 cannot express.
        """
        if is_table(texts) and text_pairs is None:
            return self.to_frame(texts, **({} if abstain_below is None else {"abstain_below": abstain_below}))
        thresholds = self.thresholds(abstain_below)
        one = isinstance(texts, (str, tuple))
        rows = _rows([texts] if one else texts, [text_pairs] if one and text_pairs is not None else text_pairs)
        answers = self._answers(*self._told(self._columns(rows)), thresholds)
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
                check_text(part, place)
            if len(parts) != len(names):
                must = f"be {len(names)} text{'s' * (len(names) > 1)} ({', '.join(names)}) for {self.config['task']}"
                raise ValueError(checks.message("texts", must, row, f"It is number {place}."))
        if len(names) == 1:
            return ([row if isinstance(row, str) else row[0] for row in rows],)
        return [row[0] for row in rows], [row[1] for row in rows]

    def _logits(self, columns: tuple[list[str], ...]) -> np.ndarray:
        """float32 [texts, num_classes] of a list of checked texts for each of the task's columns."""
        raise NotImplementedError

    def _probabilities(self, columns: tuple[list[str], ...]) -> np.ndarray:
        """float32 [texts, num_classes], what the logits mean."""
        raise NotImplementedError

    def _told(self, columns: tuple[list[str], ...]) -> tuple[np.ndarray, np.ndarray | None]:
        """`_probabilities`, and float32 [texts], the distances, where there is an `unlike_above`."""
        return self._probabilities(columns), None

    def _answers(
        self, probabilities: np.ndarray, distances: np.ndarray | None, thresholds: np.ndarray | None
    ) -> list[TextPrediction]:
        if self.problem_type == REGRESSION:
            return [TextPrediction(None, float(row[0]), None) for row in probabilities]
        least = np.zeros(len(self.labels), "float32") if thresholds is None else thresholds
        far = [None] * len(probabilities) if distances is None else map(float, distances)
        answers = []
        for row, is_sure, distance in zip(probabilities, probabilities >= least, far, strict=True):
            named = {name: float(value) for name, value in zip(self.labels, row, strict=True)}
            unlike = distance is not None and distance > self.unlike_above
            is_sure = is_sure & (not unlike)
            if self.problem_type == SINGLE_LABEL:
                best = int(row.argmax())
                name = self.labels[best]
                said = (name, ()) if is_sure[best] else (None, (name,))
                answers.append(TextPrediction(said[0], float(row[best]), named, said[1], unlike, distance))
            else:
                would = [(name, sure) for name, sure in zip(self.labels, is_sure, strict=True) if named[name] >= 0.5]
                said = tuple(name for name, sure in would if sure)
                unsure = tuple(name for name, sure in would if not sure)
                answers.append(TextPrediction(said, None, named, unsure, unlike, distance))
        return answers


def _rows(texts: Any, text_pairs: Any) -> list[Any]:
    """The inputs, one entry each: a text, or a tuple of its texts."""
    named = {"texts": texts} if text_pairs is None else {"texts": texts, "text_pairs": text_pairs}
    for name, column in named.items():
        if isinstance(column, (str, bytes, dict)) or not isinstance(column, Iterable):
            raise TypeError(checks.message(name, "be a str or a list of them", column))
    columns = [list(column) for column in named.values()]
    if len(columns) == 1:
        return columns[0]
    if len(columns[0]) != len(columns[1]):
        must = f"have as many entries as `texts`, which has {len(columns[0])}"
        raise ValueError(checks.message("text_pairs", must, len(columns[1])))
    return list(zip(*columns, strict=True))
