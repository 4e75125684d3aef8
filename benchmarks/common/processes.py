"""Fresh processes, timed from their start to their end."""

import os
import subprocess
import time

from common.workers import BENCHMARKS, QUIET


def timed(command: list[str]) -> float:
    """Seconds of a command from its start to its end; SystemExit, with what it said, where it fails."""
    start = time.perf_counter()
    done = subprocess.run(command, cwd=BENCHMARKS, env={**os.environ, **QUIET}, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SystemExit(f"This failed: {' '.join(command)}\n{done.stdout[-1000:]}{done.stderr[-2000:]}")
    return seconds
