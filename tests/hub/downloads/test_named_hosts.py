"""Machines that the user has named."""

import pytest

from bert_keras.hub.downloads.named_hosts import is_named


@pytest.mark.parametrize(
    ("hosts", "mirror", "url", "named"),
    [
        ("", "", "https://models.lan/x", False),
        ("models.lan", "", "https://models.lan/x", True),
        ("a, models.lan", "", "https://MODELS.lan:8443/x", True),
        ("models.lan", "", "http://models.lan/x", False),
        ("http://models.lan", "", "http://models.lan/x", True),
        ("http://models.lan", "", "https://models.lan/x", True),
        ("http://models.lan:81", "", "http://models.lan:81/x", True),
        ("http://models.lan:81", "", "http://models.lan/x", False),
        ("models.lan:443", "", "https://models.lan/x", True),
        ("models.lan", "", "https://models.lan.example/x", False),
        ("[::1]", "", "https://[::1]/x", True),
        ("*", "", "https://10.0.0.5/x", True),
        ("*", "", "http://10.0.0.5/x", False),
        ("", "http://mirror.example/hub", "http://mirror.example/x", True),
        ("", "http://mirror.example", "http://mirror.example.org/x", False),
    ],
)
def test_which_addresses_are_of_a_machine_that_was_named(monkeypatch, hosts, mirror, url, named):
    monkeypatch.setenv("BERT_KERAS_PRIVATE_HOSTS", hosts)
    monkeypatch.setenv("BERT_KERAS_MIRROR", mirror)
    assert is_named(url) == named


@pytest.mark.parametrize("hosts", ["ftp://a", "https://a/b", "a b:c", "http://", "me@a"])
def test_what_is_no_host_is_said(monkeypatch, hosts):
    monkeypatch.setenv("BERT_KERAS_PRIVATE_HOSTS", hosts)
    monkeypatch.delenv("BERT_KERAS_MIRROR", raising=False)
    with pytest.raises(ValueError, match=r"`BERT_KERAS_PRIVATE_HOSTS` must be hosts with commas.*Correct or unset it"):
        is_named("https://a/x")
