"""`TrialRecord`: what is known of a trial of a search."""

import dataclasses
import math
from typing import Any

from bert_keras.comparing.run_record import RunRecord

BEGUN, ENDED, STOPPED, FAILED = "begun", "ended", "stopped early", "failed"


@dataclasses.dataclass(frozen=True)
class TrialRecord:
    """Settings that were drawn, and what became of them.

    Args:
        number: from 0, in the order in which they were drawn.
        drawn: by field of the space, the number that was drawn, or the place in the list of its choices; a field that
            has no use beside the others is left out.
        state: "begun", "ended", "stopped early" (worse than the median of the others after as many epochs) or "failed".
        epochs: the dev metric after each epoch.
        why: why it failed, as a sentence.
        run: what is known of the run, where it ended.
    """

    number: int
    drawn: dict[str, float | int]
    state: str = BEGUN
    epochs: tuple[float, ...] = ()
    why: str = ""
    run: RunRecord | None = None

    @property
    def name(self) -> str:
        """For tables, and the name of its folder."""
        return f"trial-{self.number}"

    def to_dict(self) -> dict[str, Any]:
        """As JSON takes it, with None for a score that is no number."""
        return {**dataclasses.asdict(self), "epochs": [own if math.isfinite(own) else None for own in self.epochs]}

    @classmethod
    def from_dict(cls, noted: dict[str, Any]) -> "TrialRecord":
        run = None if noted["run"] is None else RunRecord(**noted["run"])
        return cls(
            **{**noted, "epochs": tuple(math.nan if own is None else own for own in noted["epochs"]), "run": run}
        )
