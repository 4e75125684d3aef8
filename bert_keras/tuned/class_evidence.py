"""`ClassEvidence`: the answers of a model of classes, tags, choices or several labels."""

import dataclasses

import numpy as np

from bert_keras.metrics.log_loss import log_loss, tellable
from bert_keras.tuned.evidence import Evidence


@dataclasses.dataclass(frozen=True, eq=False)
class ClassEvidence(Evidence):
    """Logits and what is so.

    Args:
        logits: float [answers, classes].
        labels: int [answers], the class; or 0 and 1 [answers, classes], where an answer is any number of labels.
    """

    logits: np.ndarray
    labels: np.ndarray

    @property
    def of_labels(self) -> bool:
        return self.labels.ndim == 2

    def check(self, chosen: np.ndarray) -> None:
        tellable(self.logits[chosen], self.labels[chosen])

    def loss(self, temperature: float, chosen: np.ndarray) -> float:
        return log_loss(self.logits[chosen].astype("float64") / temperature, self.labels[chosen])

    def judged(self, temperature: float, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Of the class that has the most; of several labels, of each of a row's labels whether it has it."""
        logits, labels = self.logits[chosen].astype("float64") / temperature, self.labels[chosen]
        if labels.ndim == 2:
            return _sigmoid(logits).reshape(-1), labels.reshape(-1) == 1
        shares = np.exp(logits.max(axis=-1) - np.logaddexp.reduce(logits, axis=-1))
        return shares.clip(0.0, 1.0), logits.argmax(axis=-1) == labels

    def given(self, temperature: float, chosen: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        """Of several labels, for each the rows that it was given."""
        if not self.of_labels:
            return [self.judged(temperature, chosen)]
        shares = _sigmoid(self.logits[chosen].astype("float64") / temperature)
        pairs = zip(shares.T, self.labels[chosen].T == 1, strict=True)
        return [(own[own >= 0.5], has[own >= 0.5]) for own, has in pairs]


def _sigmoid(logits: np.ndarray) -> np.ndarray:
    return np.exp(-np.logaddexp(0.0, -logits))
