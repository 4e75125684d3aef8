"""`Batcher`: the one thread that drives TensorFlow, and the requests that wait for it."""

import collections
import concurrent.futures
import dataclasses
import threading
import time
from collections.abc import Callable

from bert_keras.serving.predict_request import PredictRequest
from bert_keras.serving.rest_error import RestError
from bert_keras.serving.servable import Servable
from bert_keras.serving.serving_limits import ServingLimits
from bert_keras.serving.serving_metrics import ServingMetrics
from bert_keras.serving.signature import Arrays


@dataclasses.dataclass(frozen=True, eq=False)
class _Waiting:
    request: PredictRequest
    answer: concurrent.futures.Future
    likeness: tuple | None
    since: float


class Batcher:
    """Loads a model in a thread of its own, and runs the requests that wait there in batches.

    The first that came is always in the next batch; those behind it join it where they can be run with it.

    Args:
        load: makes the model; called in the thread.
        limits: sizes of batches and of the queue, and how long is waited.
        loaded: called in the thread once the model is there.
        failed: called in the thread if it cannot be had; `failure` says why.
    """

    def __init__(
        self,
        load: Callable[[], Servable],
        limits: ServingLimits,
        loaded: Callable[[], None],
        failed: Callable[[], None],
    ) -> None:
        self._load, self._limits, self._loaded, self._failed = load, limits, loaded, failed
        self.servable: Servable | None = None
        self.failure: BaseException | None = None
        self.metrics = ServingMetrics(self.waiting)
        self._queue: collections.deque[_Waiting] = collections.deque()
        self._changed = threading.Condition()
        self._is_ending = False
        self._thread = threading.Thread(target=self._work, name="bert_keras serve", daemon=True)

    def start(self) -> None:
        self._thread.start()

    @property
    def is_alive(self) -> bool:
        """Whether the thread runs, which it does until `end`, unless it failed."""
        return self._thread.is_alive()

    def waiting(self) -> tuple[int, int]:
        """Requests and rows that wait."""
        with self._changed:
            alive = [one.request.rows for one in self._queue if not one.answer.cancelled()]
            return len(alive), sum(alive)

    def submit(self, request: PredictRequest) -> concurrent.futures.Future:
        """Lets a request wait; the future has its outputs, and is cancelled where nobody wants them any more.

        Raises:
            RestError: 503 if too many wait.
        """
        made = _Waiting(
            request, concurrent.futures.Future(), request.signature.likeness(request.inputs), time.monotonic()
        )
        with self._changed:
            for gone in [one for one in self._queue if one.answer.cancelled()]:
                self._queue.remove(gone)
            rows = sum(one.request.rows for one in self._queue)
            if rows + request.rows > self._limits.queue_rows or self._is_ending:
                said = f"{rows:,} rows wait, and {self._limits.queue_rows:,} may: try again."
                raise RestError(503, "The server stops." if self._is_ending else said, {"Retry-After": "1"})
            self._queue.append(made)
            self._changed.notify()
        return made.answer

    def end(self) -> None:
        """Runs what waits, ends the thread, and waits for that."""
        with self._changed:
            self._is_ending = True
            self._changed.notify()
        self._thread.join()

    def _work(self) -> None:
        try:
            self.servable = self._load()
            self._loaded()
        except BaseException as error:  # raised again where the server was started
            self.failure = error
            self._failed()
            return
        while batch := self._next():
            self._run(batch)

    def _next(self) -> list[_Waiting]:
        """Those that are run together next, once there are any; none at the end."""
        with self._changed:
            while True:
                while self._queue and self._queue[0].answer.cancelled():
                    self._queue.popleft()
                if not self._queue:
                    if self._is_ending:
                        return []
                    self._changed.wait()
                    continue
                batch = self._alike()
                left = self._queue[0].since + self._limits.batch_wait_ms / 1000 - time.monotonic()
                is_full = sum(one.request.rows for one in batch) >= self._limits.batch_rows
                if is_full or left <= 0 or self._is_ending or batch[0].likeness is None:
                    for one in batch:
                        self._queue.remove(one)
                    return batch
                self._changed.wait(left)

    def _alike(self) -> list[_Waiting]:
        """The first that waits, and those that can be run with it, in their order."""
        first, *others = self._queue
        batch, rows = [first], first.request.rows
        for one in others if first.likeness is not None else ():
            fits = rows + one.request.rows <= self._limits.batch_rows
            if one.likeness == first.likeness and fits:
                batch.append(one)
                rows += one.request.rows
        return batch

    def _run(self, batch: list[_Waiting]) -> None:
        """Sets the answers. Where a batch fails, each of its requests is run alone: one may be at fault."""
        batch = [one for one in batch if one.answer.set_running_or_notify_cancel()]
        if not batch:
            return
        try:
            answers = self._timed(batch)
        except Exception as error:
            if len(batch) == 1:
                batch[0].answer.set_exception(error)
                return
            for one in batch:
                try:
                    one.answer.set_result(self._timed([one])[0])
                except Exception as own:
                    one.answer.set_exception(own)
            return
        for one, answer in zip(batch, answers, strict=True):
            one.answer.set_result(answer)

    def _timed(self, batch: list[_Waiting]) -> list[Arrays]:
        start = time.monotonic()
        answers = batch[0].request.signature.together([one.request.inputs for one in batch])
        self.metrics.batch(sum(one.request.rows for one in batch), time.monotonic() - start)
        return answers
