"""`Evidence`: a model's answers to rows with labels, by which its confidence is calibrated and measured."""

import abc
import dataclasses
from typing import Any

import numpy as np

from bert_keras.metrics.calibration import calibration
from bert_keras.metrics.risk_coverage import risk_coverage


@dataclasses.dataclass(frozen=True, eq=False)
class Evidence(abc.ABC):
    """Answers to rows, at any temperature.

    Args:
        texts: of each row, all its texts; rows with equal texts belong together.
        row_of: int [answers], which row an answer is of; a sentence has an answer for each word.
        strata: int [rows], such as classes, of which each half gets its share.
        abstains: whether predictors of the kind can say nothing where they are not sure.
    """

    texts: list[tuple[str, ...]]
    row_of: np.ndarray
    strata: np.ndarray
    abstains: bool = dataclasses.field(default=False, kw_only=True)

    @property
    def of_labels(self) -> bool:
        """Whether an answer is any number of labels, each with a threshold of its own."""
        return False

    @abc.abstractmethod
    def check(self, chosen: np.ndarray) -> None:
        """Raises ValueError where answers, by bool [answers], do not tell how sure is too sure."""

    @abc.abstractmethod
    def loss(self, temperature: float, chosen: np.ndarray) -> float:
        """The log loss at a temperature, of answers, by bool [answers]: a mean."""

    @abc.abstractmethod
    def judged(self, temperature: float, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """float64 and bool [decisions]: how sure the model is of each, and whether it is right."""

    @abc.abstractmethod
    def given(self, temperature: float, chosen: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """As `judged`, of what the model says where it may abstain: once for all classes, or for each label."""

    def settings(self, config: dict[str, Any], temperature: float) -> dict[str, Any]:
        """What of a model folder's config is in the units of logits, once these are divided by the temperature."""
        return {}

    def error(self, temperature: float, chosen: np.ndarray) -> float:
        """The expected calibration error over 10 bins, in [0, 1]."""
        return calibration(*self.judged(temperature, chosen)).error

    def figures(self) -> dict[str, Any]:
        """`calibration` and `selective` of `Scores`, of the answers as they are; the latter may be None."""
        chosen = np.ones(len(self.row_of), bool)
        given = [np.concatenate(column) for column in zip(*self.given(1.0, chosen), strict=True)]
        selective = risk_coverage(*given) if len(given[0]) else None
        return {"calibration": calibration(*self.judged(1.0, chosen)), "selective": selective}
