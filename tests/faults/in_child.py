"""`in_child`: some work in a process of its own, forked from this one."""

import os
from collections.abc import Callable


def in_child(work: Callable[[], tuple[int, str]]) -> tuple[int, str]:
    """The exit status of a process and what it said: as the work returned both; 2 and the error where it raised one."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            status, said = work()
        except BaseException as error:
            status, said = 2, repr(error)
        os.write(writing, said.encode())
        os._exit(status)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read().decode()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), said
