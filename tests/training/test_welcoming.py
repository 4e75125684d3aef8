"""Worker 0 while it waits: ten thousand stray lines, workers that die or fall silent, and then the right ones.

No TensorFlow: one thread is worker 0, this one is all the others.
"""

import json
import random
import socket
import struct
import threading
import time

import pytest

from bert_keras.training import welcoming
from bert_keras.training.cluster import Cluster
from bert_keras.training.launching import _free_ports
from bert_keras.training.sealed_lines import LONGEST, SealedLines

TOKEN = "the token of this run"
SETTINGS = {"seed": 1}
STRAYS = 10_000


class Chief:
    """Worker 0 in a thread."""

    def __init__(self, monkeypatch, workers=2, token=TOKEN, timeout=120.0):
        monkeypatch.setenv("BERT_KERAS_CLUSTER_TOKEN", token)
        self.token = token
        self.addresses = tuple(f"127.0.0.1:{port}" for port in _free_ports(workers))
        self.raised, self.opened = [], []
        self._thread = threading.Thread(target=self._meet, args=(timeout,), daemon=True)
        self._thread.start()
        deadline = time.monotonic() + 20.0
        while True:
            try:
                self.connect().close()
                return
            except OSError:
                assert time.monotonic() < deadline
                time.sleep(0.02)

    def _meet(self, timeout):
        try:
            self.raised.append(Cluster(self.addresses, 0).meet(SETTINGS, timeout))
        except BaseException as error:
            self.raised.append(error)

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", int(self.addresses[0].rpartition(":")[2])), timeout=20)
        self.opened.append(connection)
        return connection

    def guest(self, index, token=None, settings=SETTINGS):
        """A worker that has said who it is: its connection, its lines, and what comes in."""
        connection = self.connect()
        lines, heard = SealedLines(self.token if token is None else token, is_chief=False), connection.makefile("rb")
        lines.hear_hello(heard.readline())
        connection.sendall(lines.write({"index": index, "settings": settings}))
        return connection, lines, heard

    def others_come(self):
        threads = [
            threading.Thread(target=Cluster(self.addresses, index).meet, args=(SETTINGS, 60.0))
            for index in range(1, len(self.addresses))
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    def ended(self):
        self._thread.join(60)
        assert not self._thread.is_alive()
        return self.raised[0]


@pytest.fixture
def start(monkeypatch):
    """Makes a `Chief`; what was opened towards it is closed at the end."""
    made = []

    def make(*arguments, **options):
        made.append(Chief(monkeypatch, *arguments, **options))
        return made[-1]

    yield make
    for connection in (connection for chief in made for connection in chief.opened):
        connection.close()


def stray_lines(draw):
    """Bytes that are no line of a worker of this run, without an end."""
    deep = draw.choice(["[", '{"a":']) * draw.choice([10, 1_000, 50_000])
    index = draw.choice([1, 2, 0, -1, 7, True, None, "1", 1.5, [1], 10**30])
    json_lines = [
        json.dumps({"index": index, "settings": draw.choice([SETTINGS, {}, [], None, 3, "a"])}),
        json.dumps(draw.choice([[1], 1, None, "x", {}, {"index": 1}, {"settings": {}}])),
        '{"index": ' + "9" * draw.choice([400, 5_000]) + "}",
        '{"index": 1e999, "settings": {}}',
        '{"index": 1, "settings": {"a": "\\ud800"}}',
        '{"index": 1, "settings": {"\\u0000": NaN}}',
        deep,
    ]
    said = draw.choice(json_lines).encode()
    another = SealedLines("another token", is_chief=False)
    another.hear_hello(b"bert_keras " + b"0" * 32 + b"\n")
    yield said + b"\n"
    yield said[: draw.randrange(len(said) + 1)]
    yield b"%s %s %s\n" % (b"a" * 32, b"b" * 64, said)
    yield another.write({"index": 1, "settings": SETTINGS})
    yield another.write({"index": 2, "settings": {"seed": 2}}) * 2
    yield draw.randbytes(draw.choice([0, 1, 7, 300, 5_000])) + draw.choice([b"", b"\n"])
    yield draw.choice(
        [b"GET / HTTP/1.1\r\n\r\n", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc", b"\0" * 100 + b"\n", b"\n\n\n"]
    )


@pytest.mark.parametrize("token", [TOKEN, ""])
def test_of_ten_thousand_stray_lines_none_crashes_worker_0_or_keeps_the_workers_out(start, token):
    """Some strangers close, some break off, some stay and are silent. Without a token only the seals are false."""
    draw = random.Random(5)
    chief = start(3, token)
    sent, staying = 0, []
    while sent < STRAYS // 2:
        for line in stray_lines(draw):
            connection = chief.connect()
            try:
                connection.sendall(line)
            except OSError:  # left already
                pass
            sent += 1
            if draw.random() < 0.3:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            staying.append(connection)
            if len(staying) > 200:
                staying.pop(draw.randrange(len(staying))).close()
    assert not chief.raised
    chief.others_come()
    assert chief.ended() is None


def test_what_has_the_right_seal_and_says_what_no_worker_says(start):
    chief = start(3)
    many = [None, True, False, "1", 1.0, [1], {}, -1, 0, 3, 10**400]
    messages = [{"index": index, "settings": SETTINGS} for index in many]
    messages += [{"index": 1, "settings": settings} for settings in (None, [], 1, "a")]
    messages += [{}, {"here": True}, {"index": 1}, {"index": 1, "settings": {"a": "\ud800"}}]
    deep = SETTINGS
    for _ in range(100):
        deep = {"a": deep}
    messages.append({"index": 1, "settings": deep})
    for message in messages:
        connection = chief.connect()
        heard, lines = connection.makefile("rb"), SealedLines(TOKEN, is_chief=False)
        lines.hear_hello(heard.readline())
        connection.sendall(lines.write(message))
        answer = heard.read()
        told = lines.read(answer) if answer else None
        if type(message.get("index")) is int and message.get("settings") == SETTINGS:
            assert "must give each process of the 3 workers an index of its own" in told["error"]
        else:
            assert told is None, message
    connection, lines, _ = chief.guest(1)
    connection.sendall(lines.write({"here": True}))  # before it was asked
    assert connection.recv(1) == b""
    connection = chief.connect()
    connection.recv(100)
    with pytest.raises(OSError):  # a line that has no end is not taken
        for _ in range(50):
            connection.sendall(b"a" * (LONGEST // 10))
    chief.others_come()
    assert chief.ended() is None


def test_a_line_that_was_overheard_is_worth_nothing(start):
    chief = start()
    _, lines, _ = chief.guest(1)
    again = SealedLines(TOKEN, is_chief=False)
    other = chief.connect()
    again.hear_hello(other.makefile("rb").readline())
    lines._heard = lines._said = 0
    other.sendall(lines.write({"index": 1, "settings": {"seed": 3}}))  # sealed for the other talk
    assert other.makefile("rb").readline() and other.recv(1) == b""
    chief.others_come()
    assert chief.ended() is None


def test_a_stranger_who_is_silent_holds_nobody_up(start, monkeypatch):
    monkeypatch.setattr(welcoming, "PATIENCE", 1.0)
    chief = start()
    for _ in range(20):
        chief.connect()
    begun = time.monotonic()
    chief.others_come()
    assert chief.ended() is None and time.monotonic() - begun < 1.0


def test_a_worker_that_died_while_it_waited_is_missing(start, monkeypatch):
    """It was counted as there, and TensorFlow then waited for it for ever."""
    monkeypatch.setattr(welcoming, "_LEAVING", 0.1)
    chief = start(3, timeout=1.0)
    chief.guest(1)[0].close()
    chief.guest(2)
    error = chief.ended()
    assert isinstance(error, TimeoutError) and f"nothing from worker 1 ({chief.addresses[1]}). Start" in str(error)


def test_a_worker_that_is_stopped_while_it_waits_is_missing(start, monkeypatch):
    """Its connection stands; it does not say that it is here."""
    monkeypatch.setattr(welcoming, "PATIENCE", 0.3)
    chief = start(timeout=1.0)
    _, lines, heard = chief.guest(1)
    assert lines.read(heard.readline()) == {"ask": "here"}
    error = chief.ended()
    assert isinstance(error, TimeoutError)
    assert "nothing from worker 1" in str(error) and "Worker 1 came, and did not answer any more. " in str(error)


def test_a_worker_that_comes_again_takes_the_place_of_the_silent_one(start):
    chief = start(3)
    _, lines, heard = chief.guest(1)
    chief.others_come()
    told = lines.read(heard.readline())
    told = told if "kind" in told else lines.read(heard.readline())
    assert "must give each process of the 3 workers an index of its own" in told["error"]
    assert chief.ended() is None
