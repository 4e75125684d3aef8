"""`StepParts`: what a training step was traced with."""

from operator import is_
from typing import Any


class StepParts:
    """Objects, equal to the very same ones, and the training step that was traced with them, while it is put aside.

    Keras, which tracks what a model has lists of, does not see them.
    """

    def __init__(self, parts: list[Any]) -> None:
        self.parts = parts
        self.step: Any = None

    def __eq__(self, other: Any) -> bool:
        return (
            isinstance(other, StepParts)
            and len(self.parts) == len(other.parts)
            and all(map(is_, self.parts, other.parts))
        )
