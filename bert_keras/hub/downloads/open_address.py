"""`open_address`: asks one address that a stranger may have chosen, by an answer that redirects to it.

It must be https, and its machine no part of a private network, unless the user has named it (`named_hosts.py`). What is
looked at is the number that is connected to, so a name that gives another number at the next look gains nothing.

Through a proxy, which HTTPS_PROXY and the like name, it is the proxy that looks names up and connects: numbers are
refused here as ever, and names are the proxy's to refuse.
"""

import contextlib
import http.client
import ipaddress
import socket
import urllib.parse
import urllib.request
from typing import Any

from bert_keras.hub.downloads.named_hosts import PRIVATE_HOSTS, is_named

_NAT64 = ipaddress.ip_network("64:ff9b::/96")


class RefusedAddressError(OSError):
    """An address that is not asked; the text says why."""


def open_address(url: str, headers: dict[str, str], timeout: float) -> http.client.HTTPResponse:
    """Asks for an address, and hands out the answer, whatever its status is; redirects are not followed.

    Args:
        url: https, or http of a host that the user has named.
        headers: of the request.
        timeout: seconds without an answer or a byte.

    Raises:
        RefusedAddressError: for an address that may not be asked.
        OSError, http.client.HTTPException: where there is no answer. The first may hold a RefusedAddressError, its
            `reason`: a machine's number is known when it is connected to.
    """
    _check_form(url)
    named = is_named(url)
    if not named:
        _check_unnamed(url)
    handlers: list[Any] = [_EveryAnswer]
    if not named and not _is_proxied(url):
        handlers += [urllib.request.ProxyHandler({}), _PublicHTTPSHandler]
    return urllib.request.build_opener(*handlers).open(urllib.request.Request(url, headers=headers), timeout=timeout)


def is_public(number: str) -> bool:
    """Whether an IP address is one of the public Internet's, and holds none that is not."""
    address = ipaddress.ip_address(number.partition("%")[0])
    held: list[Any] = [address]
    if isinstance(address, ipaddress.IPv6Address):
        held += [address.ipv4_mapped, address.sixtofour, *(address.teredo or ())]
        held += [ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)] if address in _NAT64 else []
    return all(one.is_global and not one.is_multicast for one in held if one is not None)


def _check_form(url: str) -> None:
    try:
        parts = urllib.parse.urlsplit(url)
        readable = parts.port != 0 and bool(parts.hostname and parts.hostname.encode("idna"))
    except ValueError:  # of a port, or of a name with labels that are too long
        readable = False
    if not readable or parts.scheme not in ("http", "https") or "@" in parts.netloc or "%" in parts.netloc:
        raise RefusedAddressError("it must be an http or https address without a user name")


def _check_unnamed(url: str) -> None:
    parts = urllib.parse.urlsplit(url)
    if parts.scheme != "https":
        advice = f"{PRIVATE_HOSTS}=http://{parts.netloc} takes what that host sends as it comes"
        raise RefusedAddressError(f"it must be an https address, as http can be changed on the way; {advice}")
    number = _number(parts.hostname or "")
    if number is not None:
        _check_number(parts.hostname or "", number)


def _number(host: str) -> str | None:
    """The IP address that a host is written as, None of a name. Sockets take 127.1 and 2130706433, too."""
    with contextlib.suppress(ValueError, OSError):
        if ":" in host:
            return str(ipaddress.ip_address(host))
        return socket.inet_ntoa(socket.inet_aton(host))
    return None


def _check_number(host: str, number: str) -> None:
    if not is_public(number):
        shown = host if host == number else f"{host} ({number})"
        raise RefusedAddressError(
            f"{shown} lies in a private network; if it is a server of yours, set {PRIVATE_HOSTS}={host}"
        )


def _is_proxied(url: str) -> bool:
    parts = urllib.parse.urlsplit(url)
    return parts.scheme in urllib.request.getproxies() and not urllib.request.proxy_bypass(parts.hostname or "")


def _connect(address: tuple[str, int], timeout: Any, source_address: Any = None) -> socket.socket:
    """As `socket.create_connection`, to one of the public addresses of a host."""
    host, port = address
    numbers = dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    public = [number for number in numbers if is_public(number)]
    for number in numbers if not public else ():
        _check_number(host, number)
    failure: OSError = OSError(f"{host} has no address")
    for number in public:
        try:
            return socket.create_connection((number, port), timeout, source_address)
        except OSError as error:
            failure = error
    raise failure


class _PublicHTTPSConnection(http.client.HTTPSConnection):
    """The certificate is that of the name, and the connection to a number that was looked at."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._create_connection = _connect


class _PublicHTTPSHandler(urllib.request.HTTPSHandler):
    def https_open(self, request: urllib.request.Request) -> Any:
        return self.do_open(_PublicHTTPSConnection, request)


class _EveryAnswer(urllib.request.HTTPErrorProcessor):
    """Hands out answers of any status, redirects too: which are followed is decided hop by hop."""

    def http_response(self, request: Any, response: Any) -> Any:
        return response

    https_response = http_response
