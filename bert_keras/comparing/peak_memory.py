"""`PeakMemory`: the most memory that a stretch of work used at once."""

import pathlib

import tensorflow as tf

_CLEAR, _STATUS = pathlib.Path("/proc/self/clear_refs"), pathlib.Path("/proc/self/status")
_FORGET_PEAK = "5"  # proc(5): the peak begins anew at what is used now


class PeakMemory:
    """Measures from when it is made: the first GPU's memory where there is one, else that of the process, on Linux.

    That of a process counts what earlier work has left there. Elsewhere it is not known.
    """

    def __init__(self) -> None:
        self._gpu = bool(tf.config.list_logical_devices("GPU"))
        self._known = True
        try:
            if self._gpu:
                tf.config.experimental.reset_memory_stats("GPU:0")
            else:
                _CLEAR.write_text(_FORGET_PEAK)
        except (OSError, ValueError, tf.errors.OpError):
            self._known = False

    def bytes(self) -> int | None:
        """The most so far; None where the system does not tell."""
        if not self._known:
            return None
        if self._gpu:
            return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])
        lines = _STATUS.read_text().splitlines()
        found = [line.split()[1] for line in lines if line.startswith("VmHWM:")]
        return 1024 * int(found[0]) if found else None
