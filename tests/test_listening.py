"""What is said where a server cannot have its port or its address."""

import socket

import pytest

from bert_keras.listening import listening


def bind(host, port):
    with socket.socket() as made, listening(host, port, another=8502):
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


@pytest.mark.parametrize("host", ["192.0.2.1", "no such host"])
def test_a_host_that_is_not_this_machine(host):
    with pytest.raises(OSError, match=r"`host` must be an IPv4 address of this machine.*0\.0\.0\.0"):
        bind(host, 0)


def test_what_can_be_had():
    assert bind("127.0.0.1", 0) > 0
