"""`Interval`: how often something is done while a run trains, in steps or in time."""

import dataclasses
import re

from bert_keras import checks

_FORM = re.compile(r"(\d+(?:\.\d+)?) ?(steps?|minutes?|min)")
_EPOCH = "epoch"


@dataclasses.dataclass(frozen=True)
class Interval:
    """After so many steps, or after so many seconds; after neither where both are None.

    Args:
        steps: of training.
        seconds: of the clock.
    """

    steps: int | None = None
    seconds: float | None = None

    @classmethod
    def of(cls, name: str, words: str) -> "Interval":
        """What an argument says: "500 steps", "10 minutes", or "epoch" for an epoch's end alone.

        Raises:
            TypeError, ValueError: naming the argument `name`, for other words, no unit, parts of a step and nothing.
        """
        must = "be whole steps, as '500 steps', a time, as '10 minutes', or 'epoch' for the end of each epoch alone"
        if not isinstance(words, str):
            raise TypeError(checks.message(name, must, words))
        if words == _EPOCH:
            return cls()
        found = _FORM.fullmatch(words.strip())
        number = float(found[1]) if found else 0.0
        of_steps = found is not None and found[2].startswith("step")
        if not number or (of_steps and number % 1):
            raise ValueError(checks.message(name, must, words))
        return cls(steps=int(number)) if of_steps else cls(seconds=60.0 * number)

    def is_over(self, steps: int, seconds: float) -> bool:
        """Whether it is, after so many steps and seconds."""
        return (self.steps is not None and steps >= self.steps) or (
            self.seconds is not None and seconds >= self.seconds
        )


def interval_words(name: str, words: str) -> str:
    """Returns the words of an `Interval` if they are; TypeError or ValueError otherwise."""
    Interval.of(name, words)
    return words
