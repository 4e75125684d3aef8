"""`ServingMetrics`: what a server counts, in the text format that Prometheus reads."""

import bisect
import threading
from collections.abc import Callable, Sequence

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
_ROWS = (1, 2, 4, 8, 16, 32, 64, 128, 256)


class _Histogram:
    def __init__(self, limits: Sequence[float]) -> None:
        self.limits, self.counts, self.sum = limits, [0] * (len(limits) + 1), 0.0

    def add(self, value: float) -> None:
        self.counts[bisect.bisect_left(self.limits, value)] += 1
        self.sum += value

    def lines(self, name: str) -> list[str]:
        below, lines = 0, []
        for limit, count in zip((*map(str, self.limits), "+Inf"), self.counts, strict=True):
            below += count
            lines.append(f'{name}_bucket{{le="{limit}"}} {below}')
        return [*lines, f"{name}_sum {self.sum:.9g}", f"{name}_count {below}"]


class ServingMetrics:
    """Counts since the server began. Threads may add to it at once.

    Args:
        waiting: asked for the requests and the rows that wait, when the numbers are read.
    """

    def __init__(self, waiting: Callable[[], tuple[int, int]]) -> None:
        self._waiting, self._lock = waiting, threading.Lock()
        self._requests: dict[tuple[str, int], int] = {}
        self._latency, self._batches, self._runs = _Histogram(_SECONDS), _Histogram(_ROWS), _Histogram(_SECONDS)

    def request(self, route: str, status: int) -> None:
        """Counts an answer.

        Args:
            route: what was asked for; a word of few, and not the path.
            status: of HTTP; 499 where who asked has gone.
        """
        with self._lock:
            self._requests[route, status] = self._requests.get((route, status), 0) + 1

    def predicted(self, seconds: float) -> None:
        """Counts a request to predict that was answered with 200, from its head to its answer."""
        with self._lock:
            self._latency.add(seconds)

    def batch(self, rows: int, seconds: float) -> None:
        """Counts a run of the model."""
        with self._lock:
            self._batches.add(rows)
            self._runs.add(seconds)

    def text(self, is_ready: bool) -> str:
        """All of them, a line each."""
        requests, rows = self._waiting()
        with self._lock:
            counted = [
                f'bert_keras_requests_total{{route="{route}",status="{status}"}} {count}'
                for (route, status), count in sorted(self._requests.items())
            ]
            parts = (
                ("requests_total", "counter", "Answers by route and HTTP status.", counted),
                ("request_seconds", "histogram", "Seconds to answer a request to predict with 200.", self._latency),
                ("batch_rows", "histogram", "Rows that the model was run on at once.", self._batches),
                ("batch_seconds", "histogram", "Seconds of a run of the model.", self._runs),
                ("queue_requests", "gauge", "Requests that wait for the model.", requests),
                ("queue_rows", "gauge", "Rows of the requests that wait.", rows),
                ("ready", "gauge", "Whether requests to predict are taken.", int(is_ready)),
            )
            lines = []
            for name, kind, told, value in parts:
                name = f"bert_keras_{name}"
                lines += [f"# HELP {name} {told}", f"# TYPE {name} {kind}"]
                if isinstance(value, _Histogram):
                    lines += value.lines(name)
                else:
                    lines += value if isinstance(value, list) else [f"{name} {value}"]
        return "\n".join(lines) + "\n"
