"""Kernels that are forked from a process in which TensorFlow and the library are imported and nothing was run.

Each kernel is a process of its own with an empty namespace, its own folder and its own environment. What it is spared
are the imports, which take longer than most cells.
"""

import json
import os
import pathlib
import signal
import subprocess
import sys
import time
from typing import Any

# What Jupyter waits for and closes, where it started the process itself.
_NO_STREAMS = {"stdin": None, "stdout": None, "stderr": None}


class WarmKernels:
    """Starts kernels in the place of `jupyter_client.launch_kernel`; needs Linux, as it forks.

    Args:
        environment: of the process with the imports; a kernel has the one that it is launched with.
    """

    def __init__(self, environment: dict[str, str]) -> None:
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
        self._server = subprocess.Popen([sys.executable, __file__], env=environment, **pipes)

    def launch(self, command: list[str], *, env: dict[str, str], cwd: str, **_: Any) -> "ForkedKernel":
        """A kernel for a command such as `python -m ipykernel_launcher -f connection.json`."""
        arguments = command[command.index("ipykernel_launcher") + 1 :]
        print(
            json.dumps({"arguments": arguments, "environment": env, "folder": cwd}), file=self._server.stdin, flush=True
        )
        return ForkedKernel(int(self._server.stdout.readline()))

    def close(self) -> None:
        """Ends the process; kernels that run go on."""
        self._server.stdin.close()
        self._server.wait(timeout=60)
        self._server.stdout.close()


class ForkedKernel:
    """As much of `subprocess.Popen` as Jupyter asks for, of a process that is no child of this one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        vars(self).update(_NO_STREAMS)

    def poll(self) -> int | None:
        """None while it runs, then 0: only its parent hears of its status, and nobody here asks."""
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return 0
        return None

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.05)
        return 0

    def send_signal(self, number: int) -> None:
        os.kill(self.pid, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


def _serve() -> None:
    """Imports, then forks a kernel for each line of standard input, and prints its number."""
    sys.path.remove(str(pathlib.Path(__file__).resolve().parent))  # helpers of tests are nothing for notebooks
    os.environ["JPY_PARENT_PID"] = str(os.getpid())  # a kernel ends when that process does; read by the import
    os.environ["MPLBACKEND"] = "module://matplotlib_inline.backend_inline"  # as in a kernel; Keras imports pyplot
    import ipykernel.kernelapp
    import keras  # noqa: F401
    import tensorflow as tf  # noqa: F401

    import bert_keras

    for name in bert_keras.__all__:
        getattr(bert_keras, name)
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for the kernels
    while line := sys.stdin.readline():
        wanted = json.loads(line)
        if not os.fork():
            break
    else:
        return
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    os.setsid()  # before anyone knows its number: Jupyter signals the whole group
    print(os.getpid(), flush=True)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    os.dup2(2, 1)  # what the notebook writes past Jupyter; standard output was the line to the tests
    os.environ.clear()
    os.environ.update(wanted["environment"])
    os.chdir(wanted["folder"])
    sys.argv = ["ipykernel_launcher", *wanted["arguments"]]
    ipykernel.kernelapp.launch_new_instance()


if __name__ == "__main__":
    _serve()
