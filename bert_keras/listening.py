"""`listening`: what is said where a server cannot have its port or its address."""

import contextlib
import errno
import socket
from collections.abc import Iterator

from bert_keras import checks


@contextlib.contextmanager
def listening(host: str, port: int, another: int) -> Iterator[None]:
    """Around what binds a server to an IPv4 address and a port.

    Args:
        host: the address.
        port: the port; 0 takes a free one.
        another: a port to name as an example, where this one cannot be had.

    Raises:
        OSError: in one sentence with what to do, in place of the system's.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
            advice = f"{error.strerror}. Pass 127.0.0.1, or 0.0.0.0 to let other machines in."
            raise OSError(checks.message("host", "be an IPv4 address of this machine", host, advice)) from None
        advice = f"{error.strerror}. Pass another (--port {another}), or 0 for a free one."
        raise OSError(checks.message("port", "be free on this machine", port, advice)) from None
