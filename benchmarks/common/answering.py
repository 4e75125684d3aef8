"""`Answering`: a worker that answers texts, and how long it takes to."""

import time
from collections.abc import Callable
from typing import Any

import numpy as np

from common.channel import Channel

BATCH_SIZE = 64


class Answering:
    """A system from texts to numbers.

    Args:
        channel: to the conductor.
        make: `make(way, models, batch_size)` gives the function from texts to float32 [texts, columns].
        way, models: which of its ways, and the folder of the models.
    """

    def __init__(self, channel: Channel, make: Callable, way: str, models: str | None = None) -> None:
        self.channel = channel
        self.answers = make(way, models, BATCH_SIZE)

    def serve(self) -> None:
        self.channel.serve({"numbers": self.numbers, "one_by_one": self.one_by_one, "together": self.together})

    def numbers(self, texts: list[str]) -> list[list[float]]:
        """The numbers of texts."""
        return np.asarray(self.answers(texts), "float64").tolist()

    def one_by_one(self, texts: list[str]) -> list[float]:
        """Seconds of each text, asked alone."""
        return [self._seconds([text]) for text in texts]

    def together(self, texts: list[str], times: int = 1) -> float:
        """Seconds of one call with all texts, the mean of several."""
        return sum(self._seconds(texts) for _ in range(times)) / times

    def _seconds(self, texts: list[Any]) -> float:
        start = time.perf_counter()
        self.answers(texts)
        return time.perf_counter() - start
