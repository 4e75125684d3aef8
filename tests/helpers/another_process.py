"""A Python process beside the tests, started once, in which TensorFlow is imported and neither bert_keras nor Keras."""

import atexit
import functools
import json
import os
import subprocess
import sys

_CHILD = """
import contextlib, io, json, sys, traceback
import sys; sys.modules["tensorflow_text"] = None  # what is served needs it nowhere
import tensorflow
answers = sys.stdout
sys.stdout = sys.stderr
for line in sys.stdin:
    asked = json.loads(line)
    sys.argv, out, error = ["-c", *asked["arguments"]], io.StringIO(), None
    stdin, sys.stdin = sys.stdin, io.StringIO(asked["stdin"])
    try:
        with contextlib.redirect_stdout(out):
            exec(compile(asked["program"], "<program>", "exec"), {"__name__": "__main__"})
    except BaseException:
        error = traceback.format_exc()
    finally:
        sys.stdin = stdin
    print(json.dumps({"out": out.getvalue(), "error": error}), file=answers, flush=True)
"""


def run(program: str, *arguments: str, stdin: str = "") -> str:
    """What a program prints that is run there, as `python -c PROGRAM ARGUMENTS` would; fails with its traceback."""
    child = _started()
    child.stdin.write(json.dumps({"program": program, "arguments": arguments, "stdin": stdin}) + "\n")
    child.stdin.flush()
    line = child.stdout.readline()
    assert line, f"the process ended with status {child.wait()}"
    answer = json.loads(line)
    assert answer["error"] is None, answer["error"]
    return answer["out"]


@functools.cache
def _started() -> subprocess.Popen:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.DEVNULL, "text": True}
    child = subprocess.Popen([sys.executable, "-c", _CHILD], cwd="/", env=environment, **pipes)
    atexit.register(child.kill)
    return child
