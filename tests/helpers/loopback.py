"""A small HTTP server on 127.0.0.1 for the tests of downloads."""

import contextlib
import dataclasses
import http.server
import ssl
import threading
from collections.abc import Callable, Iterator


@dataclasses.dataclass
class Answer:
    """What the server sends for one path.

    Args:
        body: bytes of the body.
        status: HTTP status.
        headers: sent beside Content-Length.
        announced: Content-Length; the body's own length if None.
        before: called before anything is sent, to let threads meet.
    """

    body: bytes = b""
    status: int = 200
    headers: dict[str, str] = dataclasses.field(default_factory=dict)
    announced: int | None = None
    before: Callable[[], object] | None = None


def redirect(location: str, status: int = 302, body: bytes = b"") -> Answer:
    return Answer(body, status, {"Location": location})


class Loopback:
    """The running server: `answers` maps a path with its query to an Answer, `requests` lists what was asked."""

    def __init__(self, address: str):
        self.address = address
        self.answers: dict[str, Answer] = {}
        self.requests: list[tuple[str, dict[str, str]]] = []
        self.closing = threading.Event()

    def hang(self) -> None:
        """For `Answer.before`: says nothing until the test is over."""
        self.closing.wait()


@contextlib.contextmanager
def loopback(certificate: str | None = None) -> Iterator[Loopback]:
    """A server in a thread, stopped at the end of the block; with a file of a key and its certificate it speaks TLS."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            site.requests.append((self.path, dict(self.headers)))
            answer = site.answers.get(self.path, Answer(b"nothing here", 404))
            if answer.before:
                answer.before()
            with contextlib.suppress(ConnectionError):
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                length = len(answer.body) if answer.announced is None else answer.announced
                self.send_header("Content-Length", str(length))
                self.end_headers()
                self.wfile.write(answer.body)

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if certificate is not None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    site = Loopback(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield site
    finally:
        site.closing.set()
        server.shutdown()
        server.server_close()
        thread.join()
