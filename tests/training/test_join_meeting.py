"""The workers that come to worker 0: what else may answer at its address."""

import random
import socket
import threading
import time

import pytest

from bert_keras.training.join_meeting import Unheard, join_meeting
from bert_keras.training.launching import _free_ports
from bert_keras.training.sealed_lines import LONGEST, AnotherToken, SealedLines


def answering(port, answers):
    """A server that gives each who comes the next of the answers, and leaves; then it is gone."""
    server = socket.create_server(("127.0.0.1", port))

    def serve():
        with server:
            for answer in answers:
                with server.accept()[0] as connection:
                    answer(connection)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    return thread


def chief(connection):
    lines = SealedLines("t", is_chief=True)
    connection.sendall(lines.hello())
    told = lines.read(connection.makefile("rb").readline())
    assert told == {"index": 1, "settings": {"a": 1}}
    connection.sendall(lines.write({"ask": "here"}) + lines.write({"kind": "different", "error": None}))
    connection.recv(1000)


def test_others_at_its_address_are_left_until_worker_0_is_there():
    draw, port = random.Random(2), _free_ports(1)[0]
    said = [
        b"",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        b"\n",
        b"bert_keras \n",
        draw.randbytes(500) + b"\n",
        b"x" * (LONGEST + 9),
    ]
    said += [b"bert_keras " + b"0" * 32 + b"\n" + more for more in (b"", b"{}\n", b"null\n", b"[" * 10_000 + b"\n")]
    strangers = [lambda connection, line=line: connection.sendall(line) for line in said]
    thread = answering(port, [*strangers, chief])
    told = join_meeting(("127.0.0.1", port), 1, {"a": 1}, "t", time.monotonic() + 30)
    assert told == {"kind": "different", "error": None}
    thread.join(20)


def test_what_it_hears_when_worker_0_never_comes():
    port = _free_ports(1)[0]
    with pytest.raises(Unheard, match=r"^$"):
        join_meeting(("127.0.0.1", port), 1, {}, "", time.monotonic() + 0.3)
    answering(port, [lambda connection: connection.sendall(b"SSH-2.0-OpenSSH_9.6\r\n")])
    with pytest.raises(Unheard, match="Something that is no worker of a run has its port"):
        join_meeting(("127.0.0.1", port), 1, {}, "", time.monotonic() + 0.5)


def test_worker_0_with_another_token_is_not_believed():
    port = _free_ports(1)[0]

    def other(connection):
        lines = SealedLines("other", is_chief=True)
        connection.sendall(lines.hello())
        connection.recv(1000)
        lines._theirs = b"0" * 32
        connection.sendall(lines.write({"kind": "different", "error": "go home"}))

    answering(port, [other])
    with pytest.raises(AnotherToken):
        join_meeting(("127.0.0.1", port), 1, {}, "t", time.monotonic() + 5)
