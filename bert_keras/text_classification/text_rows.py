"""`TextRows`: texts and labels of one part as they were read, before anything is made of the labels."""

import array
import dataclasses
import hashlib
import math
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.stored_texts import StoredTexts
from bert_keras.data.tables.is_missing import is_missing
from bert_keras.data.tables.row_source import RowSource
from bert_keras.features import MOST_WEIGHT

MOST_IN_MEMORY = 1 << 28  # bytes of text; more goes to disk
_MOST_VALUES = 1_000_000  # different labels
MISSING = -1  # the code of "no label"


@dataclasses.dataclass(frozen=True, eq=False)
class TextRows:
    """The rows of one part.

    Args:
        source: where they came from.
        places: int64 [rows], where each stands in it.
        texts: one or two columns of str, in memory or on disk.
        values: the different labels, in the order in which they came; each str, int, float or a tuple of str.
        codes: int32 [rows], which of them each row has; `MISSING` for none. None where there is no column of labels.
        weights: float32 [rows], or None.
        hashes: uint64 [rows], of the texts: equal where these are.
        empty: int64, the rows without a visible character in a text.
    """

    source: RowSource
    places: np.ndarray
    texts: tuple[Sequence[str], ...]
    values: tuple[Any, ...]
    codes: np.ndarray | None
    weights: np.ndarray | None
    hashes: np.ndarray
    empty: np.ndarray

    def __len__(self) -> int:
        return len(self.places)

    def take(self, rows: np.ndarray) -> "TextRows":
        """Some of the rows, int [rows], in that order."""
        is_empty = np.zeros(len(self), bool)
        is_empty[self.empty] = True
        return TextRows(
            self.source,
            self.places[rows],
            tuple(_taken(column, rows) for column in self.texts),
            self.values,
            None if self.codes is None else self.codes[rows],
            None if self.weights is None else self.weights[rows],
            self.hashes[rows],
            np.flatnonzero(is_empty[rows]),
        )

    def where(self, row: int) -> str:
        """Where a row stands, for messages."""
        return self.source.where(int(self.places[row]))


def read_text_rows(
    source: RowSource,
    text_columns: Sequence[str],
    label: str | None,
    weight: str | None = None,
    in_memory: bool | None = None,
) -> TextRows:
    """Reads all rows of a source, once.

    Args:
        source: the table.
        text_columns: the names of one or two columns.
        label, weight: the names of columns, or None.
        in_memory: whether texts are held in memory; None: up to 256 MiB of them, by the size of the file.

    Raises:
        ValueError: for a text that is no text, a weight that is no number of at least 0, or no rows at all.
    """
    if in_memory is None:
        in_memory = (source.size or 0) <= MOST_IN_MEMORY
    reader = _Reader(source, tuple(text_columns), label, weight)
    if in_memory:
        columns = tuple([] for _ in text_columns)
        for texts in reader:
            for column, text in zip(columns, texts, strict=True):
                column.append(text)
    elif len(text_columns) == 1:
        columns = (StoredTexts(texts[0] for texts in reader),)
    else:
        both = StoredTexts(text for texts in reader for text in texts)
        columns = (both[0::2], both[1::2])
    if not reader.places:
        raise ValueError(checks.message("files", "hold at least one row", source.name, "It has none."))
    return reader.finished(columns)


class _Reader:
    """Gives the texts of each row, and keeps all else."""

    def __init__(self, source: RowSource, text_columns: tuple[str, ...], label: str | None, weight: str | None) -> None:
        self.source, self.text_columns, self.label, self.weight = source, text_columns, label, weight
        self.places = array.array("q")
        self.codes = array.array("i")
        self.values: dict[Any, int] = {}
        self.weights = array.array("f")
        self.hashes = bytearray()
        self.empty = array.array("q")

    def __iter__(self) -> Iterator[tuple[str, ...]]:
        wanted = list(dict.fromkeys([*self.text_columns, *filter(None, (self.label, self.weight))]))
        for chunk in self.source.rows(wanted):
            texts = [chunk.columns[name] for name in self.text_columns]
            for number, place in enumerate(chunk.places):
                row = tuple(
                    self._text(column[number], name, place)
                    for name, column in zip(self.text_columns, texts, strict=True)
                )
                if not all(text.strip() for text in row):
                    self.empty.append(len(self.places))
                self.hashes += hashlib.blake2b("\0".join(row).encode("utf-8"), digest_size=8).digest()
                if self.label is not None:
                    self.codes.append(self._code(chunk.columns[self.label][number], place))
                if self.weight is not None:
                    self.weights.append(self._weight(chunk.columns[self.weight][number], place))
                self.places.append(place)
                yield row

    def finished(self, texts: tuple[Sequence[str], ...]) -> TextRows:
        return TextRows(
            self.source,
            np.array(self.places, "int64"),
            texts,
            tuple(self.values),
            None if self.label is None else np.array(self.codes, "int32"),
            None if self.weight is None else np.array(self.weights, "float32"),
            np.frombuffer(bytes(self.hashes), "uint64"),
            np.array(self.empty, "int64"),
        )

    def _text(self, value: Any, name: str, place: int) -> str:
        if isinstance(value, bytes):
            try:
                return value.decode("utf-8")
            except UnicodeDecodeError as error:
                must = f"be UTF-8, and byte {error.start + 1} is not"
                raise ValueError(f"{self.source.where(place)}: {checks.message(name, must, value[:60])}") from None
        if is_missing(value):
            return ""
        if not isinstance(value, str):
            advice = "Is it the column of the texts?"
            raise TypeError(f"{self.source.where(place)}: {checks.message(name, 'be a text', value, advice)}")
        if must := checks.beyond_utf8(value):
            raise ValueError(f"{self.source.where(place)}: {checks.message(name, must, value[:60])}")
        return value

    def _code(self, value: Any, place: int) -> int:
        value = plain_label(value)
        if value is None:
            return MISSING
        try:
            if isinstance(value, str) and value not in self.values:
                self._text(value, str(self.label), place)
            code = self.values.setdefault(value, len(self.values))
        except TypeError:
            must = "be a text, a number or a list of texts"
            raise TypeError(f"{self.source.where(place)}: {checks.message(str(self.label), must, value)}") from None
        if code >= _MOST_VALUES:
            must = f"have at most {_MOST_VALUES:,} different values"
            raise ValueError(checks.message("label", must, self.label, "Is it the column of the labels?"))
        return code

    def _weight(self, value: Any, place: int) -> float:
        try:
            weight = float(value)
        except (OverflowError, TypeError, ValueError):
            weight = math.nan
        if not 0 <= weight <= MOST_WEIGHT:
            must = f"be a finite number of at least 0 and at most {MOST_WEIGHT:g}"
            raise ValueError(f"{self.source.where(place)}: {checks.message(str(self.weight), must, value)}")
        return weight


def plain_label(value: Any) -> Any:
    """A label as str, int, float or a tuple of str; None for what says that there is none."""
    if is_missing(value):
        return None
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, bytes):
        value = value.decode("utf-8", errors="replace")
    if isinstance(value, str):
        return value.strip() or None
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, float):
        return int(value) if value.is_integer() else value  # a column of numbers with a gap comes as floats
    if isinstance(value, (list, tuple, set, np.ndarray)):
        return tuple(str(plain_label(entry)) for entry in (sorted(value) if isinstance(value, set) else value))
    return value


def _taken(column: Sequence[str], rows: np.ndarray) -> Sequence[str]:
    if isinstance(column, StoredTexts):
        return column.take(rows)
    return [column[row] for row in rows]
