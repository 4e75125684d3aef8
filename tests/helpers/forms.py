"""The table of forms: `tests/data/forms/*.toml`, what each must give or be refused with."""

import gzip
import json
import pathlib
import sys
import warnings

from paths import ROOT

import bert_keras as bk

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

FOLDER = ROOT / "tests" / "data" / "forms"
GIVES = {
    "text_classification": ("texts", "pairs", "labels", "weights"),
    "token_classification": ("words", "tags"),
    "question_answering": ("ids", "questions", "contexts", "answers"),
}


def forms():
    """All rows of the table, each with the `table` that it stands in."""
    return [
        {"table": path.stem, **form}
        for path in sorted(FOLDER.glob("*.toml"))
        for form in tomllib.loads(path.read_text(encoding="utf-8"))["form"]
    ]


def content_of(text: str, form: dict) -> bytes:
    """A form's text as the bytes of its file."""
    content = text.encode(form.get("encoding", "utf-8"))
    return gzip.compress(content) if form.get("gzip") else content


def written(form: dict, folder: pathlib.Path):
    """What `bk.load_files` is called with: a file, files by part, or an object."""
    if "object" in form:
        return form["object"]
    if "json" in form:  # what TOML cannot say, such as null
        return json.loads(form["json"])
    if "parts" in form:
        paths = {}
        for part, text in form["parts"].items():
            name = pathlib.Path(form["file"])
            paths[part] = folder / f"{name.stem}_{part}{name.suffix}"
            paths[part].write_bytes(content_of(text, form))
        return paths
    path = folder / form["file"]
    path.write_bytes(content_of(form["content"], form))
    return path


def read(form: dict, source, tokenizer) -> dict:
    """What a form gives: its kind's columns of "train", by name, with `names`, `parts` and `notes`."""
    options = {"validation_share": 0, **form.get("options", {})}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        task = bk.load_files(source, **options)
        data = task.load(tokenizer)
        found = _COLUMNS[data.kind](task, data)
    notes = [*data.facts(), *(str(warning.message) for warning in caught)]
    names = list(getattr(data, "label_names", None) or ())
    return {"kind": data.kind, **found, "names": names, "parts": list(data.splits), "notes": "\n".join(notes)}


def _texts(task, data) -> dict:
    rows = task.rows()["train"]
    labels = rows.labels.tolist()
    if data.label_names and data.problem_type == "multi_label_classification":
        labels = [[name for name, is_set in zip(data.label_names, row, strict=True) if is_set] for row in labels]
    elif data.label_names:
        labels = [data.label_names[number] for number in labels]
    columns = [list(column) for column in rows.texts]
    weights = None if rows.weights is None else rows.weights.tolist()
    pairs = columns[1] if len(columns) > 1 else None
    return {"texts": columns[0], "pairs": pairs, "labels": labels, "weights": weights}


def _tags(task, data) -> dict:
    sentences = data.split("train").sentences
    return {"words": [list(own) for own in sentences.words], "tags": [list(own) for own in sentences.tags]}


def _questions(task, data) -> dict:
    rows = task.rows()["train"]
    answers = [[[text, start] for text, start in own] for own in rows.answers]
    columns = {name: list(getattr(rows, name)) for name in ("ids", "questions", "contexts")}
    return {**columns, "answers": answers}


_COLUMNS = {
    "text_classification": _texts,
    "token_classification": _tags,
    "question_answering": _questions,
}
