"""`SpanEvidence`: the answers of a model that finds answers in texts, by which its confidence is calibrated."""

import dataclasses
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.tuned.evidence import Evidence

_LEAST = 1e-12  # of a probability whose logarithm is taken


@dataclasses.dataclass(frozen=True, eq=False)
class SpanEvidence(Evidence):
    """What is shared out among the best spans of each question, and which of them is the answer.

    Args:
        logits: float [questions, spans + 1], the last of "no answer"; -inf where there is none.
        chosen: int [questions], the column of the answer that the model gives.
        is_right: bool [questions], whether that is exactly right.
    """

    logits: np.ndarray
    chosen: np.ndarray
    is_right: np.ndarray

    def check(self, chosen: np.ndarray) -> None:
        right = self.is_right[chosen]
        if right.all() or not right.any():
            advice = "Where all answers are right, or none is, nothing tells how sure is too sure: pass more questions."
            raise ValueError(checks.message("data", "have answers that are right and that are wrong", None, advice))

    def loss(self, temperature: float, chosen: np.ndarray) -> float:
        """Of whether the answer that is given is right."""
        shares, is_right = self.judged(temperature, chosen)
        return float(-np.log(np.where(is_right, shares, 1.0 - shares).clip(_LEAST)).mean())

    def judged(self, temperature: float, chosen: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        logits, given = self.logits[chosen].astype("float64") / temperature, self.chosen[chosen]
        shares = np.exp(logits[np.arange(len(given)), given] - np.logaddexp.reduce(logits, axis=1))
        return shares.clip(0.0, 1.0), self.is_right[chosen]

    def given(self, temperature: float, chosen: np.ndarray) -> list[tuple[np.ndarray, np.ndarray]]:
        return [self.judged(temperature, chosen)]

    def settings(self, config: dict[str, Any], temperature: float) -> dict[str, Any]:
        threshold = config.get("null_threshold")
        return {} if threshold is None else {"null_threshold": threshold / temperature}
