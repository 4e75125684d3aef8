"""`Interruptions`: SIGINT and SIGTERM, which have a run end behind a step, with a checkpoint and a sentence."""

import os
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

_DEFAULTS = (signal.SIG_DFL, signal.default_int_handler)


class Terminated(SystemExit):
    """SIGTERM told the process to end; its status is that of a process that the signal ended."""


class Interruptions:
    """In its `with` block signals wait for the end of a step, where there is one; without one they end the run at once.

    SIGINT ends it with a KeyboardInterrupt, SIGTERM with `Terminated`, a SystemExit with status 143. A second signal
    ends it at once. Whoever handles a signal already goes on doing so, and outside the main thread nothing is changed,
    as Python has no other way.

    Args:
        say: takes the sentence that says where the run stands, at its end by a signal.
        standing: gives that sentence.
        waits: whether signals are handled at all.
    """

    def __init__(self, say: Callable[[str], None], standing: Callable[[], str], waits: bool = True) -> None:
        self.say = say
        self.standing = standing
        self.waits = waits
        self.in_steps = False
        self.asked: int | None = None  # the signal that came during a step
        self._before: dict[int, Any] = {}

    def __enter__(self) -> "Interruptions":
        is_main = threading.current_thread() is threading.main_thread()
        for number in (signal.SIGINT, signal.SIGTERM) if self.waits and is_main else ():
            if signal.getsignal(number) in _DEFAULTS:
                self._before[number] = signal.signal(number, self._take)
        return self

    def __exit__(self, kind: type | None, error: BaseException | None, trace: TracebackType | None) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)
        if isinstance(error, (KeyboardInterrupt, Terminated)):
            name = "SIGTERM" if isinstance(error, Terminated) else "SIGINT"
            sentence = f"interrupted by {name}: {self.standing()}"
            self.say(sentence)
            if isinstance(error, KeyboardInterrupt) and not error.args:
                error.args = (sentence,)

    def begin_steps(self) -> None:
        """From here on signals wait for `end_steps`."""
        self.in_steps = True

    def end_steps(self) -> None:
        """From here on signals end the run at once, and so does one that still waits."""
        self.in_steps = False
        if self.asked is not None:
            _end(self.asked)

    def _take(self, number: int, frame: FrameType | None) -> None:
        if not self.in_steps or self.asked is not None:
            _end(number)
        self.asked = number
        name = signal.Signals(number).name
        # Not by print: it may be what the signal came into the middle of.
        os.write(2, f"{name}: the run ends behind this step, with a checkpoint; once more ends it at once\n".encode())


def _end(number: int) -> None:
    raise KeyboardInterrupt if number == signal.SIGINT else Terminated(128 + number)
