"""Pythons that are forked from one in which TensorFlow and the library are imported and nothing was run.

Each is a process of its own with an empty namespace, its own folder and its own environment. What it is spared are the
imports, which take longer than most of what the tests run in it. Elsewhere than on Linux it is an ordinary process.
"""

import atexit
import functools
import json
import os
import pathlib
import runpy
import signal
import subprocess
import sys
import tempfile
import time
from typing import Any

from once import made_once
from paths import ROOT


def environment_for(backend: str = "tensorflow", **more: str) -> dict[str, str]:
    """That of this process for small runs on the CPU, with the library in it."""
    env = {name: value for name, value in os.environ.items() if name not in ("MPLBACKEND", "TF_CONFIG")}
    env |= {"KERAS_BACKEND": backend, "CUDA_VISIBLE_DEVICES": "-1", "TF_CPP_MIN_LOG_LEVEL": "3"}
    env["PYTHONPATH"] = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
    return env | (_jax_environment() if backend == "jax" else {}) | more


def _jax_environment() -> dict[str, str]:
    """JAX on the CPU, which compiles a program once for all processes of the tests: that is most of their time."""
    programs = str(made_once("jax_programs", pathlib.Path.mkdir))
    every = {"JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0", "JAX_PERSISTENT_CACHE_MIN_ENTRY_SIZE_BYTES": "-1"}
    return {"JAX_PLATFORMS": "cpu", "JAX_COMPILATION_CACHE_DIR": programs, **every}


def run(*arguments: Any, timeout: float = 600, **options: Any) -> subprocess.CompletedProcess:
    """`python ARGUMENTS` to its end, with standard output and standard error; `options` are those of `start`."""
    command = [sys.executable, *map(str, arguments)]
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as error:
        process = start(*arguments, stdout=out, stderr=error, **options)
        try:
            status = process.wait(timeout)
        finally:
            if process.poll() is None:
                process.kill()
        texts = [(file.seek(0), file.read())[1] for file in (out, error)]
    return subprocess.CompletedProcess(command, status, *texts)


def start(*arguments: Any, stdout, stderr, backend: str = "tensorflow", warm: bool = True, cwd: Any = None, **env: str):
    """`python ARGUMENTS`, which writes into open files: a `subprocess.Popen`, or as much of it as is asked for.

    Args:
        backend: of Keras.
        warm: False has a Python that has imported nothing.
        env: variables of its environment beside those of `environment_for`.
    """
    environment, folder = environment_for(backend, **env), str(cwd or pathlib.Path.cwd())
    if not warm or sys.platform != "linux":
        command = [sys.executable, *map(str, arguments)]
        return subprocess.Popen(command, env=environment, cwd=folder, stdout=stdout, stderr=stderr)
    paths = [f"/proc/{os.getpid()}/fd/{file.fileno()}" for file in (stdout, stderr)]
    return _server(backend).launch(list(map(str, arguments)), environment, folder, *paths)


def launch_kernel(command: list[str], *, env: dict[str, str], cwd: str, **_: Any) -> "Forked":
    """In the place of `jupyter_client.launch_kernel`, for commands such as `python -m ipykernel_launcher -f FILE`."""
    return _server("tensorflow").launch(command[1:], env, cwd, os.devnull, os.devnull)


class Forked:
    """As much of `subprocess.Popen` as is asked for, of a process that is a child of the one with the imports."""

    stdin = stdout = stderr = None  # what Jupyter waits for and closes, where it started the process itself

    def __init__(self, server: "_Server", pid: int) -> None:
        self.server, self.pid, self.returncode = server, pid, None

    def poll(self) -> int | None:
        """None while it runs, then its status, below 0 where a signal ended it."""
        if self.returncode is None:
            self.returncode = self.server.ask({"poll": self.pid})
        return self.returncode

    def wait(self, timeout: float = 600) -> int:
        end = time.monotonic() + timeout
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(f"process {self.pid}", timeout)
            time.sleep(0.05)
        return self.returncode

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _Server:
    """The process with the imports: one line asks, one line answers."""

    def __init__(self, backend: str) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._process = subprocess.Popen([sys.executable, __file__], env=environment_for(backend), **pipes)
        atexit.register(self._process.kill)

    def ask(self, question: dict[str, Any]) -> Any:
        print(json.dumps(question), file=self._process.stdin, flush=True)
        return json.loads(self._process.stdout.readline())

    def launch(self, arguments: list[str], env: dict[str, str], folder: str, out: str, error: str) -> Forked:
        wanted = {"arguments": arguments, "environment": env, "folder": folder, "out": out, "error": error}
        return Forked(self, self.ask(wanted))


@functools.cache
def _server(backend: str) -> _Server:
    return _Server(backend)


def _serve() -> None:
    """Imports, then forks a process for each line of standard input that wants one, and prints its number."""
    sys.path.remove(str(pathlib.Path(__file__).resolve().parent))  # helpers of tests are nothing for notebooks
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # a kernel ends when that process does; read by the import
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as in a kernel; Keras imports pyplot
    import ipykernel.kernelapp  # noqa: F401
    import keras  # noqa: F401
    import tensorflow as tf  # noqa: F401

    import bert_keras

    for name in bert_keras.__all__:
        getattr(bert_keras, name)
    statuses: dict[int, int] = {}
    while line := sys.stdin.readline():
        wanted = json.loads(line)
        if "poll" in wanted:
            print(json.dumps(_status(wanted["poll"], statuses)), flush=True)
            continue
        if not os.fork():
            os.setsid()  # before anyone knows its number: Jupyter signals the whole group
            print(os.getpid(), flush=True)
            _become(**wanted)
            return


def _status(pid: int, statuses: dict[int, int]) -> int | None:
    if pid not in statuses:
        ended, status = os.waitpid(pid, os.WNOHANG)
        if ended:
            statuses[pid] = os.waitstatus_to_exitcode(status)
    return statuses.get(pid)


def _become(arguments: list[str], environment: dict[str, str], folder: str, out: str, error: str) -> None:
    """Runs what `python ARGUMENTS` would."""
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, path in ((1, out), (2, error)):
        os.dup2(os.open(path, os.O_WRONLY | os.O_APPEND), number)
    os.environ.clear()
    os.environ.update(environment)
    os.chdir(folder)
    sys.path[:0] = [path for path in environment["PYTHONPATH"].split(os.pathsep) if path not in sys.path]
    kind, *rest = arguments
    if kind == "-c":
        sys.argv = ["-c", *rest[1:]]
        sys.path.insert(0, "")
        exec(compile(rest[0], "<string>", "exec"), {"__name__": "__main__"})
    elif kind == "-m":
        sys.argv = rest
        runpy.run_module(rest[0], run_name="__main__", alter_sys=True)
    else:
        sys.argv = arguments
        sys.path.insert(0, str(pathlib.Path(kind).parent))
        runpy.run_path(kind, run_name="__main__")


if __name__ == "__main__":
    _serve()
