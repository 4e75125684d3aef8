"""`join_meeting`: the side of the workers that are not worker 0: they come to it, and hear how the meeting ended."""

import contextlib
import socket
import time
from typing import Any

from bert_keras.training.sealed_lines import LONGEST, AnotherToken, NoSuchLine, SealedLines
from bert_keras.training.welcoming import PATIENCE

_PAUSE = 0.2  # seconds between two attempts


class Unheard(Exception):
    """Worker 0 did not answer in time; the message says what did."""


def join_meeting(
    address: tuple[str, int], index: int, settings: dict[str, Any], token: str, deadline: float
) -> dict[str, Any]:
    """Comes to worker 0's address until it is answered.

    Args:
        address: host and port of worker 0.
        index, settings: of this worker.
        token: of the run; empty for none.
        deadline: by `time.monotonic()`.

    Returns:
        Worker 0's last message: its `error`, None or a sentence, and its `kind`.

    Raises:
        Unheard: if there was none by the deadline.
        AnotherToken: if worker 0 has another token.
    """
    note = ""
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            with socket.create_connection(address, timeout=5.0) as connection:
                if connection.getsockname() == connection.getpeername():
                    continue  # nobody listens, and the system gave this end the very port that it asked for
                try:
                    return _talk(connection, index, settings, token, deadline)
                except AnotherToken:
                    raise
                except NoSuchLine:
                    note = "Something that is no worker of a run has its port"
        time.sleep(_PAUSE)
    raise Unheard(note)


def _talk(
    connection: socket.socket, index: int, settings: dict[str, Any], token: str, deadline: float
) -> dict[str, Any]:
    lines, heard = SealedLines(token, is_chief=False), bytearray()
    lines.hear_hello(_line(connection, heard, min(deadline, time.monotonic() + PATIENCE)))
    connection.sendall(lines.write({"index": index, "settings": settings}))
    while "kind" not in (message := lines.read(_line(connection, heard, deadline))):
        connection.sendall(lines.write({"here": True}))  # the one thing that is asked
    return message


def _line(connection: socket.socket, heard: bytearray, deadline: float) -> bytes:
    """The next line; what came behind it stays in `heard`.

    Raises:
        NoSuchLine: if it is too long.
        OSError: if the other side is silent to the deadline, or gone.
    """
    while (end := heard.find(b"\n") + 1) == 0:
        if len(heard) > LONGEST:
            raise NoSuchLine("no line")
        connection.settimeout(max(deadline - time.monotonic(), 0.01))
        if not (block := connection.recv(1 << 16)):
            raise ConnectionResetError("gone")
        heard += block
    line = bytes(heard[:end])
    del heard[:end]
    return line
