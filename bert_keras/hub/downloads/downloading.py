"""Fetches one archive over HTTP: redirects, mirror, credentials, progress, and errors that say what happened.

Environment:
    BERT_KERAS_MIRROR: an address (https://host[:port][/prefix]) asked in place of https://tfhub.dev and
        https://www.kaggle.com, also where an answer redirects to them. A plain http:// mirror is taken at its word.
    BERT_KERAS_PRIVATE_HOSTS: hosts of a private network that may be asked, with commas between: "models.lan"; plain
        http is for those that are written so, "http://10.0.0.5:8080"; "*" is any host, over https.
    KAGGLE_USERNAME, KAGGLE_KEY, or kaggle.json in KAGGLE_CONFIG_DIR or ~/.kaggle: sent to https://*.kaggle.com only.
"""

import base64
import contextlib
import dataclasses
import hashlib
import http.client
import os
import string
import sys
import time
import urllib.parse
from collections.abc import Iterator
from typing import BinaryIO

from bert_keras import checks
from bert_keras.from_json import from_json
from bert_keras.hub.downloads import archives
from bert_keras.hub.downloads.named_hosts import mirror, named_hosts
from bert_keras.hub.downloads.open_address import RefusedAddressError, open_address

MIRRORED_HOSTS = ("tfhub.dev", "www.tfhub.dev", "kaggle.com", "www.kaggle.com")
TIMEOUT_SECONDS = 60.0  # without a byte, not for the whole file
MAX_REDIRECTS = 10
REDIRECTS = (301, 302, 303, 307, 308)


class DownloadError(OSError):
    """An address that could not be fetched; the text names the address and what it answered."""


@dataclasses.dataclass(frozen=True)
class Download:
    """What was fetched: the address that answered (without its query, which may hold a signature), and the file."""

    url: str
    sha256: str
    num_bytes: int


def fetch(url: str, path: str, max_bytes: int, timeout: float | None = None) -> Download:
    """Streams a .tar.gz from `url` to the new file `path`; on any error the file is removed.

    Args:
        url: https. Redirects are followed, at most 10, each to an address that `open_address` takes.
        path: must not exist.
        max_bytes: of the file.
        timeout: seconds without an answer or a byte, TIMEOUT_SECONDS if None.

    Raises:
        DownloadError: unreachable, no answer in time, another status than 200, not gzip, or shorter than announced.
    """
    timeout = TIMEOUT_SECONDS if timeout is None else timeout
    with contextlib.closing(_hops(url, timeout)) as hops:
        for address, answer in hops:
            if answer.status in REDIRECTS:
                continue
            _check_answer(address, answer, max_bytes)
            with open(path, "xb") as file:
                try:
                    return _store(address, answer, file, max_bytes, timeout)
                except BaseException:
                    os.remove(path)
                    raise


def bucket_of(url: str, timeout: float | None = None) -> str:
    """The gs:// address that tfhub.dev gives for ?tf-hub-format=uncompressed: the body of a 303 answer."""
    with contextlib.closing(_hops(url, TIMEOUT_SECONDS if timeout is None else timeout)) as hops:
        for address, answer in hops:
            body = answer.read(4096).decode("utf-8", "replace").strip() if answer.status == 303 else ""
            if body.startswith("gs://"):
                return body
            if answer.status not in REDIRECTS:
                status = f"{answer.status} {answer.reason}"
                raise DownloadError(f"{_shown(address)} answered {status} where a gs:// address was asked for.")


def mirrored(url: str) -> str:
    """The address with BERT_KERAS_MIRROR in place of tfhub.dev's or Kaggle's scheme and host."""
    parts = urllib.parse.urlsplit(url)
    if not mirror() or parts.hostname not in MIRRORED_HOSTS:
        return url
    named_hosts()  # says what is wrong with the mirror
    return mirror() + urllib.parse.urlunsplit(("", "", parts.path, parts.query, ""))


def authorization(url: str) -> dict[str, str]:
    """The Authorization header for Kaggle's own https addresses if credentials are here, else {}."""
    parts = urllib.parse.urlsplit(url)
    host = parts.hostname or ""
    if parts.scheme != "https" or not (host == "kaggle.com" or host.endswith(".kaggle.com")):
        return {}
    user, key = os.environ.get("KAGGLE_USERNAME"), os.environ.get("KAGGLE_KEY")
    if not (user and key):
        user, key = _kaggle_file()
    token = base64.b64encode(f"{user}:{key}".encode()).decode("ascii")
    return {"Authorization": f"Basic {token}"} if user and key else {}


def _kaggle_file() -> tuple[str | None, str | None]:
    path = os.path.join(os.environ.get("KAGGLE_CONFIG_DIR") or os.path.expanduser("~/.kaggle"), "kaggle.json")
    if not os.path.isfile(path):
        return None, None
    try:
        with open(path, "rb") as file:
            content = from_json(file.read())
        return content["username"], content["key"]
    except (ValueError, KeyError, TypeError) as error:  # the content is secret and stays out of the message
        must = "hold {'username': …, 'key': …} as JSON"
        raise ValueError(checks.message("kaggle.json", must, path, "Make a new API key on kaggle.com.")) from error


def _hops(url: str, timeout: float) -> Iterator[tuple[str, http.client.HTTPResponse]]:
    """Asks `url` and every address it redirects to; each request carries its own headers and none of the last's."""
    start = url = mirrored(url)
    for _ in range(MAX_REDIRECTS + 1):
        with contextlib.closing(_ask(url, timeout)) as answer:
            yield url, answer
            url = _next_address(url, answer)
    raise DownloadError(f"{_shown(start)} redirected more than {MAX_REDIRECTS} times.")


def _ask(url: str, timeout: float) -> http.client.HTTPResponse:
    headers = {"User-Agent": "bert-keras", "Accept-Encoding": "identity", **authorization(url)}
    try:
        return open_address(url, headers, timeout)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, error, timeout) from error


def _next_address(url: str, answer: http.client.HTTPResponse) -> str:
    location = answer.headers.get("Location")
    if not location:
        raise DownloadError(f"{_shown(url)} answered {answer.status} and named no address to go to.")
    try:
        return mirrored(urllib.parse.urljoin(url, urllib.parse.quote(location, safe=string.punctuation)))
    except ValueError as error:
        raise DownloadError(f"{_shown(url)} redirected to what is no address: {error}.") from error


def _check_answer(url: str, answer: http.client.HTTPResponse, max_bytes: int) -> None:
    if answer.status != 200:
        raise DownloadError(f"{_shown(url)} answered {answer.status} {answer.reason}.")
    if answer.headers.get_content_type() == "text/html":
        raise DownloadError(f"{_shown(url)} answered with a web page, not with an archive.")
    size = _announced(answer, 0)
    if size > max_bytes:
        raise DownloadError(f"{_shown(url)} announced {size} bytes, more than the {max_bytes} allowed.")


def _announced(answer: http.client.HTTPResponse, default: int) -> int:
    length = answer.headers.get("Content-Length", "")
    return int(length) if length.isdigit() else default


def _store(url: str, answer: http.client.HTTPResponse, file: BinaryIO, max_bytes: int, timeout: float) -> Download:
    digest, count = hashlib.sha256(), 0
    with _Progress(url, _announced(answer, 0)) as progress:
        while chunk := _read(url, answer, timeout):
            other_kind = "" if count else archives.what_bytes_are(chunk)
            if other_kind:
                raise DownloadError(f"{_shown(url)} answered with {other_kind}, not with a .tar.gz archive.")
            count += len(chunk)
            if count > max_bytes:
                raise DownloadError(f"{_shown(url)} sent more than the {max_bytes} bytes allowed.")
            digest.update(chunk)
            file.write(chunk)
            progress.show(count)
    if count == 0 or count < _announced(answer, count):
        raise DownloadError(f"{_shown(url)} broke off after {count} of {_announced(answer, count)} bytes.")
    return Download(_shown(url), digest.hexdigest(), count)


def _read(url: str, answer: http.client.HTTPResponse, timeout: float) -> bytes:
    try:
        return answer.read(archives.CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(url, error, timeout) from error


def _unreachable(url: str, error: Exception, timeout: float) -> DownloadError:
    reason = getattr(error, "reason", error)
    if isinstance(reason, RefusedAddressError):
        return DownloadError(f"{_shown(url)} is refused: {reason}.")
    if isinstance(reason, TimeoutError):
        return DownloadError(f"{_shown(url)} did not answer for {timeout:g} seconds.")
    if isinstance(reason, http.client.IncompleteRead):
        return DownloadError(f"{_shown(url)} broke off the download.")
    return DownloadError(f"{_shown(url)} cannot be reached: {reason}.")


def _shown(url: str) -> str:
    """The address without its query, its user name and its fragment: signatures and passwords stay out of messages."""
    parts = urllib.parse.urlsplit(url)
    return urllib.parse.urlunsplit((parts.scheme, parts.netloc.rpartition("@")[2], parts.path, "", ""))


class _Progress:
    """One line on a terminal's standard error, rewritten five times a second; nothing elsewhere."""

    def __init__(self, url: str, total: int):
        self._name, self._total = _shown(url), total
        self._active = sys.stderr is not None and sys.stderr.isatty()
        self._next = 0.0

    def __enter__(self) -> "_Progress":
        return self

    def show(self, count: int) -> None:
        if self._active and (time.monotonic() >= self._next or count == self._total):
            self._next = time.monotonic() + 0.2
            total = f" of {self._total / 1e6:.1f}" if self._total else ""
            sys.stderr.write(f"\r{self._name}: {count / 1e6:.1f}{total} MB")
            sys.stderr.flush()

    def __exit__(self, *_) -> None:
        if self._active:
            sys.stderr.write("\n")
