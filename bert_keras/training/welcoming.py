"""`Welcoming`: worker 0's side of the meeting, which strangers can neither crash nor hold up.

Everyone who comes is heard beside the others, has a few seconds for a line of bounded length, and is left where that is
no line of a worker. A worker is there as long as its connection is; before all go on, each is asked once more.
"""

import contextlib
import selectors
import socket
import time
from collections.abc import Iterator
from typing import Any

from bert_keras.training.sealed_lines import LONGEST, AnotherToken, NoSuchLine, SealedLines

PATIENCE = 10.0  # seconds that someone has to say a line
_STRANGERS = 64  # at once, who have said nothing yet: the one who came first is left
_LEAVING = 5.0  # seconds for all to close their ends


class _Guest:
    """Someone who came: nobody knows who until it has said so."""

    def __init__(self, connection: socket.socket, token: str) -> None:
        self.connection = connection
        self.lines = SealedLines(token, is_chief=True)
        self.until = time.monotonic() + PATIENCE  # for the next line; None while none is awaited
        self.index: int | None = None  # of the worker that it is
        self.settings: dict[str, Any] = {}
        self.is_here = False  # said so when it was asked
        self._heard = bytearray()

    def hear(self) -> bytes | None:
        """The line that is whole now, or None; NoSuchLine or OSError where there will be none."""
        block = self.connection.recv(1 << 16)
        end = block.find(b"\n")
        self._heard += block
        if not block or len(self._heard) > LONGEST or -1 < end < len(block) - 1:
            raise NoSuchLine("gone, too long, or more than one")
        if end < 0:
            return None
        line, self._heard = bytes(self._heard), bytearray()
        return line

    def tell(self, line: bytes) -> None:
        """OSError where it does not take a short line at once."""
        if self.connection.send(line) < len(line):
            raise OSError("full")


class Welcoming:
    """Waits for the other workers, and tells them how it ended.

    Args:
        listeners: sockets that listen at worker 0's address; they are closed at the end.
        count: of workers, worker 0 among them.
        token: of the run; empty for none.
        not_one: the message for a process that says an index that it cannot have.
    """

    def __init__(self, listeners: list[socket.socket], count: int, token: str, not_one: Any) -> None:
        self._listeners = listeners
        self._count = count
        self._token = token
        self._not_one = not_one
        self._guests: list[_Guest] = []
        self.workers: dict[int, _Guest] = {}
        self.notes: list[str] = []  # of what else came, for who has to find out why someone is missing

    @contextlib.contextmanager
    def held(self, deadline: float) -> Iterator[dict[int, dict[str, Any]]]:
        """Waits until all are there, or to the deadline of `time.monotonic()`; all leave at the end of the block.

        Yields:
            The settings of those that came, by index, without worker 0's.
        """
        with contextlib.ExitStack() as stack, selectors.DefaultSelector() as self._selector:
            for listener in self._listeners:
                stack.enter_context(listener)
                listener.setblocking(False)
                self._selector.register(listener, selectors.EVENT_READ)
            stack.callback(lambda: [self._leave(guest) for guest in list(self._guests)])
            while not self._all_here() and (now := time.monotonic()) < deadline:
                until = min([deadline, *(guest.until for guest in self._guests if guest.until)])
                for key, _ in self._selector.select(max(until - now, 0.0)):
                    self._accept(key.fileobj) if key.data is None else self._listen_to(key.data)
                self._leave_the_silent()
            yield {index: guest.settings for index, guest in self.workers.items()}

    def tell(self, message: dict[str, Any]) -> None:
        """Tells every worker that came the same, and waits for them to go: the port is then free at once."""
        told = []
        for guest in self.workers.values():
            with contextlib.suppress(OSError):
                guest.tell(guest.lines.write(message))
                guest.connection.shutdown(socket.SHUT_WR)
                told.append(guest.connection)
        until = time.monotonic() + _LEAVING
        for connection in told:
            with contextlib.suppress(OSError):
                connection.settimeout(max(until - time.monotonic(), 0.01))
                connection.recv(1)

    def _all_here(self) -> bool:
        """Whether every worker has said that it is here since the last one came; asks them if all have come."""
        if len(self.workers) < self._count - 1:
            return False
        if all(guest.is_here for guest in self.workers.values()):
            return True
        for guest in list(self.workers.values()):
            if not guest.is_here and guest.until is None:
                guest.until = time.monotonic() + PATIENCE
                self._try(guest, lambda guest=guest: guest.tell(guest.lines.write({"ask": "here"})))
        return False

    def _accept(self, listener: socket.socket) -> None:
        try:
            connection = listener.accept()[0]
        except OSError:  # it is gone already, or this process has no file left
            time.sleep(0.01)
            return
        strangers = [guest for guest in self._guests if guest.index is None]
        if len(strangers) >= _STRANGERS:
            self._leave(strangers[0])
        connection.setblocking(False)
        guest = _Guest(connection, self._token)
        self._guests.append(guest)
        self._selector.register(connection, selectors.EVENT_READ, guest)
        self._try(guest, lambda: guest.tell(guest.lines.hello()))

    def _listen_to(self, guest: _Guest) -> None:
        if guest in self._guests:  # it may have been left since the selector saw it
            self._try(guest, lambda: self._take(guest, guest.hear()))

    def _take(self, guest: _Guest, line: bytes | None) -> None:
        if line is None:
            return
        try:
            message = guest.lines.read(line)
        except AnotherToken:
            self._note("a process came without this run's token")
            guest.tell(guest.lines.write({"kind": "token", "error": None}))
            raise
        if guest.index is not None:
            if guest.until is None or message != {"here": True}:
                raise NoSuchLine("not asked")
            guest.is_here, guest.until = True, None
            return
        index, settings = message.get("index"), message.get("settings")
        if type(index) is not int or not isinstance(settings, dict):
            raise NoSuchLine("no worker's")
        if not 0 < index < self._count:
            self._refuse(guest, index)
            raise NoSuchLine("no such worker")
        if (older := self.workers.get(index)) is not None:  # its machine went down unheard, or two claim one place
            self._try(older, lambda: self._refuse(older, index))
            self._leave(older)
        guest.index, guest.settings, guest.until = index, settings, None
        self.workers[index] = guest
        for other in self.workers.values():  # what they said holds for the meeting as it was
            other.is_here = False

    def _refuse(self, guest: _Guest, index: int) -> None:
        guest.tell(guest.lines.write({"kind": "different", "error": self._not_one(index)}))

    def _try(self, guest: _Guest, act: Any) -> None:
        """Does something with a guest, who is left if it does not go well."""
        try:
            act()
        except BlockingIOError:
            pass
        except (OSError, ValueError):
            self._leave(guest)

    def _leave_the_silent(self) -> None:
        now = time.monotonic()
        for guest in [guest for guest in self._guests if guest.until is not None and guest.until <= now]:
            if guest.index is not None:
                self._note(f"worker {guest.index} came, and did not answer any more")
            self._leave(guest)

    def _leave(self, guest: _Guest) -> None:
        if guest in self._guests:
            self._guests.remove(guest)
            with contextlib.suppress(KeyError, ValueError):
                self._selector.unregister(guest.connection)
            guest.connection.close()
            if guest.index is not None and self.workers.get(guest.index) is guest:
                del self.workers[guest.index]

    def _note(self, what: str) -> None:
        if what not in self.notes:
            self.notes.append(what)
