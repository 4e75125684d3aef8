"""What cannot be interrupted is ended from outside, with a sentence; what is over in time is left alone."""

import subprocess
import sys
import time

from bert_keras.training.ended_after import ended_after

# A call of C that keeps the interpreter's lock, deaf to SIGTERM, as TensorFlow is while it waits for its workers.
STUCK = """
import ctypes, signal, sys
from bert_keras.training.ended_after import ended_after
signal.signal(signal.SIGTERM, signal.SIG_IGN)
with ended_after(0.5, "worker 1 did not come"):
    ctypes.PyDLL(None).sleep(30)
"""


def test_what_is_stuck_is_ended_with_a_sentence():
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", STUCK], capture_output=True, text=True, timeout=25)
    assert done.returncode == -9 and done.stderr == "worker 1 did not come\n"
    assert time.monotonic() - start < 20


def test_what_is_over_in_time_goes_on(capfd):
    with ended_after(0.5, "it is not"):
        pass
    time.sleep(0.8)
    assert capfd.readouterr().err == ""
