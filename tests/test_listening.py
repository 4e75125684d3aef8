"""What is said where a server cannot have its port or its address."""

import errno
import socket

import pytest

from bert_keras.listening import bare_host, family_of, in_url, listening, url_of


def bind(host, port):
    with listening(host, port, another=8502), socket.socket(family_of(host)) as made:
        made.bind((host, port))
        made.listen()
        return made.getsockname()[1]


def test_a_port_that_is_taken():
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        with pytest.raises(
            OSError, match=r"`port` must be free on this machine.*in use\. Pass another \(--port 8502\)"
        ):
            bind("127.0.0.1", taken.getsockname()[1])


@pytest.mark.parametrize("host", ["192.0.2.1", "2001:db8::1", "no such host"])
def test_a_host_that_is_not_this_machine(host):
    with pytest.raises(OSError, match=r"`host` must be an address of this machine.*0\.0\.0\.0"):
        bind(host, 0)


def test_what_can_be_had():
    assert bind("127.0.0.1", 0) > 0


def test_a_machine_without_ipv6():
    with pytest.raises(OSError, match=r"`host` must be an address of this machine.*not supported.*Pass 127\.0\.0\.1"):
        with listening("::1", 0, another=8502):
            raise OSError(errno.EAFNOSUPPORT, "Address family not supported by protocol")


@pytest.mark.parametrize(
    ("host", "shown"),
    [
        ("127.0.0.1", "http://127.0.0.1:80"),
        ("0.0.0.0", "http://127.0.0.1:80"),
        ("::", "http://[::1]:80"),
        ("0:0:0:0:0:0:0:1", "http://[::1]:80"),
        ("localhost", "http://localhost:80"),
    ],
)
def test_where_it_is_asked(host, shown):
    assert url_of(host, 80) == shown


def test_hosts_in_addresses_of_pages():
    assert bare_host("[::1]") == "::1" and bare_host("127.0.0.1") == "127.0.0.1"
    assert in_url("::ffff:127.0.0.2") == "127.0.0.2"  # IPv4 that came in by IPv6
    assert family_of("127.0.0.1") == socket.AF_INET and family_of("::1") == socket.AF_INET6
