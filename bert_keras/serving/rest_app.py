"""`RestApp`: TensorFlow Serving's REST over one model, as an ASGI application."""

import asyncio
import concurrent.futures
import json
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any

from bert_keras.serving.batcher import Batcher
from bert_keras.serving.predict_answer import predict_answer
from bert_keras.serving.predict_request import PredictRequest
from bert_keras.serving.rest_error import RestError
from bert_keras.serving.serving_limits import ServingLimits
from bert_keras.serving.serving_metrics import CONTENT_TYPE
from bert_keras.serving.signature import Arrays

_MODEL = re.compile(r"/v1/models/(?P<name>[^/:]+)(?:/versions/(?P<version>\d+))?(?P<verb>/metadata|:\w+)?")
_ROUTES = {"/healthz": "health", "/readyz": "ready", "/metrics": "metrics"}
_VERBS = {None: "status", "/metadata": "metadata", ":predict": "predict"}
_DRAINED = 8 << 20  # bytes of a body that is too large which are read and dropped, so that its sender hears why
_CLOSE = {"Connection": "close"}
_GONE = 499  # in the metrics: who asked has gone

Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class RestApp:
    """Answers HTTP requests; each answer but that of `/metrics` is JSON, and each error `{"error": text}`.

    Args:
        batcher: loads and runs the model.
        name, version: of the model in the address.
        limits: of requests.
        is_stopping: whether the server was told to stop.
    """

    def __init__(
        self, batcher: Batcher, name: str, version: int, limits: ServingLimits, is_stopping: Callable[[], bool]
    ) -> None:
        self._batcher, self._name, self._version = batcher, name, version
        self._limits, self._is_stopping = limits, is_stopping
        self._taken = 0  # requests to predict that are read or wait

    @property
    def is_ready(self) -> bool:
        """Whether requests to predict are taken."""
        return self._batcher.servable is not None and self._batcher.is_alive and not self._is_stopping()

    async def __call__(self, scope: dict[str, Any], receive: Receive, send: Send) -> None:
        route, start = "other", time.monotonic()
        try:
            route = self._route(scope["path"])
            status, content, headers = 200, await self._content(route, scope, receive), {}
        except RestError as error:
            status, content, headers = error.status, {"error": error.text}, error.headers
        self._batcher.metrics.request(route, status)
        if route == "predict" and status == 200:
            self._batcher.metrics.predicted(time.monotonic() - start)
        if status != _GONE:
            await _send(send, status, content, headers)

    def _route(self, path: str) -> str:
        """The word of what is asked for."""
        if path in _ROUTES:
            return _ROUTES[path]
        found = _MODEL.fullmatch(path)
        if found is None:
            known = ", ".join([*_ROUTES, f"/v1/models/{self._name}", "…/metadata", "…:predict"])
            raise RestError(404, f"There is nothing at {path[:200]}. There is {known}.")
        if found["name"] != self._name:
            raise RestError(404, f"There is no model '{found['name'][:200]}' here. There is '{self._name}'.")
        if found["version"] not in (None, str(self._version)):
            raise RestError(
                404, f"There is no version {found['version'][:20]} of '{self._name}'. There is {self._version}."
            )
        if found["verb"] not in _VERBS:
            raise RestError(404, f"A model answers :predict, and not {found['verb'][:40]}.")
        return _VERBS[found["verb"]]

    async def _content(self, route: str, scope: dict[str, Any], receive: Receive) -> Any:
        """What is answered with 200."""
        allowed = ("POST",) if route == "predict" else ("GET", "HEAD")
        if scope["method"] not in allowed:
            said = f"This is asked by {allowed[0]}, and not by {scope['method'][:20]}."
            raise RestError(405, said, {"Allow": ", ".join(allowed)})
        if route == "predict":
            return await self._predict(scope, receive)
        if route == "metrics":
            return self._batcher.metrics.text(self.is_ready)
        if route == "health":
            if not self._batcher.is_alive:
                raise RestError(503, "The thread that runs the model has ended.")
            return {"status": "ok"}
        if route == "status":
            return {"model_version_status": [self._version_status()]}
        self._check_ready()
        return {"status": "ready"} if route == "ready" else self._batcher.servable.metadata()

    def _version_status(self) -> dict[str, Any]:
        state = "AVAILABLE" if self.is_ready else "UNLOADING" if self._is_stopping() else "LOADING"
        return {"version": str(self._version), "state": state, "status": {"error_code": "OK", "error_message": ""}}

    def _check_ready(self) -> None:
        if not self.is_ready:
            said = "The server stops." if self._is_stopping() else "The model is being loaded: try again."
            raise RestError(503, said, {"Retry-After": "1"})

    async def _predict(self, scope: dict[str, Any], receive: Receive) -> dict[str, Any]:
        self._check_ready()
        if self._taken >= self._limits.queue_rows:  # each has a row at least
            raise RestError(503, f"{self._taken:,} requests are here already: try again.", {"Retry-After": "1"})
        self._taken += 1
        try:
            body = await self._body(scope, receive)
            request = PredictRequest.read(body, self._batcher.servable.signatures, self._limits)
            outputs = await _answer(self._batcher.submit(request), receive)
            return predict_answer(outputs, request.by_row)
        except RestError:
            raise
        except Exception as error:  # out of memory and the like: who asked is told, and the next is answered
            raise RestError(500, f"The model failed, with {type(error).__name__}: {error}"[:500]) from None
        finally:
            self._taken -= 1

    async def _body(self, scope: dict[str, Any], receive: Receive) -> bytes:
        """The body; more than is allowed is not kept."""
        headers = {name.lower(): value.decode("latin-1") for name, value in scope["headers"]}
        if headers.get(b"content-encoding", "identity").lower() != "identity":
            raise RestError(415, "A body must not be compressed: send it without Content-Encoding.", _CLOSE)
        most, length = self._limits.request_bytes, headers.get(b"content-length", "0")
        if int(length) > most + _DRAINED:
            raise RestError(413, f"A request has {most:,} bytes at most.", _CLOSE)
        try:
            body, size = await asyncio.wait_for(_read(receive, most), self._limits.body_seconds)
        except asyncio.TimeoutError:
            said = f"The body did not come within {self._limits.body_seconds:g} seconds."
            raise RestError(408, said, _CLOSE) from None
        if size > most:
            raise RestError(413, f"A request has {most:,} bytes at most.", _CLOSE)
        return body


async def _read(receive: Receive, most: int) -> tuple[bytes, int]:
    """A body, or nothing of one that is too large, and how many bytes came."""
    parts, size, more = [], 0, True
    while more and size <= most + _DRAINED:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise RestError(_GONE, "Who asked has gone.")
        part, more = message.get("body", b""), message.get("more_body", False)
        size += len(part)
        parts = [*parts, part] if size <= most else []
    return b"".join(parts), size


async def _answer(future: concurrent.futures.Future, receive: Receive) -> Arrays:
    """What the model says; a request is taken back when who asked has gone."""
    answer, gone = asyncio.wrap_future(future), asyncio.ensure_future(receive())
    try:
        await asyncio.wait({answer, gone}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            raise RestError(_GONE, "Who asked has gone.")
        return answer.result()
    finally:
        answer.cancel()
        gone.cancel()


async def _send(send: Send, status: int, content: Any, headers: dict[str, str]) -> None:
    is_text = isinstance(content, str)
    body = content.encode() if is_text else json.dumps(content).encode("ascii")
    kind = CONTENT_TYPE if is_text else "application/json"
    sent = {"Content-Type": kind, "Content-Length": str(len(body)), "X-Content-Type-Options": "nosniff", **headers}
    pairs = [(name.lower().encode("ascii"), value.encode("ascii")) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
