"""`named_hosts`: the machines that the user has named, which may lie in a private network."""

import dataclasses
import os
import urllib.parse

from bert_keras import checks

MIRROR = "BERT_KERAS_MIRROR"
PRIVATE_HOSTS = "BERT_KERAS_PRIVATE_HOSTS"
_ANY = "*"
_DEFAULT_PORTS = {"https": 443, "http": 80}


@dataclasses.dataclass(frozen=True)
class NamedHost:
    """A machine that may be asked wherever it is.

    Args:
        scheme: "https", or "http" where the user said that.
        host: in small letters, or "*" for all.
        port: None for any.
    """

    scheme: str
    host: str
    port: int | None = None

    def is_of(self, url: str) -> bool:
        """Whether an address is one of this machine's; one that may be asked over http may be over https."""
        parts = urllib.parse.urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme)
        return (
            parts.scheme in ("https", self.scheme) and self.host in (_ANY, parts.hostname) and self.port in (None, port)
        )


def named_hosts() -> list[NamedHost]:
    """The mirror, and the hosts of BERT_KERAS_PRIVATE_HOSTS: "models.lan, http://10.0.0.5:8080", or "*" for all.

    Raises:
        ValueError: for what is neither a host nor an address of one.
    """
    mirrors = [_host(MIRROR, mirror())] if mirror() else []
    entries = [entry.strip() for entry in os.environ.get(PRIVATE_HOSTS, "").split(",")]
    named = [NamedHost("https", _ANY) if entry == _ANY else _host(PRIVATE_HOSTS, entry) for entry in entries if entry]
    return mirrors + named


def is_named(url: str) -> bool:
    """Whether the user has named the machine of an address."""
    return any(named.is_of(url) for named in named_hosts())


def mirror() -> str:
    """What BERT_KERAS_MIRROR says, without a slash at its end."""
    return os.environ.get(MIRROR, "").rstrip("/")


def _host(variable: str, entry: str) -> NamedHost:
    parts = urllib.parse.urlsplit(entry if "://" in entry or variable == MIRROR else f"https://{entry}")
    try:
        port = parts.port
    except ValueError:
        port = -1
    whole = not (parts.query or parts.fragment) and (variable == MIRROR or not parts.path.strip("/"))
    if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc or port == -1 or not whole:
        must = "be an address like https://host/prefix"
        if variable == PRIVATE_HOSTS:
            must = "be hosts with commas between them, such as 'models.lan, http://10.0.0.5:8080'"
        raise ValueError(checks.message(variable, must, entry, "Correct or unset it."))
    return NamedHost(parts.scheme, parts.hostname, port)
