"""Where worker 0 listens: at its own address alone, which must be one of this machine and one that others reach."""

import socket

import pytest

from bert_keras.training import own_listeners as module
from bert_keras.training.launching import _free_ports
from bert_keras.training.own_listeners import host_and_port, own_listeners

NAME = "worker 0"


def test_hosts_and_ports():
    assert host_and_port("node-0.example:2222") == ("node-0.example", 2222)
    assert host_and_port("[2001:db8::1]:80") == ("2001:db8::1", 80) and host_and_port("münchen:1") == ("münchen", 1)


def test_a_port_that_is_taken():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        words = (
            r"`TF_CONFIG` must give worker 0 a port that is free \(Address already in use\).*Give this one another port"
        )
        with pytest.raises(ValueError, match=words):
            own_listeners(NAME, [address, "b:1"])


@pytest.mark.parametrize("host", ["203.0.113.1", "no-such-host.invalid"])
def test_an_address_that_is_no_machines_own(host):
    with pytest.raises(
        ValueError, match=r"give worker 0 an address of its own machine \(\w.*reach it, or start worker 0"
    ):
        own_listeners(NAME, [f"{host}:2222", "a:1"])


def named(monkeypatch, *addresses):
    """Has every name stand for these addresses."""
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]
    monkeypatch.setattr(module.socket, "getaddrinfo", lambda *_, **__: found)


def test_a_name_that_other_machines_know_by_another_address(monkeypatch):
    """Debian writes a machine's own name beside 127.0.1.1."""
    port = _free_ports(1)[0]
    named(monkeypatch, ("127.0.1.1", port))
    words = r"give worker 0 an address that the other machines reach, and the name is 127.0.1.1 on its own"
    with pytest.raises(ValueError, match=words):
        own_listeners(NAME, ["node0:2222", "node1:2222"])
    for listener in own_listeners(NAME, ["node0:2222", "node0:2223", "localhost:1"]):  # all on one machine
        listener.close()


def test_all_addresses_of_a_name_that_are_this_machines_and_no_others(monkeypatch):
    port = _free_ports(1)[0]
    named(monkeypatch, ("127.0.0.1", port), ("203.0.113.1", port), ("127.0.0.2", port), ("127.0.0.1", port))
    listeners = own_listeners(NAME, ["node0:2222", "node0:2223"])
    assert [listener.getsockname() for listener in listeners] == [("127.0.0.1", port), ("127.0.0.2", port)]
    for listener in listeners:
        listener.close()
