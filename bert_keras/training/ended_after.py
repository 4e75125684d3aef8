"""`ended_after`: an end for what cannot be interrupted, such as TensorFlow's start where a worker does not come."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator

# Standard input tells when the block is over, or its process is: then there is nothing to end.
_WATCH = """
import os, signal, sys, threading, time
def wait():
    sys.stdin.read()
    os._exit(0)
threading.Thread(target=wait, daemon=True).start()
time.sleep(float(sys.argv[2]))
print(sys.argv[3], file=sys.stderr, flush=True)
os.kill(int(sys.argv[1]), getattr(signal, "SIGKILL", signal.SIGTERM))
"""


@contextlib.contextmanager
def ended_after(seconds: float, sentence: str) -> Iterator[None]:
    """Kills this process, and prints a sentence, unless the block is over in time.

    While TensorFlow waits for workers no thread of Python runs, and SIGTERM does not end it: another process watches.
    """
    command = [sys.executable, "-I", "-S", "-c", _WATCH, str(os.getpid()), str(seconds), sentence]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL) as watch:
        try:
            yield
        finally:
            watch.stdin.close()
