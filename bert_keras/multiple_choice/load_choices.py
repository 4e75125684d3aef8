"""`load_choices`: prompts with several choices, from SWAG's files or rows of your own, chosen or as batches."""

import functools
import os
import pathlib
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.origin import Origin
from bert_keras.data.splitting import Shares, by_part
from bert_keras.data.tables.delimited_file import DelimitedFile
from bert_keras.data.task import loaded
from bert_keras.foreign_names import foreign_names
from bert_keras.multiple_choice.choice_task import ChoiceTask

SWAG = "swag"
SWAG_FILES = {"train": "train.csv", "validation": "val.csv", "test": "test.csv"}
_MOST_CHOICES = 1 << 20
_ADDRESS = "https://github.com/rowanz/swagaf/tree/master/data"


@checks.answers(**foreign_names("load_choices"))
def load_choices(
    source: str | os.PathLike | Mapping[str, Any] | Sequence[Any],
    encoder: Any = None,
    *,
    validation_share: float = 0.1,
    test_share: float = 0.0,
    split_seed: int = 0,
    **options: Any,
) -> Any:
    """Prompts of which one of several choices goes on, tokenized for `encoder`: [CLS] prompt [SEP] choice [SEP].

    >>> data = bk.load_choices("swag", encoder)  # a folder with train.csv and val.csv
    >>> rows = [{"prompt": "It rains.", "choices": ["She opens an umbrella.", "She opens a bank."], "label": 0}]
    >>> data = bk.load_choices({"train": rows, "validation": rows}, encoder)

    Args:
        source: a folder with SWAG's files, train.csv, val.csv and test.csv, as far as they are there; one such file, or
            rows, which are the part "train"; or a dict of files or rows by part: "train", "validation", "test". A row
            is a dict with "prompt", "choices" and, but for tests, "label", the right choice's number from 0; or a
            (prompt, choices, label). SWAG's files have the columns sent1, the prompt, sent2, how each choice begins,
            ending0, ending1, ..., and label.
        encoder: whose vocabulary makes the ids: one of `bk.load_encoder`, or a `bk.Tokenizer`; None for a `Task`.
        validation_share, test_share: of the train part, what becomes a part that is not given; 0 for none. Rows with
            equal prompts stay together.
        split_seed: draws what is put aside, and the training rows that `limit` leaves.
        **options: `limit`, so many training rows; `seq_length`, tokens that a prompt and a choice together are cut to,
            128; with an encoder `parts`, `seed`, `static_shapes` and `batch_size`, 16 prompts, see `Task.load`.

    Raises:
        FileNotFoundError: if there is no such file, or none of SWAG's in the folder.
        ValueError: for a row that does not fit, with its place: a label beyond the choices, another number of choices
            than the first row has, a column that is not there.
    """
    shares = Shares(validation_share, test_share, split_seed)
    name, sources = _sources(source)
    read = functools.partial(shares.read, sources, _rows, groups=lambda rows: rows.texts[0])
    origin = Origin.of(source, shares, sources)
    task = ChoiceTask(name=name, read=read, parts=shares.parts(sources), split_seed=split_seed, origin=origin)
    return loaded(task, encoder, options)


def load_swag(encoder: Any = None, *, data_dir: str | os.PathLike | None = None, **options: Any) -> Any:
    """SWAG (Zellers et al., 2018), or files of your own in its layout, in `data_dir`, whose parts are its own.

    Args:
        encoder: as for `load_choices`.
        data_dir: the folder with train.csv and val.csv, and test.csv where that is there.
        **options: as for `load_choices`.
    """
    if data_dir is None:
        advice = f"Its files are at {_ADDRESS}: {', '.join(SWAG_FILES.values())}."
        raise ValueError(checks.message("data_dir", "be the folder with SWAG's files", None, advice))
    files = {part: pathlib.Path(data_dir).expanduser() / name for part, name in SWAG_FILES.items()}
    parts = tuple(part for part in files if part != "test" or files[part].is_file())
    return loaded(ChoiceTask(name=SWAG, read=functools.partial(_read_swag, files), parts=parts), encoder, options)


def _sources(source: Any) -> tuple[str, dict[str, pathlib.Path | Examples]]:
    """A name for messages and model folders, and a file that is there or checked rows by part."""
    if not isinstance(source, (str, os.PathLike)):
        rows = by_part(source, "source")
        return "choices", {part: _source(rows[part], f"{part} of choices") for part in rows}
    path = pathlib.Path(source).expanduser()
    if not path.is_dir():
        return path.name, {"train": _source(path, path.name)}
    files = {part: path / name for part, name in SWAG_FILES.items() if (path / name).is_file()}
    if not files:
        must = f"hold {', '.join(SWAG_FILES.values())}"
        raise FileNotFoundError(checks.message("source", must, str(source), f"They are at {_ADDRESS}."))
    return path.resolve().name, files


def _source(source: Any, name: str) -> pathlib.Path | Examples:
    if not isinstance(source, (str, os.PathLike)):
        return _own_rows(source, name)
    path = pathlib.Path(source).expanduser()
    if not path.is_file():
        raise FileNotFoundError(checks.message("source", "be a file in SWAG's layout", str(path), "There is none."))
    return path


def _rows(source: pathlib.Path | Examples, part: str) -> Examples:
    return source if isinstance(source, Examples) else read_swag(source)


def _read_swag(files: dict[str, pathlib.Path], parts: tuple[str, ...]) -> dict[str, Examples]:
    for part in parts:
        if not files[part].is_file():
            advice = f"There is no {files[part].name}; SWAG's files are at {_ADDRESS}."
            raise FileNotFoundError(checks.message("data_dir", "hold SWAG's files", str(files[part].parent), advice))
    return {part: read_swag(files[part]) for part in parts}


def read_swag(path: str | os.PathLike) -> Examples:
    """The rows of one of SWAG's files: prompts, and a column for each choice; labels None where the file has none."""
    table = DelimitedFile(path)
    columns = table.columns
    endings = [f"ending{number}" for number in range(len(columns)) if f"ending{number}" in columns]
    missing = [name for name in ("sent1", "sent2", "ending0", "ending1") if name not in columns]
    if missing or endings != [f"ending{number}" for number in range(len(endings))]:
        must = "have the columns sent1, sent2, ending0, ending1, ... without a gap"
        raise ValueError(checks.message("source", must, list(columns), f"In {path}."))
    rows = []
    for chunk in table.rows(["sent1", "sent2", *endings, *(["label"] if "label" in columns else [])]):
        for number, place in enumerate(chunk.places):
            row = {name: column[number] for name, column in chunk.columns.items()}
            choices = [f"{row['sent2']} {row[name]}".strip() for name in endings]
            label = _number(row["label"], table.where(place)) if "label" in columns else None
            rows.append((row["sent1"], choices, label))
    return _examples(rows, str(path))


def _number(text: str, place: str) -> int:
    if not re.fullmatch("[0-9]{1,9}", text.strip()):
        raise ValueError(checks.message("label", f"be the number of a choice in {place}", text))
    return int(text)


def _own_rows(source: Any, name: str) -> Examples:
    if isinstance(source, Mapping) or not isinstance(source, Iterable):
        raise TypeError(checks.message("source", "be a folder, a file, rows, or a dict of them by part", source))
    rows = []
    for place, row in enumerate(source):
        where = f"It is row {place} of {name}."
        if isinstance(row, Mapping):
            missing = [field for field in ("prompt", "choices") if field not in row]
            if missing:
                raise ValueError(checks.message("row", "have the fields prompt and choices", sorted(row), where))
            row = (row["prompt"], row["choices"], row.get("label"))
        elif not isinstance(row, (list, tuple)) or len(row) not in (2, 3):
            must = "be a dict with prompt, choices and label, or a (prompt, choices, label)"
            raise TypeError(checks.message("row", must, row, where))
        prompt, choices, label = (*row, None)[:3]
        texts = [prompt, *choices] if isinstance(choices, (list, tuple)) else [None]
        if not all(isinstance(text, str) for text in texts):
            raise TypeError(checks.message("row", "have a str as its prompt and a list of str as choices", row, where))
        if label is not None:
            label = checks.integer("label", label.item() if isinstance(label, np.integer) else label, -1, _MOST_CHOICES)
        rows.append((prompt, list(choices), label))
    return _examples(rows, name)


def _examples(rows: list[tuple[str, list[str], int | None]], source: str) -> Examples:
    if not rows:
        raise ValueError(checks.message("source", "hold at least one row", source))
    count = len(rows[0][1])
    if count < 2:
        raise ValueError(checks.message("choices", "be 2 or more", rows[0][1], f"Row 0 of {source}."))
    unlabelled = [place for place, row in enumerate(rows) if row[2] is None]
    if unlabelled and len(unlabelled) < len(rows):
        must = f"be there in all rows of {source} or in none"
        raise ValueError(checks.message("label", must, None, f"It is not in row {unlabelled[0]}."))
    for place, (_, choices, _) in enumerate(rows):
        if len(choices) != count:
            must = f"be {count} in every row, as in the first"
            raise ValueError(checks.message("choices", must, len(choices), f"Row {place} of {source}."))
    labels = None if unlabelled else np.array([row[2] for row in rows], "int32")
    columns = [[row[1][number] for row in rows] for number in range(count)]
    return Examples(([row[0] for row in rows], *columns), labels, np.arange(len(rows)), source)
