"""`listening`: where a server listens, of IPv4 or IPv6, and what is said where it cannot."""

import contextlib
import errno
import ipaddress
import socket
from collections.abc import Iterator

from bert_keras import checks

_AS_ASKED = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # all addresses, by one of them


@contextlib.contextmanager
def listening(host: str, port: int, another: int) -> Iterator[None]:
    """Around what binds a server to an address and a port.

    Args:
        host: the address, or a name that stands for one.
        port: the port; 0 takes a free one.
        another: a port to name as an example, where this one cannot be had.

    Raises:
        OSError: in one sentence with what to do, in place of the system's.
    """
    try:
        yield
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
            advice = f"{error.strerror}. Pass 127.0.0.1 or ::1, or 0.0.0.0 or :: to let other machines in."
            raise OSError(checks.message("host", "be an address of this machine", host, advice)) from None
        advice = f"{error.strerror}. Pass another (--port {another}), or 0 for a free one."
        raise OSError(checks.message("port", "be free on this machine", port, advice)) from None


def bare_host(host: str) -> str:
    """A host without the brackets in which an address of IPv6 stands in those of pages."""
    return host.removeprefix("[").removesuffix("]")


def family_of(host: str) -> socket.AddressFamily:
    """IPv4 wherever a host has an address of it.

    Raises:
        OSError: if it has none at all.
    """
    families = {found[0] for found in socket.getaddrinfo(host or None, None, type=socket.SOCK_STREAM)}
    return socket.AF_INET if socket.AF_INET in families else socket.AF_INET6


def in_url(host: str) -> str:
    """A host as it stands in the address of a page: IPv6 in brackets, and IPv4 that came in by IPv6 as itself."""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:  # a name
        return host
    if address.version == 4:
        return host
    return f"[{address}]" if address.ipv4_mapped is None else str(address.ipv4_mapped)


def url_of(host: str, port: int) -> str:
    """Where a server is asked on this machine, as "http://127.0.0.1:8000", also if it listens on all addresses."""
    return f"http://{in_url(_AS_ASKED.get(host, host))}:{port}"
