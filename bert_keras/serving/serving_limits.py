"""`ServingLimits`: how much a server takes, and how requests become batches."""

import dataclasses

from bert_keras import checks


@dataclasses.dataclass(frozen=True, kw_only=True)
class ServingLimits:
    """How much a server takes, and how the requests that wait are put together.

    >>> bk.serve("runs/reviews", limits=bk.ServingLimits(batch_rows=64, batch_wait_ms=2))

    Args:
        batch_rows: rows of several requests that are run together, at most; a request with more rows runs alone.
        batch_wait_ms: milliseconds that a request waits for others to fill its batch, while the model is idle; 0 runs
            what is there.
        queue_rows: rows that may wait to be run, at least `request_rows`; above it requests are answered with 503.
        request_rows: rows of one request, at most.
        request_bytes: bytes of the body of one request, at most; 8 MiB is the highest.
        text_characters: characters of one text, at most.
        body_seconds: seconds in which the body of a request must have come.
        stop_seconds: seconds, when the server is told to stop, for the requests that it has taken.

    Raises:
        ValueError, TypeError: for a number out of range.
    """

    batch_rows: int = 32
    batch_wait_ms: float = 5.0
    queue_rows: int = 512
    request_rows: int = 128
    request_bytes: int = 1 << 20
    text_characters: int = 20_000
    body_seconds: float = 30.0
    stop_seconds: int = 30

    def __post_init__(self) -> None:
        checks.integer("batch_rows", self.batch_rows, 1)
        checks.number("batch_wait_ms", self.batch_wait_ms, 0, 10_000)
        checks.integer("request_rows", self.request_rows, 1)
        checks.integer("queue_rows", self.queue_rows, self.request_rows)
        checks.integer("request_bytes", self.request_bytes, 64, 1 << 23)
        checks.integer("text_characters", self.text_characters, 1)
        checks.number("body_seconds", self.body_seconds, 0.1)
        checks.integer("stop_seconds", self.stop_seconds, 1)
