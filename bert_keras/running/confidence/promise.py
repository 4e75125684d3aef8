"""`Promise`: from which probability on a label is said, and what came of it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class Promise:
    """A label, or all of them, that is said only where the model is sure.

    Args:
        label: its name; None where one threshold is of all labels.
        threshold: the least probability; None where no threshold keeps the promise: the label is then never said.
        precision: of the measured rows, the share of what is said that is right; None where nothing is said.
        coverage: of the measured rows, the share of what would have been said that is said.
        said: how much is said in the measured rows.
    """

    label: str | None
    threshold: float | None
    precision: float | None
    coverage: float
    said: int
