"""The texts of the sets, read without any of the systems."""

import csv
import json
import pathlib

import numpy as np

GLUE = {  # folder, columns of the texts, column of the label, whether the file has a header
    "mrpc": ("MRPC", (3, 4), 0, True),
    "cola": ("CoLA", (3,), 1, False),
    "sst2": ("SST-2", (0,), 1, True),
}


def glue_rows(data: pathlib.Path, task: str, part: str, limit: int | None = None) -> tuple[list[list[str]], list[int]]:
    """One list of texts for each column, and the labels.

    Args:
        data: holds `glue/`.
        task, part: such as "mrpc" and "train".
        limit: rows that are drawn, the ones that `bert-keras finetune --limit` draws; all if None.
    """
    folder, columns, label, header = GLUE[task]
    with open(data / "glue" / folder / f"{part}.tsv", encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[int(header) :]
    if limit is not None and limit < len(rows):
        rows = [rows[row] for row in np.sort(np.random.default_rng(0).permutation(len(rows))[:limit])]
    return [[row[column] for row in rows] for column in columns], [int(row[label]) for row in rows]


def short_texts(data: pathlib.Path, count: int) -> list[str]:
    """Sentences of SST-2's dev and train parts."""
    texts = [*glue_rows(data, "sst2", "dev")[0][0], *glue_rows(data, "sst2", "train", count)[0][0]]
    return texts[:count]


def long_texts(data: pathlib.Path, count: int | None = None) -> list[str]:
    """Contexts of SQuAD 1.1, each once."""
    articles = json.loads((data / "squad" / "train-v1.1.json").read_text(encoding="utf-8"))["data"]
    contexts = dict.fromkeys(part["context"] for article in articles for part in article["paragraphs"])
    return list(contexts)[:count]


def by_length(texts: list[str], size: int) -> list[list[int]]:
    """The places of the texts in batches of like lengths, the longest first."""
    places = sorted(range(len(texts)), key=lambda place: -len(texts[place]))
    return [places[start : start + size] for start in range(0, len(places), size)]
