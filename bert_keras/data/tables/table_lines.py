"""`TableLines`: the lines of a user's file of text, unpacked and decoded, whatever wrote it."""

import bz2
import codecs
import contextlib
import gzip
import itertools
import lzma
import os
import pathlib
import re
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from bert_keras.data.tables.likely_encoding import likely_encoding
from bert_keras.data.tables.limits import MOST_DOCUMENT, UNPACKED_FIRST, Unpacking, check_document
from bert_keras.text.lines import LONGEST_LINE, decoded_lines, too_long
from bert_keras.text.shown_stream import ShownStream, size_of

PACKED = (".gz", ".bz2", ".xz")
_OPENERS = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
_BLOCK = 1 << 20  # bytes
_DAMAGED = (EOFError, OSError, zlib.error, lzma.LZMAError)
_HEAD = 1 << 16  # bytes that are looked at
_NO_TEXT = {  # by what they begin with
    b"PK\x03\x04": "a zip archive. Unpack it; a spreadsheet is read if its name ends in .xlsx or .ods",
    b"%PDF": "a PDF",
    b"PAR1": "a Parquet file. Its name must end in .parquet",
    b"<!doctype html": "a web page. Download the file itself",
    b"<html": "a web page. Download the file itself",
    b"version https://git-lfs": "a pointer of Git LFS. `git lfs pull` fetches the file itself",
}
_LONE_RETURN = re.compile(r"\r(?!\n)")
_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE, codecs.BOM_UTF32_BE)


class TableLines:
    r"""The lines of a file with their ends, to be gone through again and again.

    A file that is packed with gzip, bzip2 or xz is unpacked, whatever its name. A byte order mark goes before
    `encoding`; a file in UTF-16 without one is known by its zeros. A file without a single `\n` has lines that end in
    `\r`.

    Args:
        path: the file.
        encoding: of the file.
        fault: see `decoded_lines`.
        is_document: whether the lines are one document, and may be of any length.

    Attributes:
        shows: whether a bar shows how much was read.
        doing: what the lines are gone through for, as the bar says it.
        notes: what was found of all that, a line each; all of it once the lines were gone through.

    Raises:
        FileNotFoundError, ValueError: when the lines are gone through, as `decoded_lines`; for a packed file that is
            damaged; for a NUL, which no text holds, with its line.
    """

    def __init__(
        self,
        path: str | os.PathLike,
        encoding: str = "utf-8",
        fault: Callable[[int, UnicodeDecodeError], None] | None = None,
        is_document: bool = False,
    ) -> None:
        self.path = pathlib.Path(path).expanduser()
        self.encoding = encoding
        self.fault = fault
        self.shows = True
        self.doing = "reading"
        self._said: dict[str, None] = {}
        self._open: Callable[..., Any] = open
        head = self.head()
        for mark, opener in _OPENERS.items():
            if head.startswith(mark):
                self._open = opener
                head = self.head()
        self._begins = head[:64]
        self.is_document = is_document
        self._is_sound = False
        self._longest = None if is_document or (b"\r" in head and b"\n" not in head) else LONGEST_LINE
        is_open = str(encoding).replace("-", "").replace("_", "").lower() == "utf8"
        if is_open and (wide := _without_mark(head)) is not None:
            self.encoding = wide
            self._said[f"{self.path.name}: read as {wide}, which it is by its zeros"] = None

    @property
    def notes(self) -> tuple[str, ...]:
        return tuple(self._said)

    @property
    def size(self) -> int:
        """Bytes of text there are about."""
        return self.path.stat().st_size * (1 if self._open is open else 4)

    def holds(self, text: str) -> bool:
        """Whether a text in ASCII stands anywhere in the file; a packed one, or one in UTF-16, may."""
        if self._open is not open or "utf-8" not in str(self.encoding).lower():
            return True
        wanted, rest = text.encode("ascii"), b""
        with open(self.path, "rb") as stream:
            while block := stream.read(1 << 20):
                if wanted in rest + block:
                    return True
                rest = block[1 - len(wanted) :]
        return False

    def __iter__(self) -> Iterator[str]:
        if not self.path.is_file():
            yield from decoded_lines(self.path)  # which says so
        for mark, told in _NO_TEXT.items():
            if self._begins.lstrip().lower().startswith(mark.lower()):
                raise ValueError(f"{self.path}: this must be a file of text, and is {told}.")
        if self.is_document:
            check_document(self.path, self.path.stat().st_size)
        try:
            self._unpack_once()
            with contextlib.ExitStack() as opened:
                stream, name = opened.enter_context(open(self.path, "rb")), str(self.path)
                if self.shows:
                    what = f"{self.doing} {self.path.name}"
                    stream = opened.enter_context(ShownStream(stream, what, size_of(stream)))
                if self._open is not open:
                    stream = self._counted(opened.enter_context(self._open(stream, "rb")))
                options = {"name": name, "advice": self._advice, "longest": self._longest}
                yield from self._lines(decoded_lines(stream, self.encoding, self.fault, **options))
        except _DAMAGED as error:
            raise self._damaged(error) from None

    def _unpack_once(self) -> None:
        """Sees that a small packed file is not made to be endless; reading as many lines would take minutes."""
        if self._is_sound or self._open is open or self.path.stat().st_size > UNPACKED_FIRST:
            return
        with self._open(self.path, "rb") as stream:
            counted = self._counted(stream)
            while counted.read(_BLOCK):
                pass
        self._is_sound = True

    def _counted(self, stream: Any) -> Any:
        return Unpacking(self.path, MOST_DOCUMENT if self.is_document else None).of(stream)

    def _damaged(self, error: Exception) -> ValueError:
        must = "be a file that can be read" if self._open is open else "be a packed file that is whole"
        return ValueError(f"{self.path}: this must {must}. Received: {error}. Is it cut off?")

    def _lines(self, lines: Iterator[str]) -> Iterator[str]:
        first, second = next(lines, ""), next(lines, None)
        if second is None and _LONE_RETURN.search(first.rstrip("\r\n")):
            self._said[f"{self.path.name}: its lines end in CR alone, as on old Macs"] = None
            lines = iter(re.findall(r"[^\r]*\r\n?|[^\r]+", first))
        else:
            lines = itertools.chain([first] if first else [], [] if second is None else [second], lines)
        for number, line in enumerate(lines, 1):
            if "\0" in line:
                line = self._without_zeros(line, number)
            if len(line) > LONGEST_LINE and not self.is_document:  # of those that end in CR alone
                raise ValueError(too_long(f"{self.path}, line {number}"))
            if line.strip() != "\x1a":  # the end of a file, in DOS
                yield line

    def _without_zeros(self, line: str, number: int) -> str:
        if self.fault is None:
            place = f"{self.path}, line {number}, column {line.index(chr(0)) + 1}"
            shown = line[max(line.index("\0") - 20, 0) : line.index("\0") + 20]
            advice = "A file in UTF-16 is read with encoding='utf-16' (--encoding utf-16); else the file is damaged."
            raise ValueError(f"{place}: this must be text, and has a zero byte. Received: {shown!r}. {advice}")
        return line.replace("\0", "\ufffd")

    def content(self) -> bytes:
        """All bytes of a document, unpacked.

        Raises:
            FileNotFoundError: if it is not there.
            ValueError: if it is packed and damaged, or too large.
        """
        check_document(self.path, self.path.stat().st_size)
        try:
            with self._open(self.path, "rb") as stream:
                if self._open is open:
                    return stream.read()
                counted = Unpacking(self.path, MOST_DOCUMENT).of(stream)
                return b"".join(iter(lambda: counted.read(_BLOCK), b""))
        except FileNotFoundError:
            raise
        except _DAMAGED as error:
            raise self._damaged(error) from None

    def head(self) -> bytes:
        """The first bytes of the file, unpacked, 65,536 at most; none where it cannot be read."""
        try:
            with self._open(self.path, "rb") as stream:
                return stream.read(_HEAD)
        except _DAMAGED:
            return b""

    def _advice(self, line: bytes) -> str:
        """What to do about a line that is not in the encoding."""
        with self._open(self.path, "rb") as stream:
            others = [line, *(own for own in stream.read(1 << 20).split(b"\n") if not own.isascii())]
        likely = likely_encoding(line) or likely_encoding(b"\n".join(others[:1000]))
        in_utf8 = sum(likely_encoding(own) == "utf-8" for own in others[:1000])
        if likely in (None, self.encoding):
            return "Save the file as UTF-8, or pass the encoding that all of it has (encoding=, --encoding)."
        shown = line.decode(likely, errors="replace").strip()[:60]
        passed = f"encoding='{likely}' (--encoding {likely})"
        if likely != "utf-8" and in_utf8:
            mixed = f"but {in_utf8:,} other lines are UTF-8. Save the file as UTF-8"
            return f"The line is likely {likely}, {shown!r}, {mixed}; `bert-keras check` counts such lines."
        return f"It is likely {likely}, in which the line is {shown!r}. Save the file as UTF-8, or pass {passed}."


def _without_mark(head: bytes) -> str | None:
    """utf-16-le or utf-16-be, if a file without a byte order mark begins in it: every other byte of ASCII is zero."""
    if b"\0" not in head or head.startswith(_MARKS):
        return None
    plain = {}
    for codec in ("utf-16-le", "utf-16-be"):
        try:
            text = codecs.getincrementaldecoder(codec)().decode(head)
        except UnicodeDecodeError:
            continue
        plainly = sum(character.isascii() for character in text)
        ends = text.count("\n") + text.count("\r") >= (head.count(b"\n") + head.count(b"\r")) / 2
        if plainly > 0.03 * len(text) and "\0" not in text and ends:
            plain[codec] = plainly
    best = max(plain, key=plain.get, default=None)
    is_clear = len(plain) == 1 or (best is not None and plain[best] >= 4 * min(plain.values()))
    return best if is_clear else None
