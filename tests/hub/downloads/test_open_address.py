"""Addresses that a stranger may have chosen: nothing inside a private network is asked."""

import shutil
import socket
import subprocess

import pytest
from loopback import Answer, loopback

from bert_keras.hub.downloads.open_address import RefusedAddressError, is_public, open_address

PRIVATE = (
    "127.0.0.1 127.9.9.9 0.0.0.0 10.1.2.3 172.16.0.1 172.31.255.255 192.168.1.1 169.254.169.254 100.64.0.1 224.0.0.1 "
    "255.255.255.255 ::1 :: fe80::1 fe80::1%eth0 fc00::1 fd12::1 ff02::1 ::ffff:127.0.0.1 ::ffff:10.0.0.1 "
    "64:ff9b::7f00:1 64:ff9b::a00:1 2002:7f00:1:: 2002:a00:1:: 2001:0:7f00:1::"
).split()


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch):
    for name in ("BERT_KERAS_MIRROR", "BERT_KERAS_PRIVATE_HOSTS"):
        monkeypatch.delenv(name, raising=False)
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.mark.parametrize("number", PRIVATE)
def test_numbers_that_are_not_the_public_internets(number):
    assert not is_public(number)


@pytest.mark.parametrize("number", ["8.8.8.8", "142.250.1.1", "2001:4860:4860::8888", "64:ff9b::808:808"])
def test_public_numbers(number):
    assert is_public(number)


@pytest.fixture
def connected(monkeypatch):
    """What was connected to; the first look at a name gives the first numbers, the next the next."""
    numbers, asked = [], []

    def look_up(host, port, *_, **__):
        found = numbers.pop(0) if len(numbers) > 1 else numbers[0]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (number, port)) for number in found]

    def connect(address, *_, **__):
        asked.append(address)
        raise ConnectionRefusedError("nobody is there")

    monkeypatch.setattr(socket, "getaddrinfo", look_up)
    monkeypatch.setattr(socket, "create_connection", connect)
    return numbers, asked


@pytest.mark.parametrize("number", ["10.0.0.5", "127.0.0.1", "169.254.169.254"])
def test_a_name_of_a_private_machine_is_refused_before_it_is_connected_to(connected, number):
    numbers, asked = connected
    numbers.append([number])
    with pytest.raises(OSError, match=rf"models\.example \({number}\) lies in a private network") as caught:
        open_address("https://models.example/x", {}, 5)
    assert isinstance(caught.value.reason, RefusedAddressError)
    assert asked == []


def test_what_is_connected_to_is_the_number_that_was_looked_at(connected):
    numbers, asked = connected
    numbers += [["10.0.0.5", "8.8.8.8"], ["127.0.0.1"]]
    with pytest.raises(OSError, match="nobody is there"):
        open_address("https://models.example/x", {}, 5)
    assert asked == [("8.8.8.8", 443)]


@pytest.fixture
def certificate(tmp_path, monkeypatch):
    """A key and a certificate of models.example, which this process trusts."""
    if shutil.which("openssl") is None:
        pytest.skip("openssl is not here")
    made = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    made += ["-keyout", "key.pem", "-out", "certificate.pem", "-subj", "/CN=models.example"]
    made += ["-addext", "subjectAltName=DNS:models.example"]
    subprocess.run(made, cwd=tmp_path, check=True, capture_output=True)
    whole = tmp_path / "both.pem"
    whole.write_text((tmp_path / "key.pem").read_text() + (tmp_path / "certificate.pem").read_text())
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "certificate.pem"))
    return str(whole)


def test_a_public_machine_answers_and_its_certificate_is_that_of_its_name(certificate, monkeypatch):
    with loopback(certificate) as site:
        port = int(site.address.rpartition(":")[2])
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        monkeypatch.setattr("bert_keras.hub.downloads.open_address.is_public", lambda number: number == "127.0.0.1")
        site.answers["/x"] = Answer(b"here")
        with open_address(f"https://models.example:{port}/x", {"A": "b"}, 5) as answer:
            assert (answer.status, answer.read()) == (200, b"here")
        (asked,) = site.requests
        assert asked[0] == "/x" and asked[1]["Host"] == f"models.example:{port}" and asked[1]["A"] == "b"
        with pytest.raises(OSError, match=r"certificate verify failed.*other\.example"):
            open_address(f"https://other.example:{port}/x", {}, 5)
        assert len(site.requests) == 1


def test_a_machine_that_the_user_named_is_asked(monkeypatch):
    monkeypatch.setenv("no_proxy", "*")
    with loopback() as site:
        site.answers["/x"] = Answer(b"here", 404)
        with pytest.raises(RefusedAddressError, match=f"BERT_KERAS_PRIVATE_HOSTS={site.address} takes"):
            open_address(site.address + "/x", {}, 5)
        assert site.requests == []
        monkeypatch.setenv("BERT_KERAS_PRIVATE_HOSTS", site.address)
        with open_address(site.address + "/x", {}, 5) as answer:
            assert (answer.status, answer.read()) == (404, b"here")


def test_a_proxy_may_be_a_private_machine_and_numbers_behind_it_may_not(monkeypatch):
    with loopback() as proxy:
        monkeypatch.setenv("https_proxy", proxy.address)
        with pytest.raises(OSError, match="Tunnel connection failed"):  # this one makes no tunnels, but was asked
            open_address("https://models.example/x", {}, 5)
        with pytest.raises(RefusedAddressError, match=r"10\.0\.0\.5 lies in a private network"):
            open_address("https://10.0.0.5/x", {}, 5)
