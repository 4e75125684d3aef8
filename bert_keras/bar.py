"""`bar`: how far a long task is, in a line that is written over: on a terminal and in a notebook, and nowhere else.

It goes to standard error, so that what is printed stays clean. `keras.config.disable_interactive_logging()` turns it
off, as it does Keras' own. What ends in a log instead is one line, of tasks that give `Bar.end` what was done.
"""

import contextlib
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator

PATIENCE = 2.0  # seconds that a task lasts before it is shown
_EVERY = 0.2  # seconds between two pictures of it
_WIDTH = 24  # characters


class Bar:
    """A line that shows a task. It is wiped out by `end`.

    Args:
        what: is being done, as "tokenizing".
        total: steps of it; None where that is not known.
        patience: seconds before it is shown.
        unit: of the steps, as "rows"; none is said if "".
    """

    def __init__(self, what: str, total: int | None = None, patience: float = PATIENCE, unit: str = "") -> None:
        self.what = what
        self.total = total
        self.unit = unit
        self._patience = patience
        self._began = self._shown = time.monotonic()
        self._shown += patience - _EVERY
        self._length = 0

    def to(self, done: int, more: str = "") -> None:
        """Shows that `done` steps are; `more` stands in place of the time that is left."""
        now = time.monotonic()
        if now - self._shown < _EVERY or not is_shown():
            return
        self._shown = now
        if self.total:
            share = min(done / self.total, 1.0)
            left = (now - self._began) / max(done, 1) * (self.total - done)
            full = round(share * _WIDTH)
            text = f"{self.what} [{'#' * full}{'.' * (_WIDTH - full)}] {share:4.0%}  "
            text += f"{done:,} of {self.total:,} {self.unit}".rstrip()
            text += f"  {more or f'about {left:.0f} s left'}"
        else:
            text = f"{self.what}  {f'{done:,} {self.unit}'.rstrip()}  {more}".rstrip()
        self._write(text)

    def end(self, told: int | None = None) -> None:
        """Wipes the line out. Where nobody looks, a task that lasted is told in a line, if `told` steps of it were."""
        seconds = time.monotonic() - self._began
        if told is not None and seconds >= self._patience and not is_shown() and not _is_off():
            sys.stderr.write(f"{self.what}: {told:,} {self.unit}".rstrip() + f" in {seconds:.0f} s\n")
            sys.stderr.flush()
        if self._length:
            self._write("")
            sys.stderr.write("\r")
            self._length = 0

    def _write(self, text: str) -> None:
        text = text[: shutil.get_terminal_size().columns - 1]
        sys.stderr.write("\r" + text.ljust(self._length))
        sys.stderr.flush()
        self._length = len(text)


@contextlib.contextmanager
def bar(what: str, total: int | None = None) -> Iterator[Callable[[int], None]]:
    """A `Bar` around a block, which calls what it is given with the steps done so far.

    >>> with bar("tokenizing", len(rows)) as shown:
    ...     for done, row in enumerate(rows, 1):
    ...         shown(done)
    """
    made = Bar(what, total)
    try:
        yield made.to
    finally:
        made.end()


@contextlib.contextmanager
def steps_bar(what: str, count: int) -> Iterator[Callable[[str], None]]:
    """A `Bar` of a few long steps, which calls what it is given as each begins; a thread counts its seconds.

    >>> with steps_bar("exporting", 2) as step:
    ...     step("tracing")
    ...     step("writing")
    """
    if not is_shown():
        yield lambda name: None
        return
    made, ended = Bar(what, count), threading.Event()
    under_way: list[tuple[str, float]] = []

    def tick() -> None:
        while not ended.wait(_EVERY):
            if under_way:
                name, began = under_way[-1]
                made.to(len(under_way) - 1, f"{name}, {time.monotonic() - began:.0f} s")

    thread = threading.Thread(target=tick, name=what, daemon=True)
    thread.start()
    try:
        yield lambda name: under_way.append((name, time.monotonic()))
    finally:
        ended.set()
        thread.join()
        made.end()


def is_shown() -> bool:
    """Whether someone looks: a terminal, or a notebook; and Keras' interactive logging is not disabled."""
    return not _is_off() and (sys.stderr.isatty() or _is_notebook())


def _is_off() -> bool:
    """Whether Keras' interactive logging is disabled."""
    config = getattr(sys.modules.get("keras"), "config", None)
    return config is not None and not config.is_interactive_logging_enabled()


def _is_notebook() -> bool:
    shell = sys.modules.get("IPython")
    own = None if shell is None else shell.get_ipython()
    return type(own).__name__ == "ZMQInteractiveShell"
