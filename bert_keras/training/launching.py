"""`launch`: starts the workers of a run, passes on what they say, and stops or restarts them together.

This file imports no TensorFlow.
"""

import contextlib
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator

from bert_keras import checks
from bert_keras.training.cluster import ENVIRONMENT, TOKEN, cluster_token

LAUNCHED = "BERT_KERAS_LAUNCHED"  # set for workers
MISTAKE = 2  # the exit status of a worker that was told what cannot be, which no restart mends
GRACE = 10.0  # seconds that a worker has to end when it is told to; then it is killed
STOPPED = 5.0  # seconds that a worker may be stopped (SIGSTOP): TensorFlow gives a silent one up after 10
_POLL = 0.1  # seconds


def launch(
    command: list[str],
    workers: int = 0,
    *,
    hosts: list[str] | None = None,
    index: int | None = None,
    max_restarts: int = 0,
    again: Callable[[], list[str] | None] | None = None,
    say: Callable[[str], None] = print,
) -> int:
    """Runs a command as the workers of one run, and waits for them.

    Each has TF_CONFIG set, and of workers of this machine alone a new BERT_KERAS_CLUSTER_TOKEN; with `hosts` that of
    the environment is passed on. When one fails, or is stopped for 5 s, the others are told to end and are killed if
    they have not after 10 s. A machine's GPUs are shared out among its workers.

    Args:
        command: the program and its arguments.
        workers: how many are started on this machine, which talk over the loopback address; 0 with `hosts`.
        hosts: one address, "host:port", for each machine: every machine starts one worker. The same everywhere.
        index: of this machine among the hosts; found by its addresses if None.
        max_restarts: how often all workers of this machine are started again after one failed, but with `MISTAKE`.
        again: called after a failure; gives its command, or None where the run had ended after all. If None, the same
            command.
        say: takes each line.

    Returns:
        The exit status: 0, or that of the worker that failed first (128 and the signal's number for a killed or stopped
        one); for a launcher that was told to stop, 128 and the number of that signal.

    Raises:
        ValueError: for numbers, hosts or a token that cannot be.
    """
    checks.integer("max_restarts", max_restarts, 0)
    if bool(hosts) == bool(checks.integer("workers", workers, 0)):
        raise ValueError(checks.message("workers", "be given, or hosts, one of them", workers, "E.g. --workers 2."))
    if not cluster_token() and hosts:
        say(f"launch: {TOKEN} is not set: who reaches the port of the first host can come as a worker of this run")
    for attempt in range(max_restarts + 1):
        started = _Attempt(command, workers, hosts, index, say)
        status = started.run()
        if started.told or status in (0, MISTAKE, 128 + signal.SIGINT):
            return status
        if again is not None and (command := again()) is None:
            say("launch: the model folder is whole: the run had ended")
            return 0
        if attempt < max_restarts:
            say(f"launch: restart {attempt + 1} of {max_restarts}")
    return status


class _Attempt:
    """One start of all workers of this machine."""

    def __init__(
        self, command: list[str], workers: int, hosts: list[str] | None, index: int | None, say: Callable[[str], None]
    ) -> None:
        self.command = command
        self.say = say
        self.addresses = list(hosts) if hosts else [f"127.0.0.1:{port}" for port in _free_ports(workers)]
        self.here = list(range(workers))  # the workers that are started on this machine
        if hosts and index is None:
            self.here = [_own_index(hosts)]
        elif hosts:
            self.here = [checks.integer("index", index, 0, len(hosts) - 1, "the number of the last host")]
        # What workers of one machine know each other by, nobody else need know.
        self.token = cluster_token() if hosts else secrets.token_hex(32)
        self.printing = threading.Lock()
        self.told: list[int] = []  # the signals that told the launcher to stop

    def run(self) -> int:
        """The exit status of the first worker that failed, or 0."""
        processes: dict[int, subprocess.Popen] = {}
        threads = []
        gpus = _gpus()
        with _on_signals(self.told):
            try:
                for place, index in enumerate(self.here):
                    processes[index] = self._start(index, gpus[place :: len(self.here)] if gpus else None)
                    threads.append(threading.Thread(target=self._pass_on, args=(index, processes[index]), daemon=True))
                    threads[-1].start()
                return self._watch(processes)
            finally:
                self._stop(processes)
                for thread, process in zip(threads, processes.values(), strict=False):
                    thread.join(GRACE)
                    process.stdout.close()

    def _start(self, index: int, gpus: list[str] | None) -> subprocess.Popen:
        task = {"cluster": {"worker": self.addresses}, "task": {"type": "worker", "index": index}}
        environment = {**os.environ, ENVIRONMENT: json.dumps(task), LAUNCHED: "1", "PYTHONUNBUFFERED": "1"}
        environment[TOKEN] = self.token
        if len(self.here) > 1 and gpus is not None:
            environment["CUDA_VISIBLE_DEVICES"] = ",".join(gpus) or "-1"
        # A session of its own: Ctrl-C reaches the launcher, which stops each worker once.
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
        return subprocess.Popen(self.command, env=environment, start_new_session=True, **pipes)

    def _pass_on(self, index: int, process: subprocess.Popen) -> None:
        for line in process.stdout:
            with self.printing:
                self.say(f"[{index}] {line.decode('utf-8', 'replace').rstrip()}")

    def _watch(self, processes: dict[int, subprocess.Popen]) -> int:
        stopped: dict[int, float] = {}  # since when, by worker
        while any(process.poll() is None for process in processes.values()):
            if self.told:
                self.say("launch: stopping all workers")
                return 128 + self.told[0]
            if any(process.poll() not in (None, 0) for process in processes.values()):
                break
            now = time.monotonic()
            stopped = {i: stopped.get(i, now) for i, process in processes.items() if _is_stopped(process)}
            if longest := [index for index, since in stopped.items() if now - since > STOPPED]:
                self.say(f"launch: worker {longest[0]} was stopped for {STOPPED:g} s (SIGSTOP); ending all workers")
                _signal(processes[longest[0]], signal.SIGKILL)  # it would not hear that it is to end
                return 128 + signal.SIGSTOP
            time.sleep(_POLL)
        failed = [i for i, process in processes.items() if process.poll() not in (None, 0)]
        failed.sort(key=lambda index: processes[index].returncode > 0)  # who was killed, before who then failed for it
        if not failed:
            return 0
        status = processes[failed[0]].returncode
        how = f"was killed by signal {-status}" if status < 0 else f"ended with status {status}"
        self.say(f"launch: worker {failed[0]} {how}" + ("; stopping the others" if len(processes) > 1 else ""))
        return status if status > 0 else 128 - status

    def _stop(self, processes: dict[int, subprocess.Popen]) -> None:
        """Ends every worker that still runs, and what it has started."""
        for process in processes.values():
            _signal(process, signal.SIGTERM)
        deadline = time.monotonic() + GRACE
        while any(process.poll() is None for process in processes.values()) and time.monotonic() < deadline:
            time.sleep(_POLL)
        for process in processes.values():
            _signal(process, getattr(signal, "SIGKILL", signal.SIGTERM))  # on Windows SIGTERM kills
            process.wait()


@contextlib.contextmanager
def _on_signals(told: list[int]) -> Iterator[None]:
    """Notes Ctrl-C and SIGTERM, in place of dying with the workers left alone; as before at the end."""
    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.signal(number, lambda number, _: told.append(int(number))) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _is_stopped(process: subprocess.Popen) -> bool:
    """Whether a child that runs is stopped by a signal now; False where the system does not tell."""
    if process.poll() is not None or not hasattr(os, "waitid"):
        return False
    try:
        return os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOHANG | os.WNOWAIT) is not None
    except ChildProcessError:  # it ended just now
        return False


def _signal(process: subprocess.Popen, number: int) -> None:
    if process.poll() is None:
        with contextlib.suppress(ProcessLookupError):  # it ended just now
            if hasattr(os, "killpg"):
                os.killpg(process.pid, number)
            else:  # Windows
                process.send_signal(number)


def _free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at the moment."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [opened.getsockname()[1] for opened in sockets]
    for opened in sockets:
        opened.close()
    return ports


def _own_index(hosts: list[str]) -> int:
    """The place of this machine among the hosts: the one whose address it can listen on."""
    mine = [place for place, host in enumerate(hosts) if _is_here(host.rpartition(":")[0])]
    if len(mine) != 1:
        advice = "Pass --index: 0 on the first machine, 1 on the second."
        count = "none of them" if not mine else f"{len(mine)} of them"
        raise ValueError(checks.message("hosts", f"hold this machine's address once, and {count} is", hosts, advice))
    return mine[0]


def _is_here(host: str) -> bool:
    try:
        socket.create_server((host.strip("[]"), 0)).close()
    except OSError:
        return False
    return True


def _gpus() -> list[str] | None:
    """The GPUs that this process may use; None where there are none, or NVIDIA's tool is not there."""
    if (chosen := os.environ.get("CUDA_VISIBLE_DEVICES")) is not None:
        return [name for name in chosen.split(",") if name not in ("", "-1")] or None
    if shutil.which("nvidia-smi") is None:
        return None
    listed = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, check=False)
    return [str(place) for place, line in enumerate(listed.stdout.splitlines()) if line.startswith("GPU ")] or None


def of_this_library(arguments: list[str]) -> list[str]:
    """A command line that runs `bert-keras` with these arguments in this Python."""
    return [sys.executable, "-m", "bert_keras", *arguments]
