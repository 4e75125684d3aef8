"""`RunRecord`: what is known of a run that was compared with others."""

import dataclasses
from typing import Any


@dataclasses.dataclass(frozen=True)
class RunRecord:
    """One contestant with one seed.

    Args:
        name: of the contestant.
        seed: of the run.
        scores: dev metrics of the epoch that was kept, by name; without those that are no number, as a
            correlation with answers that are all alike; {} where training ended before there was one.
        unlearned: how it is known that the run learned nothing, as a sentence; "" where it did learn.
        seconds: of training and its evaluations; None of a run that was interrupted, where they are not known.
        memory: bytes, the most that was used at once while it ran: of the GPU where there is one, else of the process;
            None where the system does not tell.
        best_epoch: the number of the epoch that was kept, from 1; 0 for none.
        folder: the model folder, below the comparison's; None where it was not kept.
    """

    name: str
    seed: int
    scores: dict[str, float]
    unlearned: str
    seconds: float | None
    memory: int | None
    best_epoch: int
    folder: str | None

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)
