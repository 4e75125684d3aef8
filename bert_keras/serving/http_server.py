"""`HttpServer`: an ASGI application behind uvicorn, which stops without losing what it has taken."""

import asyncio
import contextlib
import os
import signal
import socket
import threading
from collections.abc import Iterator
from typing import Any

from bert_keras.listening import bare_host, family_of, listening, url_of

_SIGNALS = (signal.SIGINT, signal.SIGTERM)
_BACKLOG = 512  # connections that the system holds until they are accepted
_KEEP_ALIVE = 75  # seconds without a request; a proxy that keeps connections for a minute closes them first


class HttpServer:
    """Takes its port at once, and answers when `run` is called.

    Args:
        host: the address that is listened on, of IPv4 or of IPv6; or a name that stands for one.
        port: 0 takes a free one.
        stop_seconds: seconds for the requests that are taken, once the server is told to stop.

    Raises:
        OSError: with what to do, if host or port cannot be had.
        ModuleNotFoundError: without uvicorn.
        RuntimeError: inside a running event loop, as in a notebook.
    """

    def __init__(self, host: str, port: int, stop_seconds: int) -> None:
        if _has_loop():
            raise RuntimeError("bk.serve must be called where no event loop runs: in a script, not in a notebook.")
        self._uvicorn = _uvicorn()
        self._stop_seconds = stop_seconds
        self._is_stopped = False
        self._server: Any = None
        self._socket = _bound(bare_host(host), port)
        self._address: str = self._socket.getsockname()[0]
        self.port: int = self._socket.getsockname()[1]

    @property
    def is_stopping(self) -> bool:
        """Whether it was told to stop, by `stop` or by a signal."""
        return self._is_stopped or (self._server is not None and self._server.should_exit)

    @property
    def url(self) -> str:
        """Where it is, without a slash at the end."""
        return url_of(self._address, self.port)

    def run(self, app: Any) -> None:
        """Answers until `stop` is called or the process is told to end, by SIGTERM or Ctrl-C.

        Then no connection is taken any more, and what was taken is answered, for `stop_seconds` at most.
        """
        config = self._uvicorn.Config(
            app,
            # h11 alone, without the faster parsers that may be installed: what it refuses is what the tests know.
            **{"http": "h11", "ws": "none", "loop": "asyncio", "lifespan": "off", "interface": "asgi3"},
            **{"log_config": None, "access_log": False, "server_header": False, "proxy_headers": False},
            backlog=_BACKLOG,
            timeout_keep_alive=_KEEP_ALIVE,
            timeout_graceful_shutdown=self._stop_seconds,
        )
        self._server = self._uvicorn.Server(config)
        try:
            with self._told_to_end():
                self._server.should_exit = self._is_stopped
                self._server.run(sockets=[self._socket])
        finally:
            self._is_stopped = True
            self._socket.close()

    def stop(self) -> None:
        """Tells it to stop, from any thread."""
        self._is_stopped = True
        if self._server is not None:
            self._server.should_exit = True

    @contextlib.contextmanager
    def _told_to_end(self) -> Iterator[None]:
        """Signals stop the server and do no more; uvicorn ends by raising again those that it was sent."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return
        before = {number: signal.signal(number, lambda *_: self.stop()) for number in _SIGNALS}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _bound(host: str, port: int) -> socket.socket:
    """A socket that listens."""
    with listening(host, port, another=8502):
        # asyncio turns Nagle's algorithm off for sockets that say TCP: with it each answer waits 40 ms for an ACK.
        made = socket.socket(family_of(host), socket.SOCK_STREAM, socket.IPPROTO_TCP)
        try:
            if os.name == "posix":  # on Windows two servers would have the same port
                made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            made.bind((host, port))
            made.listen(_BACKLOG)
        except OSError:
            made.close()
            raise
        return made


def _has_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


def _uvicorn() -> Any:
    try:
        import uvicorn
    except ModuleNotFoundError as error:
        said = "bert-keras serve needs uvicorn, which is not here: pip install uvicorn"
        raise ModuleNotFoundError(said, name="uvicorn") from error
    return uvicorn
