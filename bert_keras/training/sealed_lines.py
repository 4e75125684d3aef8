"""`SealedLines`: what two workers say to each other before the run, in lines that a stranger cannot make up."""

import hashlib
import hmac
import json
import re
import secrets
from typing import Any

from bert_keras.from_json import from_json

LONGEST = 1 << 20  # bytes of a line
_HELLO = re.compile(rb"bert_keras ([0-9a-f]{32})\n")
_LINE = re.compile(rb"([0-9a-f]{32}) ([0-9a-f]{64}) (\{[^\n]*\})\n")


class NoSuchLine(ValueError):
    """What came is no line of a worker."""


class AnotherToken(NoSuchLine):
    """A line has the form of a worker's, and a seal that was made with another token, or for another talk."""


class SealedLines:
    """One side of a talk in lines of JSON objects.

    Worker 0 begins with `hello`. Every other line is "NONCE SEAL JSON". The seal is the HMAC-SHA256, by the token, of
    the nonces of both sides, of who speaks, of which of its lines it is, and of the JSON: so no line can be said again
    in another place. Nothing that lacks the right seal is parsed.

    Args:
        token: what all workers of a run have; empty where they have none, and then anyone can make the seal.
        is_chief: whether this side is worker 0's.
    """

    def __init__(self, token: str, is_chief: bool) -> None:
        self._key = token.encode("utf-8")
        self._is_chief = is_chief
        self._mine = secrets.token_hex(16).encode()
        self._theirs = b""  # known from their first line
        self._said = self._heard = 0

    def hello(self) -> bytes:
        """The first line of worker 0."""
        return b"bert_keras " + self._mine + b"\n"

    def hear_hello(self, line: bytes) -> None:
        """Takes worker 0's first line; NoSuchLine if it is none."""
        if not (match := _HELLO.fullmatch(line)):
            raise NoSuchLine("no hello")
        self._theirs = match[1]

    def write(self, message: dict[str, Any]) -> bytes:
        """The next line of this side.

        Raises:
            ValueError: if it would be longer than the other side takes.
        """
        text = json.dumps(message).encode("utf-8")
        line = b"%s %s %s\n" % (self._mine, self._seal(self._is_chief, self._said, text), text)
        if len(line) > LONGEST:
            raise ValueError(f"the settings of a run must fit into {LONGEST:,} bytes. Received: {len(line):,} bytes.")
        self._said += 1
        return line

    def read(self, line: bytes) -> dict[str, Any]:
        """What the other side's next line says.

        Raises:
            NoSuchLine: if it is no line of a worker.
            AnotherToken: if its seal is not the one that the token gives.
        """
        match = _LINE.fullmatch(line)
        if not match or self._theirs not in (b"", match[1]):
            raise NoSuchLine("no line of a worker")
        nonce, seal, text = match.groups()
        if not hmac.compare_digest(seal, self._seal(not self._is_chief, self._heard, text, nonce)):
            raise AnotherToken("another token")
        message = _parsed(text)
        self._theirs, self._heard = nonce, self._heard + 1
        return message

    def _seal(self, by_chief: bool, number: int, text: bytes, theirs: bytes | None = None) -> bytes:
        """Of a line of one side. Worker 0's nonce stands first; the other's first line has its own."""
        both = [self._mine, self._theirs if theirs is None else theirs]
        chief, other = both if self._is_chief else reversed(both)
        content = b"%s %s %s %d " % (chief, other, b"chief" if by_chief else b"other", number) + text
        return hmac.new(self._key, content, hashlib.sha256).hexdigest().encode()


def _parsed(text: bytes) -> dict[str, Any]:
    try:
        message = from_json(text)
        json.dumps(message, ensure_ascii=False).encode("utf-8")  # half surrogates could not be printed
    except ValueError as error:
        raise NoSuchLine(str(error)) from None
    if not isinstance(message, dict):
        raise NoSuchLine("no object")
    return message
