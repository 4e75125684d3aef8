"""`FalseAlarms`: from which distance on a text is called unlike those that a model knows, and what came of it."""

import dataclasses


@dataclasses.dataclass(frozen=True)
class FalseAlarms:
    """How many texts that are like those that the model knows are called unlike them.

    Args:
        promised: their share at most, above 0 and below 1.
        threshold: the distance; a text that is farther is called unlike.
        share: of the measured rows, the share that is called unlike, in [0, 1].
        rows: that were measured.
        ordinary_rows: on which the distance was fitted, of the half that is fitted on; on the others of it the
            threshold was chosen.
    """

    promised: float
    threshold: float
    share: float
    rows: int
    ordinary_rows: int
