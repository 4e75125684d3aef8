"""`DemoServer`: a tuned model behind a page, on Python's own HTTP server."""

import http.server
import json
import secrets
import threading
from http import HTTPStatus
from typing import Any

from bert_keras import checks
from bert_keras.from_json import from_json
from bert_keras.inspection.trying.demo_page import demo_page
from bert_keras.inspection.word_importance import word_importance
from bert_keras.listening import bare_host, family_of, in_url, listening, url_of
from bert_keras.text_classification.text_predictor import TextPredictor
from bert_keras.tuned.predictor import Predictor

MOST_BYTES = 1 << 20  # of a request
_SHOWN = ("127.0.0.1", "localhost", "[::1]")  # what a browser on this machine calls it


class DemoServer(http.server.ThreadingHTTPServer):
    """Serves the page at `/`, and answers JSON at `/answer` and `/importance`; one question at a time.

    Requests that come from another site's page, or under another name than this machine's, are refused: a browser would
    let any page on the web ask.

    Args:
        predictor: of `bk.load`.
        host: the address that is listened on, of IPv4 or of IPv6, as "::1"; or a name that stands for one.
        port: 0 takes a free one.

    Raises:
        OSError: with what to do, if the port cannot be had.
    """

    daemon_threads = True

    def __init__(self, predictor: Predictor, host: str, port: int) -> None:
        self.predictor = predictor
        self.nonce = secrets.token_urlsafe(16)
        self.lock = threading.Lock()
        host = bare_host(host)
        with listening(host, port, another=8001):
            self.address_family = family_of(host)
            super().__init__((host, port), _Requests)
        self.names = self.called(*_SHOWN, in_url(host))
        self.page = demo_page(predictor, self.nonce, explains(predictor)).encode("utf-8")

    @property
    def url(self) -> str:
        """Of the page."""
        return f"{url_of(self.server_address[0], self.server_port)}/"

    def called(self, *hosts: str) -> set[str]:
        """What a browser calls this server at these hosts; it leaves out the port that is HTTP's own."""
        return {f"{host}:{self.server_port}" for host in hosts} | (set(hosts) if self.server_port == 80 else set())

    def answer(self, request: dict[str, Any]) -> dict[str, Any]:
        """The model's answer to the fields of the page, in plain values."""
        row = self._row(request)
        with self.lock:
            return next(self.predictor.lines([row]))

    def importance(self, request: dict[str, Any]) -> dict[str, Any]:
        """What each word adds to the logit of a label: `words`, each with `text`, `start`, `end` and `score`."""
        row = self._row(request)
        with self.lock:
            found = word_importance(self.predictor, row, request.get("label"))
        words = [{"column": w.column, "start": w.start, "end": w.end, "score": w.score} for w in found.words]
        return {"label": found.label, "words": words}

    def _row(self, request: dict[str, Any]) -> Any:
        cells = []
        for name in self.predictor.table_columns:
            if name not in request:
                raise ValueError(checks.message(name, "be given", sorted(request)))
            cells.append(request[name])
        row = self.predictor.table_row(cells)
        if row is None:
            raise ValueError(checks.message(" and ".join(self.predictor.table_columns), "hold a text", ""))
        return row


def explains(predictor: Predictor) -> bool:
    """Whether the words that matter can be asked for."""
    return isinstance(predictor, TextPredictor) and predictor.labels is not None


class _Requests(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60  # seconds without a byte
    server_version, sys_version = "bert_keras", ""

    def do_GET(self) -> None:
        if self._is_foreign():
            return
        if self.path.partition("?")[0] != "/":
            self._say(HTTPStatus.NOT_FOUND, f"There is nothing at {self.path}: the page is at /.")
            return
        self._send(HTTPStatus.OK, self.server.page, "text/html; charset=utf-8")

    def do_POST(self) -> None:
        ways = {"/answer": self.server.answer}
        if explains(self.server.predictor):
            ways["/importance"] = self.server.importance
        if self._is_foreign():
            return
        if self.path not in ways:
            self._say(HTTPStatus.NOT_FOUND, f"There is nothing at {self.path}: this model has {', '.join(ways)}.")
            return
        length = self.headers.get("Content-Length", "")
        if not length.isdecimal() or int(length) > MOST_BYTES:
            self.close_connection = True  # what it sends is not read
            self._say(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"A request has {MOST_BYTES:,} bytes at most, and says how many."
            )
            return
        try:
            request = from_json(self.rfile.read(int(length)))
            if not isinstance(request, dict):
                raise ValueError(checks.message("the request", "be an object in JSON", request))
        except ValueError as error:
            self._say(HTTPStatus.BAD_REQUEST, f"This is no object in JSON: {error}")
            return
        try:
            answer = ways[self.path](request)
        except (ValueError, TypeError) as error:
            self._say(HTTPStatus.UNPROCESSABLE_ENTITY, str(error))
            return
        except Exception as error:  # out of memory and the like: who asked is told, and the next is answered
            self._say(HTTPStatus.INTERNAL_SERVER_ERROR, f"The model failed, with {type(error).__name__}: {error}"[:500])
            return
        self._send(HTTPStatus.OK, json.dumps(answer, ensure_ascii=False).encode("utf-8", "replace"))

    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing of each request."""

    def _is_foreign(self) -> bool:
        """Refuses what another site's page sends, or sends here by a name of its own."""
        host, origin = self.headers.get("Host", ""), self.headers.get("Origin")
        # The address it came in at is a number: no name of another site's can stand for it.
        names = self.server.names | self.server.called(in_url(self.connection.getsockname()[0]))
        known = host in names and origin in (None, *(f"http://{name}" for name in names))
        if not known:
            self.close_connection = True
            said = f"This page answers itself alone, as {', '.join(sorted(names))}. Received: {origin or host}."
            self._say(HTTPStatus.FORBIDDEN, said)
        return not known

    def _say(self, status: HTTPStatus, text: str) -> None:
        self._send(status, json.dumps({"error": text}, ensure_ascii=False).encode("utf-8", "replace"))

    def _send(self, status: HTTPStatus, content: bytes, kind: str = "application/json") -> None:
        nonce = self.server.nonce
        policy = f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; "
        policy += "connect-src 'self'; img-src data:; "
        self.send_response(status)
        for name, value in {
            "Content-Type": kind,
            "Content-Length": str(len(content)),
            "Content-Security-Policy": policy + "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
