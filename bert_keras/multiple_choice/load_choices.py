"""`load_choices`: prompts with several choices, from SWAG's files or rows of your own, as batches for an encoder."""

import os
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.tables.delimited_file import DelimitedFile
from bert_keras.data.task_data import checked_parts
from bert_keras.multiple_choice.choice_data import ChoiceData, make_choice_data

SWAG = "swag"
SWAG_FILES = {"train": "train.csv", "validation": "val.csv", "test": "test.csv"}
_ADDRESS = "https://github.com/rowanz/swagaf/tree/master/data"


def load_choices(
    source: str | os.PathLike | Mapping[str, Any] | Sequence[Any],
    encoder: Any,
    *,
    limit: int | None = None,
    parts: tuple[str, ...] | None = None,
    **options: Any,
) -> ChoiceData:
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
        encoder: whose vocabulary makes the ids: an encoder of `bk.load_encoder`, or a `bk.Tokenizer`.
        limit: only the first so many training rows.
        parts: which parts to make; all that there are if None.
        **options: `seq_length`, tokens that a prompt and a choice together are cut to, 128; `batch_size`, prompts a
            batch, 16; `seed` of the order of the training batches, 0; `static_shapes` as in `bk.load_glue`, False.

    Raises:
        FileNotFoundError: if there is no such file, or none of SWAG's in the folder.
        ValueError: for a row that does not fit, with its place: a label beyond the choices, another number of choices
            than the first row has, a column that is not there.
    """
    name, found = _by_part(source)
    return _made(name, found, encoder, limit, parts, options)


def _made(
    name: str,
    found: dict[str, Any],
    encoder: Any,
    limit: int | None,
    parts: tuple[str, ...] | None,
    options: dict[str, Any],
) -> ChoiceData:
    limit = None if limit is None else checks.integer("limit", limit, 1)
    examples = {}
    for part in checked_parts(parts, tuple(found)):
        given, title = found[part], f"{part} of {name}"
        rows = read_swag(given) if isinstance(given, (str, os.PathLike)) else _own_rows(given, title)
        examples[part] = rows.head(limit) if part == "train" else rows
    return make_choice_data(name, examples, encoder, **options)


def load_swag(
    encoder: Any,
    *,
    data_dir: str | os.PathLike | None = None,
    limit: int | None = None,
    parts: tuple[str, ...] | None = None,
    **options: Any,
) -> ChoiceData:
    """SWAG (Zellers et al., 2018), or files of your own in its layout, in `data_dir`; see `load_choices`."""
    if data_dir is None:
        advice = f"Its files are at {_ADDRESS}: {', '.join(SWAG_FILES.values())}."
        raise ValueError(checks.message("data_dir", "be the folder with SWAG's files", None, advice))
    wanted = {part: SWAG_FILES[part] for part in checked_parts(parts, tuple(SWAG_FILES))}
    folder = pathlib.Path(data_dir).expanduser()
    missing = [name for part, name in wanted.items() if not (folder / name).is_file()]
    if missing and (parts is not None or missing != [SWAG_FILES["test"]]):
        advice = f"There is no {missing[0]}; SWAG's files are at {_ADDRESS}."
        raise FileNotFoundError(checks.message("data_dir", "hold SWAG's files", str(data_dir), advice))
    found = {part: folder / name for part, name in wanted.items() if name not in missing}
    return _made(SWAG, found, encoder, limit, None, options)


def read_swag(path: str | os.PathLike) -> Examples:
    """The rows of one of SWAG's files: prompts, and a column for each choice; labels None where the file has none."""
    path = pathlib.Path(path).expanduser()
    if not path.is_file():
        raise FileNotFoundError(checks.message("source", "be a file in SWAG's layout", str(path), "There is none."))
    table = DelimitedFile(path)
    columns = table.columns
    endings = [f"ending{number}" for number in range(len(columns)) if f"ending{number}" in columns]
    missing = [name for name in ("sent1", "sent2", "ending0", "ending1") if name not in columns]
    if missing or endings != [f"ending{number}" for number in range(len(endings))]:
        must = "have the columns sent1, sent2, ending0, ending1, ... without a gap"
        raise ValueError(checks.message("source", must, list(columns), f"In {path}."))
    rows = []
    for chunk in table.rows(["sent1", "sent2", *endings, *(["label"] if "label" in columns else [])]):
        found = chunk.columns
        for number, place in enumerate(chunk.places):
            choices = [f"{found['sent2'][number]} {found[name][number]}".strip() for name in endings]
            label = _number(found["label"][number], table.where(place)) if "label" in columns else None
            rows.append((found["sent1"][number], choices, label))
    return _examples(rows, str(path))


def _number(text: str, place: str) -> int:
    if not text.strip().isdecimal():
        raise ValueError(checks.message("label", f"be the number of a choice in {place}", text))
    return int(text)


def _by_part(source: Any) -> tuple[str, dict[str, Any]]:
    """A name for messages and model folders, and a file or rows by part."""
    if isinstance(source, (str, os.PathLike)):
        path = pathlib.Path(source).expanduser()
        if not path.is_dir():
            return path.name, {"train": path}
        found = {part: path / name for part, name in SWAG_FILES.items() if (path / name).is_file()}
        if not found:
            must = f"hold {', '.join(SWAG_FILES.values())}"
            raise FileNotFoundError(checks.message("source", must, str(source), f"They are at {_ADDRESS}."))
        return path.resolve().name, found
    if isinstance(source, Mapping):
        unknown = [name for name in source if name not in SWAG_FILES]
        if unknown or not source:
            must = f"be files or rows by part, out of {', '.join(SWAG_FILES)}"
            raise ValueError(checks.message("source", must, list(source)))
        return "choices", dict(source)
    if not isinstance(source, Iterable):
        raise TypeError(checks.message("source", "be a folder, a file, rows, or a dict of them by part", source))
    return "choices", {"train": source}


def _own_rows(given: Any, name: str) -> Examples:
    rows = []
    for place, row in enumerate(given):
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
            label = checks.integer("label", label.item() if isinstance(label, np.integer) else label)
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
