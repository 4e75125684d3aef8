"""`Cluster`: the processes of a run, from TF_CONFIG, and their meeting before TensorFlow binds them together.

TensorFlow waits without a word, or for ever, for a worker that does not come up, and trains on whatever each was given.
So the workers meet first, over the addresses that TensorFlow uses after them: `welcoming.py` and `join_meeting.py` are
their two sides. This file imports no TensorFlow.
"""

import dataclasses
import json
import os
import time
from collections.abc import Iterable
from typing import Any

from bert_keras import checks
from bert_keras.from_json import from_json
from bert_keras.training.join_meeting import Unheard, join_meeting
from bert_keras.training.own_listeners import ENVIRONMENT, host_and_port, own_listeners
from bert_keras.training.sealed_lines import AnotherToken
from bert_keras.training.welcoming import Welcoming

_EXAMPLE = '{"cluster": {"worker": ["10.0.0.1:2222", "10.0.0.2:2222"]}, "task": {"type": "worker", "index": 0}}'
TOKEN = "BERT_KERAS_CLUSTER_TOKEN"  # the environment variable with what the workers of a run know each other by
_SHORTEST = 16  # characters of a token
_ANSWER = 10.0  # seconds after their own time that the others wait for what worker 0 has to say


@dataclasses.dataclass(frozen=True)
class Cluster:
    """Workers by address, "host:port"; the first is the chief, which reports and writes.

    Args:
        addresses: of all workers.
        index: the place of this process among them.
        chiefs: how many of the first TensorFlow calls chief, and numbers apart: 0 or 1.
    """

    addresses: tuple[str, ...]
    index: int
    chiefs: int = dataclasses.field(default=0, compare=False)

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
        if type(place) is not int or not 0 <= place < len(tasks.get(kind, ())):
            raise ValueError(checks.message(ENVIRONMENT, f"have a task index that its cluster has a {kind} for", text))
        for address in addresses:
            host_and_port(address)
        if len(set(addresses)) < len(addresses):
            raise ValueError(checks.message(ENVIRONMENT, "give each worker an address of its own", list(addresses)))
        chiefs = len(tasks.get("chief", ()))
        return cls(addresses, place + (chiefs if kind == "worker" else 0), chiefs)

    @property
    def is_chief(self) -> bool:
        return self.index == 0

    def name(self, index: int) -> str:
        """A worker as messages call it."""
        return f"worker {index} ({self.addresses[index]})"

    def others(self, indices: Iterable[int] | None = None) -> str:
        """The other workers, or these of them, as messages call them."""
        chosen = range(len(self.addresses)) if indices is None else sorted(indices)
        return ", ".join(self.name(index) for index in chosen if index != self.index)

    def not_started(self, seconds: float) -> str:
        """What is said where TensorFlow does not start after the meeting."""
        must = f"be there to the end of the run, and TensorFlow has not reached all of them after {seconds:g} s"
        advice = "One ended or was stopped since they met: look at its log, and start all again."
        return f"bert-keras: {checks.message('workers', must, self.others(), advice)}"

    def meet(self, settings: dict[str, Any], timeout: float) -> None:
        """Waits until all workers are there, and compares their settings.

        Where the environment has a BERT_KERAS_CLUSTER_TOKEN, only workers with the same one meet.

        Args:
            settings: what must be the same on every worker, by name: plain JSON values.
            timeout: seconds.

        Raises:
            TimeoutError: if a worker did not come up in time, naming it; on the workers that did.
            ValueError: if a value or the token differs, naming it and the workers; for a token that is too short; where
                worker 0 cannot listen at its address.
        """
        token = cluster_token()
        settings = json.loads(json.dumps(settings))
        deadline = time.monotonic() + timeout
        if self.is_chief:
            self._welcome(settings, deadline, timeout, token)
        else:
            self._join(settings, deadline, timeout, token)

    def _welcome(self, settings: dict[str, Any], deadline: float, timeout: float, token: str) -> None:
        """The chief's side: hears all, tells all the outcome."""
        welcoming = Welcoming(own_listeners(self.name(0), self.addresses), len(self.addresses), token, self._not_one)
        with welcoming.held(deadline) as others:
            by_index = {0: settings, **others}
            missing = [self.name(index) for index in range(len(self.addresses)) if index not in by_index]
            notes = "; ".join(welcoming.notes)
            error = _absent(", ".join(missing), timeout, notes) if missing else self._difference(by_index)
            welcoming.tell({"error": error, "kind": "absent" if missing else "different"})
        _raise(error, bool(missing))

    def _join(self, settings: dict[str, Any], deadline: float, timeout: float, token: str) -> None:
        """The side of the others: tells the chief, hears the outcome."""
        # The chief's clock began when it came: it says who is missing, so its answer is waited for.
        try:
            answer = join_meeting(host_and_port(self.addresses[0]), self.index, settings, token, deadline + _ANSWER)
        except Unheard as error:
            raise TimeoutError(_absent(self.name(0), timeout, str(error))) from None
        except AnotherToken:
            advice = "Set the same on every machine, or on none; `bert-keras launch --workers` sets it by itself."
            must = f"be the same on every worker, and {self.name(0)} has another than {self.name(self.index)}"
            raise ValueError(f"`{TOKEN}` must {must}. {advice}") from None
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


def cluster_token() -> str:
    """That of the environment; empty where none is set.

    Raises:
        ValueError: if it is so short that it could be guessed; the message does not hold it.
    """
    token = os.environ.get(TOKEN, "").strip()
    if token and len(token) < _SHORTEST:
        advice = "E.g. what `python -c 'import secrets; print(secrets.token_hex())'` prints, the same on every worker."
        must = f"have at least {_SHORTEST} characters"
        raise ValueError(f"`{TOKEN}` must {must}. Received: {len(token)} of them. {advice}")
    return token


def _absent(names: str, timeout: float, notes: str) -> str:
    return (
        f"`{ENVIRONMENT}` must name workers that come up within {timeout:g} s. Received: nothing from {names}. "
        + (f"{notes[:1].upper()}{notes[1:]}. " if notes else "")
        + "Start every worker, look at its log and at the firewall between the machines, or pass a longer "
        "worker_timeout (--worker-timeout)."
    )


def _raise(error: str | None, is_absent: bool) -> None:
    if error is not None:
        raise (TimeoutError if is_absent else ValueError)(error)
