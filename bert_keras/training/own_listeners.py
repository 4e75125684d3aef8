"""`own_listeners`: where worker 0 listens for the others: at the address that it was given, and at no other."""

import errno
import ipaddress
import os
import socket
from collections.abc import Sequence

from bert_keras import checks

ENVIRONMENT = "TF_CONFIG"


def host_and_port(address: str) -> tuple[str, int]:
    """The parts of "host:port", an address of IPv6 without its brackets.

    Raises:
        ValueError: if it has another form.
    """
    host, _, port = address.rpartition(":")
    if not _is_host(host) or not port.isdecimal() or not port.isascii() or not 0 < int(port[:9]) < 65536:
        raise ValueError(checks.message(ENVIRONMENT, "have addresses of the form host:port", address))
    return host.strip("[]"), int(port)


def own_listeners(name: str, addresses: Sequence[str]) -> list[socket.socket]:
    """Sockets at worker 0's address: one for each of those that its host has on this machine.

    Args:
        name: of worker 0 in messages.
        addresses: of all workers, its own first.

    Raises:
        ValueError: if its address is none of this machine, is in use, or cannot be reached by the other machines.
    """
    host, port = host_and_port(addresses[0])
    opened: list[socket.socket] = []
    try:
        problem = _open(host, port, opened)
        if not opened:
            advice = "Give the address by which the other machines reach it, or start worker 0 where that address is."
            must = f"give {name} an address of its own machine ({problem})"
            raise ValueError(checks.message(ENVIRONMENT, must, addresses[0], advice))
        _check_reachable(name, addresses, [listener.getsockname()[0] for listener in opened])
    except OSError as error:
        _close(opened)
        advice = "Another process has it: another run? Give this one another port."
        must = f"give {name} a port that is free ({os.strerror(error.errno)})"
        raise ValueError(checks.message(ENVIRONMENT, must, addresses[0], advice)) from None
    except ValueError:
        _close(opened)
        raise
    return opened


def _open(host: str, port: int, opened: list[socket.socket]) -> str | None:
    """Adds the sockets to `opened`; returns why an address of the host is not one of this machine."""
    try:
        found = dict.fromkeys(socket.getaddrinfo(host, port, type=socket.SOCK_STREAM))
    except socket.gaierror as error:
        return error.strerror
    problem = None
    for family, *_, address in found:
        try:
            opened.append(socket.create_server(address, family=family))
        except OSError as error:
            if error.errno not in (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT):
                raise
            problem = os.strerror(error.errno)
    return problem


def _check_reachable(name: str, addresses: Sequence[str], here: list[str]) -> None:
    """Raises ValueError if worker 0's host is a name that means the loopback on its machine, and others are elsewhere.

    Some systems give a machine's own name the address 127.0.1.1.
    """
    host = host_and_port(addresses[0])[0]
    elsewhere = {host_and_port(address)[0] for address in addresses} - {host, "localhost"}
    is_name = host not in ("localhost", *here)
    if is_name and elsewhere and all(ipaddress.ip_address(address).is_loopback for address in here):
        must = f"give {name} an address that the other machines reach, and the name is {here[0]} on its own"
        advice = "Give its number, or take the name from that line of /etc/hosts."
        raise ValueError(checks.message(ENVIRONMENT, must, addresses[0], advice))


def _close(opened: list[socket.socket]) -> None:
    for listener in opened:
        listener.close()


def _is_host(host: str) -> bool:
    try:
        return bool(host) and host.isprintable() and bool(host.encode("idna"))
    except UnicodeError:
        return False
