"""The matrix product that calibrates a round: its shape is that of the feed-forward layer in a training step."""

import time
from collections.abc import Callable

from common.flops import product_flops

SHAPE = (1696, 384, 1536)  # 32 rows of 53 tokens, the encoder's width, and that inside its feed-forward layer
TIMES = 20


def rate(multiply: Callable[[], object]) -> float:
    """Operations a second of the best of several products; `multiply` returns when one is done."""
    best = float("inf")
    for _ in range(TIMES):
        start = time.perf_counter()
        multiply()
        best = min(best, time.perf_counter() - start)
    return product_flops(*SHAPE) / best
