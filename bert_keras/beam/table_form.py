"""`TableForm`: what stands where in the rows of a table, and what of a row is wrong. Needs no Beam."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.data.tables.is_missing import is_missing
from bert_keras.from_json import NoJson, from_json
from bert_keras.hub.check_written import check_written
from bert_keras.hub.read_saved_model import read_saved_model
from bert_keras.text.strings import bounded_text

_SHOWN = 200  # characters of a row that is set aside


class BadRowError(ValueError):
    """A row that cannot be predicted; the message is its reason."""


@dataclasses.dataclass(frozen=True)
class Row:
    """A row that can be predicted.

    Args:
        id: of the row.
        inputs: by input of the export, a text as UTF-8, or a tuple of them.
        kept: by column, what is copied to the answer.
    """

    id: str | int
    inputs: dict[str, bytes | tuple[bytes, ...]]
    kept: dict[str, Any]


@dataclasses.dataclass(frozen=True)
class TableForm:
    """How rows become inputs of an export, and outputs columns of answers.

    Args:
        export: the folder of the SavedModel that `bk.export` wrote.
        id: the column of the id, a str or an int that no other row has.
        columns: by input of the signature, the column that holds it.
        keep: columns that are copied to the answers.
        outputs: of the signature, those that become columns.
        lists: inputs that take a list of texts a row, as the choices of a prompt.
        signature: of the export.
        text_characters: the most that a text may have.
        batch_rows: rows that are handed to the model at once.
    """

    export: str
    id: str
    columns: dict[str, str]
    keep: tuple[str, ...]
    outputs: tuple[str, ...]
    lists: tuple[str, ...]
    signature: str
    text_characters: int
    batch_rows: int

    @classmethod
    def of(
        cls,
        export: str | os.PathLike,
        id: str,
        columns: Mapping[str, str] | None,
        keep: Sequence[str],
        outputs: Sequence[str] | None,
        signature: str,
        text_characters: int,
        batch_rows: int,
    ) -> "TableForm":
        """The form, checked against what the export says of itself.

        Raises:
            ValueError, TypeError: for what is no export, and what it does not have.
        """
        path, found = _signature_of(export, signature)
        inputs = {name: len(info.tensor_shape.dim) for name, info in found.inputs.items()}
        columns = _mapping("columns", columns or {})
        for name in columns:
            checks.one_of("an input in `columns`", name, inputs)
        for name, info in found.inputs.items():
            if info.dtype != tf.string.as_datatype_enum or inputs[name] not in (1, 2):
                must = "be one whose inputs are texts of rows"
                raise ValueError(checks.message("signature", must, signature, f"It takes `{name}`."))
        if not inputs:
            raise ValueError(checks.message("signature", "be one that takes texts", signature))
        outputs = sorted(found.outputs) if outputs is None else _names("outputs", outputs)
        for name in outputs:
            checks.one_of("outputs", name, found.outputs)
        kept = _names("keep", keep)
        answered = [checks.text("id", id), *kept, *outputs]
        twice = sorted({name for name in answered if answered.count(name) > 1})
        if twice:
            advice = "Leave an output out of `outputs`, or rename the column of the table."
            raise ValueError(checks.message("a column of the answers", "stand there once", twice[0], advice))
        checks.integer("text_characters", text_characters, 1)
        checks.integer("batch_rows", batch_rows, 1)
        filled = {name: columns.get(name, name) for name in sorted(inputs)}
        lists = tuple(sorted(name for name, rank in inputs.items() if rank == 2))
        return cls(path, id, filled, kept, tuple(outputs), lists, signature, text_characters, batch_rows)

    def row(self, given: Any) -> Row:
        """A row of a table.

        Args:
            given: a dict, a row of Beam (as its readers of CSV give), or a line of JSON, in str or UTF-8.

        Raises:
            BadRowError: with what is wrong.
        """
        table = as_mapping(given)
        if None in table:  # of ReadCsv
            must = "have as many cells as the header"
            raise BadRowError(checks.message("a row of CSV", must, table[None], "This is what is too much."))
        number = self.id_of(table)
        for column in (*self.columns.values(), *self.keep):
            if column not in table:
                near = checks.did_you_mean(column, [name for name in table if isinstance(name, str)])
                has = f"The row has {', '.join(map(str, table))}."
                raise BadRowError(f"The column '{column}' is not there. {near} {has}".replace("  ", " "))
        inputs = {name: self._input(name, column, table[column]) for name, column in self.columns.items()}
        return Row(number, inputs, {column: plain(table[column]) for column in self.keep})

    def id_of(self, table: Mapping[Any, Any]) -> str | int:
        """The id of a row.

        Raises:
            BadRowError: if it has none.
        """
        if self.id not in table:
            near = checks.did_you_mean(self.id, [name for name in table if isinstance(name, str)])
            raise BadRowError(f"The column of the id, '{self.id}', is not there. {near}".strip())
        number = table[self.id].tolist() if hasattr(table[self.id], "tolist") else table[self.id]
        if isinstance(number, bool) or not isinstance(number, (str, int)):
            raise BadRowError(checks.message(self.id, "be a str or an int, the id of the row", number))
        if isinstance(number, str) and number != _encodable(number):
            must = "be Unicode, and has half a surrogate pair"
            raise BadRowError(checks.message(self.id, must, number))
        return number

    def _input(self, name: str, column: str, value: Any) -> bytes | tuple[bytes, ...]:
        if name not in self.lists:
            return self._text(column, value)
        value = value.tolist() if hasattr(value, "tolist") else value
        if not isinstance(value, (list, tuple)):
            raise BadRowError(checks.message(column, "be a list of texts", value))
        if not value:
            raise BadRowError(checks.message(column, "hold a text at least", value))
        return tuple(self._text(f"{column}[{place}]", one) for place, one in enumerate(value))

    def _text(self, where: str, value: Any) -> bytes:
        if isinstance(value, bytes):
            try:
                value = value.decode("utf-8")
            except UnicodeDecodeError as error:
                must = f"be UTF-8, and is not from byte {error.start}"
                raise BadRowError(checks.message(where, must, value[:_SHOWN])) from None
        if not isinstance(value, str):
            must = "hold a text, and is empty" if is_missing(value) else "be a text"
            raise BadRowError(checks.message(where, must, value))
        try:
            return bounded_text(where, value, self.text_characters)
        except ValueError as error:
            raise BadRowError(str(error)) from None

    def failure(self, given: Any, reason: str) -> dict[str, Any]:
        """A row that is set aside: its id, where it has one, the reason, and how the row begins."""
        try:
            number = self.id_of(as_mapping(given))
        except BadRowError:
            number = None
        shown = given if isinstance(given, (str, bytes)) else ascii(given)
        return {self.id: number, "reason": reason, "row": plain(shown)[:_SHOWN]}

    def shard(self, given: Any, shards: int) -> int:
        """In which of the groups a row goes: one with the same id in the same, and one without in the first."""
        try:
            number = self.id_of(as_mapping(given))
        except BadRowError:
            return 0
        digest = hashlib.blake2b(json.dumps(number).encode("ascii"), digest_size=8).digest()
        return int.from_bytes(digest, "big") % shards


def as_mapping(given: Any) -> Mapping[Any, Any]:
    """A row as names and values.

    Raises:
        BadRowError: for what is no row.
    """
    if isinstance(given, Mapping):
        return given
    if isinstance(given, (str, bytes)):
        try:
            read = from_json(given)
        except NoJson as error:  # of UTF-8 too
            raise BadRowError(f"The line must be JSON in UTF-8, and is not: {error}.") from None
        if isinstance(read, dict):
            return read
        raise BadRowError(checks.message("the line", "be an object in JSON", read))
    for name in ("_asdict", "as_dict"):
        if hasattr(given, name):
            return getattr(given, name)()
    raise BadRowError(checks.message("a row", "be a dict, a row of Beam or a line of JSON", given))


def plain(value: Any) -> Any:
    """A value as JSON can hold it; what is not Unicode gets U+FFFD, and NaN is None."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    if isinstance(value, Mapping):
        return {_encodable(str(name)): plain(one) for name, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(one) for one in value]
    if hasattr(value, "tolist"):
        return plain(value.tolist())
    if is_missing(value):
        return None
    if isinstance(value, float) and abs(value) == float("inf"):
        return str(value)  # JSON has no infinity
    return value if isinstance(value, (int, float)) else _encodable(str(value))


def _encodable(text: str) -> str:
    """With U+FFFD for halves of surrogate pairs: Beam's coders, like UTF-8, have none."""
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _signature_of(export: Any, name: str) -> tuple[str, Any]:
    if not isinstance(export, (str, os.PathLike)):
        raise TypeError(checks.message("export", "be the folder that bk.export wrote", export))
    path = os.fspath(export)
    path = path if "://" in path else os.path.abspath(os.path.expanduser(path))
    file = tf.saved_model.SAVED_MODEL_FILENAME_PB
    if not tf.io.gfile.exists(os.path.join(path, file)):
        advice = f"There is no {file} in it. Write one of a model folder: bk.export(model, folder)."
        raise ValueError(checks.message("export", "be the folder that bk.export wrote", path, advice))
    check_written(path)
    known = read_saved_model(path, path, "export").meta_graphs[0].signature_def
    names = [one for one in known if not one.startswith("__")]
    return path, known[checks.one_of("signature", checks.text("signature", name), names)]


def _mapping(name: str, value: Any) -> dict[str, str]:
    if not isinstance(value, Mapping) or not all(isinstance(one, str) for pair in value.items() for one in pair):
        raise TypeError(checks.message(name, "be a dict from inputs of the export to columns", value))
    return dict(value)


def _names(name: str, value: Any) -> tuple[str, ...]:
    if isinstance(value, str) or not all(isinstance(one, str) for one in value):
        raise TypeError(checks.message(name, "be a list of names", value))
    return tuple(value)
