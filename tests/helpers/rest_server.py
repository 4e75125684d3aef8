"""A served model in a thread of the tests, and requests to it."""

import http.client
import json
import re
import threading

from bert_keras.serving.batcher import Batcher
from bert_keras.serving.http_server import HttpServer
from bert_keras.serving.rest_app import RestApp
from bert_keras.serving.serving_limits import ServingLimits

LINE = re.compile(r'[a-z_]+(\{[a-z_]+="[^"]*"(,[a-z_]+="[^"]*")*\})? (\d+(\.\d+)?(e-?\d+)?)')


def values_of(text):
    """Of `/metrics`, the value by name with labels."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    assert text.endswith("\n") and all(LINE.fullmatch(line) for line in lines)
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


class RestServer:
    """As `bk.serve` makes it, of what `load` gives.

    Args:
        load: makes the Servable, in the batcher's thread.
        name, version: in the address.
        waits: whether the model is waited for.
        **limits: of ServingLimits.
    """

    def __init__(self, load, name="model", version=1, waits=True, **limits):
        self.limits, ready = ServingLimits(**limits), threading.Event()
        self.server = HttpServer("127.0.0.1", 0, self.limits.stop_seconds)
        self.batcher = Batcher(load, self.limits, ready.set, ready.set)
        self.host, self.path = f"127.0.0.1:{self.server.port}", f"/v1/models/{name}"
        app = RestApp(self.batcher, name, version, self.limits, lambda: self.server.is_stopping)
        self.batcher.start()
        self.thread = threading.Thread(target=self.server.run, args=(app,))
        self.thread.start()
        if waits:
            assert ready.wait(120) and self.batcher.failure is None, self.batcher.failure

    def ask(self, method, path, body=None, **headers):
        """Status, content and headers of a reply."""
        connection = http.client.HTTPConnection(self.host, timeout=60)
        content = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
        try:
            connection.request(method, path, content, headers)
            reply = connection.getresponse()
            return reply.status, reply.read().decode("utf-8"), dict(reply.getheaders())
        finally:
            connection.close()

    def get(self, path):
        """Status and JSON."""
        status, content, _ = self.ask("GET", path)
        return status, json.loads(content)

    def predict(self, body, **headers):
        """Status and JSON."""
        status, content, _ = self.ask("POST", f"{self.path}:predict", body, **headers)
        return status, json.loads(content)

    def end(self):
        self.server.stop()
        self.thread.join(60)
        self.batcher.end()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.end()
