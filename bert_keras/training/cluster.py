"""`Cluster`: the processes of a run, from TF_CONFIG, and their meeting before TensorFlow binds them together.

TensorFlow waits without a word, or for ever, for a worker that does not come up, and trains on whatever each was given.
So the workers meet first, over the addresses that TensorFlow uses after them. This file imports no TensorFlow.
"""

import contextlib
import dataclasses
import json
import os
import socket
import time
from typing import Any

from bert_keras import checks
from bert_keras.from_json import from_json

ENVIRONMENT = "TF_CONFIG"
_EXAMPLE = '{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, "task": {"type": "worker", "index": 0}}'
_LONGEST = 1 << 20  # bytes of a worker's settings


@dataclasses.dataclass(frozen=True)
class Cluster:
    """Workers by address, "host:port"; the first is the chief, which reports and writes.

    Args:
        addresses: of all workers.
        index: the place of this process among them.
    """

    addresses: tuple[str, ...]
    index: int

    @classmethod
    def from_environment(cls) -> "Cluster | None":
        """The cluster of TF_CONFIG; None where that is not set or has one worker.

        Raises:
            ValueError: for a TF_CONFIG that is no JSON, lacks something, or wants parameter servers or an evaluator.
        """
        text = os.environ.get(ENVIRONMENT, "")
        if not text.strip():
            return None
        try:
            config = from_json(text)
            tasks, task = config.get("cluster", {}), config.get("task", {})
            addresses = tuple(str(address) for kind in ("chief", "worker") for address in tasks.get(kind, ()))
            kind, place = task.get("type", "worker"), task.get("index", 0)
        except (ValueError, AttributeError, TypeError):
            must = "be JSON with `cluster` and `task`"
            raise ValueError(checks.message(ENVIRONMENT, must, text, f"E.g. {_EXAMPLE}.")) from None
        if others := sorted(set(tasks) - {"chief", "worker"}) or [kind] * (kind not in ("chief", "worker")):
            must = "have workers alone, of which all train alike"
            raise ValueError(checks.message(ENVIRONMENT, must, others[0], f"E.g. {_EXAMPLE}."))
        if len(addresses) <= 1 and not place:
            return None
        if not isinstance(place, int) or not 0 <= place < len(tasks.get(kind, ())):
            raise ValueError(checks.message(ENVIRONMENT, f"have a task index that its cluster has a {kind} for", text))
        for address in addresses:
            _parts(address)
        if len(set(addresses)) < len(addresses):
            raise ValueError(checks.message(ENVIRONMENT, "give each worker an address of its own", list(addresses)))
        return cls(addresses, place + (len(tasks.get("chief", ())) if kind == "worker" else 0))

    @property
    def is_chief(self) -> bool:
        return self.index == 0

    def name(self, index: int) -> str:
        """A worker as messages call it."""
        return f"worker {index} ({self.addresses[index]})"

    def meet(self, settings: dict[str, Any], timeout: float) -> None:
        """Waits until all workers are there, and compares their settings.

        Args:
            settings: what must be the same on every worker, by name: plain JSON values.
            timeout: seconds.

        Raises:
            TimeoutError: if a worker did not come up in time, naming it; on the workers that did.
            ValueError: if a value differs, naming it and the workers; on every worker.
        """
        settings = json.loads(json.dumps(settings))
        deadline = time.monotonic() + timeout
        if self.is_chief:
            self._welcome(settings, deadline, timeout)
        else:
            self._join(settings, deadline, timeout)

    def _welcome(self, settings: dict[str, Any], deadline: float, timeout: float) -> None:
        """The chief's side: hears all, tells all the outcome."""
        by_index: dict[int, Any] = {0: settings}
        connections: dict[int, socket.socket] = {}
        port = _parts(self.addresses[0])[1]
        with contextlib.ExitStack() as stack:
            try:
                server = stack.enter_context(socket.create_server(("", port), reuse_port=False))
            except OSError as error:
                advice = "Another process has it: another run? Give this one another port."
                must = f"give {self.name(0)} a port that is free ({error.strerror})"
                raise ValueError(checks.message(ENVIRONMENT, must, self.addresses[0], advice)) from None
            while len(by_index) < len(self.addresses) and (left := deadline - time.monotonic()) > 0:
                server.settimeout(left)
                with contextlib.suppress(OSError, ValueError):
                    connection = stack.enter_context(server.accept()[0])
                    message = _receive(connection, min(left, 5.0))
                    index = int(message["index"])
                    if not 0 < index < len(self.addresses):
                        _send(connection, {"error": self._not_one(index), "kind": "different"})
                        continue
                    if index in connections:  # it died and was started again, or two claim one place
                        with contextlib.suppress(OSError):
                            _send(connections[index], {"error": self._not_one(index), "kind": "different"})
                    by_index[index], connections[index] = message["settings"], connection
            missing = [self.name(index) for index in range(len(self.addresses)) if index not in by_index]
            error = _absent(", ".join(missing), timeout) if missing else self._difference(by_index)
            for connection in connections.values():
                with contextlib.suppress(OSError):
                    _send(connection, {"error": error, "kind": "absent" if missing else "different"})
                    connection.shutdown(socket.SHUT_WR)
                    connection.settimeout(5.0)
                    connection.recv(1)  # the other side closes first, so that the port is free at once
        _raise(error, bool(missing))

    def _join(self, settings: dict[str, Any], deadline: float, timeout: float) -> None:
        """The side of the others: tells the chief, hears the outcome."""
        answer = None
        while answer is None:
            # The chief's clock began when it came: it says who is missing, so its answer is waited for.
            if (left := deadline - time.monotonic()) <= -10.0:
                _raise(_absent(self.name(0), timeout), True)
            with contextlib.suppress(OSError, ValueError):
                with socket.create_connection(_parts(self.addresses[0]), timeout=5.0) as connection:
                    _send(connection, {"index": self.index, "settings": settings})
                    answer = _receive(connection, max(left + 10.0, 0.1))
            if answer is None:
                time.sleep(0.2)
        _raise(answer["error"], answer["kind"] == "absent")

    def _not_one(self, index: int) -> str:
        must = f"give each process of the {len(self.addresses)} workers an index of its own"
        return checks.message(ENVIRONMENT, must, index, "Another process came with this one, or there is no such.")

    def _difference(self, by_index: dict[int, Any]) -> str | None:
        """The message for the first value that is not the same everywhere."""
        for name, value in by_index[0].items():
            for index in range(1, len(self.addresses)):
                if (other := by_index[index].get(name)) != value:
                    both = f"{value!r} on {self.name(0)}, {other!r} on {self.name(index)}"
                    return f"`{name}` must be the same on every worker. Received: {both}. Start all alike."
        return None


def _absent(names: str, timeout: float) -> str:
    return (
        f"`{ENVIRONMENT}` must name workers that come up within {timeout:g} s. Received: nothing from {names}. "
        "Start every worker, look at its log and at the firewall between the machines, or pass a longer worker_timeout "
        "(--worker-timeout)."
    )


def _raise(error: str | None, is_absent: bool) -> None:
    if error is not None:
        raise (TimeoutError if is_absent else ValueError)(error)


def _parts(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise ValueError(checks.message(ENVIRONMENT, "have addresses of the form host:port", address))
    return host.strip("[]"), int(port)


def _send(connection: socket.socket, message: dict[str, Any]) -> None:
    connection.sendall(json.dumps(message).encode("utf-8") + b"\n")


def _receive(connection: socket.socket, timeout: float) -> dict[str, Any]:
    """One line of JSON; ValueError or OSError where the other side is no worker of ours, or gone."""
    connection.settimeout(timeout)
    line = b""
    while not line.endswith(b"\n"):
        if not (block := connection.recv(1 << 16)) or len(line) > _LONGEST:
            raise ValueError("no whole line")
        line += block
    message = from_json(line)
    if not isinstance(message, dict):
        raise ValueError("no object")
    return message
