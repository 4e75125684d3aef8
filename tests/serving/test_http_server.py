"""The server without a model: how it stops, and where it cannot begin."""

import asyncio
import http.client
import signal
import socket
import sys
import threading
import time

import pytest

from bert_keras.serving.http_server import HttpServer

pytest.importorskip("uvicorn", reason="bk.serve needs uvicorn, of the extra `serve`")


class Waiting:
    """An application that answers when it may."""

    def __init__(self):
        self.begun, self.may_answer, self.ended = threading.Event(), threading.Event(), None

    async def __call__(self, scope, receive, send):
        self.begun.set()
        try:
            while not self.may_answer.is_set():
                await asyncio.sleep(0.01)
            self.ended = "answered"
        except asyncio.CancelledError:
            self.ended = "cancelled"
            raise
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"2")]})
        await send({"type": "http.response.body", "body": b"ok"})


def asked(server, found):
    """A thread that asks, and puts the answer into `found`."""

    def ask():
        connection = http.client.HTTPConnection(f"127.0.0.1:{server.port}", timeout=30)
        try:
            connection.request("GET", "/")
            found.append(connection.getresponse().read())
        except (OSError, http.client.HTTPException) as error:
            found.append(error)
        finally:
            connection.close()

    thread = threading.Thread(target=ask)
    thread.start()
    return thread


def test_what_was_taken_is_answered_before_it_ends():
    app, server, found = Waiting(), HttpServer("127.0.0.1", 0, 30), []
    thread = threading.Thread(target=server.run, args=(app,))
    thread.start()
    client = asked(server, found)
    assert app.begun.wait(30)
    server.stop()
    time.sleep(0.4)
    assert thread.is_alive() and found == []
    app.may_answer.set()
    client.join(30)
    thread.join(30)
    assert found == [b"ok"] and not thread.is_alive()


def test_no_longer_than_is_said_is_waited():
    app, server, found = Waiting(), HttpServer("127.0.0.1", 0, 1), []
    thread = threading.Thread(target=server.run, args=(app,))
    thread.start()
    client = asked(server, found)
    assert app.begun.wait(30)
    server.stop()
    thread.join(30)
    assert not thread.is_alive() and app.ended == "cancelled"
    client.join(30)
    assert isinstance(found[0], Exception) or found[0] != b"ok"


def test_a_signal_stops_it_and_handlers_are_put_back():
    app, server = Waiting(), HttpServer("127.0.0.1", 0, 30)
    before = [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)]
    timer = threading.Timer(0.5, signal.raise_signal, [signal.SIGTERM])
    timer.start()
    server.run(app)  # ends, and raises nothing
    timer.join()
    assert server.is_stopping
    assert [signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)] == before


def test_stopped_before_it_runs():
    app, server = Waiting(), HttpServer("127.0.0.1", 0, 30)
    server.stop()
    server.run(app)
    assert server.is_stopping
    with pytest.raises(OSError), socket.create_connection(("127.0.0.1", server.port), timeout=5):
        pass


def test_where_it_is():
    made = HttpServer("0.0.0.0", 0, 30)
    assert made.url == f"http://127.0.0.1:{made.port}"
    made.stop()
    made.run(Waiting())


@pytest.mark.parametrize("host", ["::1", "[::1]"])
def test_an_address_of_ipv6(host):
    try:
        made = HttpServer(host, 0, 30)
    except OSError:
        pytest.skip("no address ::1 can be bound on this machine")
    assert made.url == f"http://[::1]:{made.port}"
    app, found = Waiting(), []
    app.may_answer.set()
    thread = threading.Thread(target=made.run, args=(app,))
    thread.start()
    connection = http.client.HTTPConnection("::1", made.port, timeout=30)
    connection.request("GET", "/")
    found.append(connection.getresponse().read())
    connection.close()
    made.stop()
    thread.join(30)
    assert found == [b"ok"] and not thread.is_alive()


def test_answers_are_not_held_back_for_an_acknowledgement():
    """Nagle's algorithm is off where the socket says that it is TCP; asyncio looks at that."""
    made = HttpServer("127.0.0.1", 0, 30)
    assert made._socket.proto == socket.IPPROTO_TCP
    made.stop()
    made.run(Waiting())


def test_without_uvicorn(monkeypatch):
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    with pytest.raises(ModuleNotFoundError, match=r"needs uvicorn, which is not here: pip install uvicorn"):
        HttpServer("127.0.0.1", 0, 30)


def test_in_a_notebook():
    async def inside():
        HttpServer("127.0.0.1", 0, 30)

    with pytest.raises(RuntimeError, match="must be called where no event loop runs: in a script, not in a notebook"):
        asyncio.run(inside())
