"""`Channel`: a worker's end of the talk with the conductor, a JSON object a line on stdin and stdout.

The conductor asks `{"do": NAME, ...}`, the worker answers `{"result": ...}` or `{"error": text}`, and between the two
only this worker works. What libraries print goes to stderr, which the conductor keeps in a file.
"""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from typing import Any


class Channel:
    """Questions in, answers out."""

    def __init__(self) -> None:
        self._answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
        os.dup2(2, 1)

    def question(self) -> dict[str, Any]:
        """The next question; the process ends where the conductor has."""
        line = sys.stdin.readline()
        if not line:
            sys.exit(0)
        return json.loads(line)

    def answer(self, result: Any = None) -> None:
        self._say({"result": result})

    def serve(self, jobs: dict[str, Callable]) -> None:
        """Answers questions until there are no more."""
        while True:
            question = self.question()
            try:
                job = jobs[question.pop("do")]
                result = job(**question)
            except Exception:
                self._say({"error": traceback.format_exc()})
                continue
            self.answer(result)

    def _say(self, line: dict[str, Any]) -> None:
        self._answers.write(json.dumps(line) + "\n")
        self._answers.flush()


class Blocks:
    """Lets a training loop work in blocks of steps: between two of them it stands still, until it is asked again.

    A callback of the loop calls `begin` before the first step and `step_ended` after each; where that returns False the
    loop ends. So one call of `fit` or `train` runs through the whole benchmark, as a user's would.

    Args:
        channel: to the conductor, who asks `{"do": "steps", "count": n}` and is answered the seconds of the block.
    """

    def __init__(self, channel: Channel) -> None:
        self.channel = channel
        self.begun = False

    def begin(self) -> bool:
        """Says that the loop is about to start, and waits for the first block."""
        if self.begun:
            return True
        self.begun = True
        self.channel.answer("ready")
        return self._next()

    def step_ended(self) -> bool:
        """Counts a step, and at the end of a block reports it and waits for the next one."""
        self.left -= 1
        if self.left:
            return True
        self.channel.answer(time.perf_counter() - self.start)
        return self._next()

    def _next(self) -> bool:
        question = self.channel.question()
        if question["do"] != "steps":
            return False
        self.left = question["count"]
        self.start = time.perf_counter()
        return True
