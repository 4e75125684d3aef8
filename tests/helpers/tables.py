"""The same rows in every form that a user may bring them in."""

import csv
import json

import datasets
import numpy as np
import pandas
import polars
import pyarrow
import pyarrow.parquet
import tensorflow as tf

# Commas, quotes, ends of lines, other scripts, spaces at the ends: what files quote and strip.
TEXTS = [
    "The dog runs, and the cat too.",
    'He said "no" and left.',
    "a text of\ntwo lines",
    "größer als früher — 東京",
    "tab\there",
    "the dog",
    "the cat is red",
    "a red dog",
    "0012",
    "NA",
    "null",
    "a; b; c",
]
LABELS = ["good", "bad", "good", "so so", "bad", "good", "bad", "good", "so so", "bad", "good", "so so"]


def write_csv(path, texts=TEXTS, labels=LABELS, separator=",", header=("review", "stars"), end="\r\n", **options):
    with open(path, "w", newline="", **{"encoding": "utf-8", **options}) as file:
        writer = csv.writer(file, delimiter=separator, lineterminator=end)
        if header:
            writer.writerow(header)
        writer.writerows(zip(texts, labels, strict=True))
    return path


def write_json_lines(path, texts=TEXTS, labels=LABELS):
    rows = [json.dumps({"id": 7, "review": t, "stars": s}) for t, s in zip(texts, labels, strict=True)]
    path.write_text("\n".join(rows) + "\n", encoding="utf-8")
    return path


def write_parquet(path, texts=TEXTS, labels=LABELS):
    pyarrow.parquet.write_table(pyarrow.table({"review": texts, "stars": labels}), path, row_group_size=5)
    return path


def write_folder(path, texts=TEXTS, labels=LABELS):
    """Files whose order is that of the rows: they come by label, then by number."""
    for number, (text, label) in enumerate(zip(texts, labels, strict=True)):
        (path / label).mkdir(parents=True, exist_ok=True)
        (path / label / f"{number:03}.txt").write_text(text, encoding="utf-8")
    return path


def every_kind(folder):
    """name: (what load_files takes, its column names)."""
    named = {"text": "review", "label": "stars"}
    columns = {"review": TEXTS, "stars": LABELS}
    pairs = list(zip(TEXTS, LABELS, strict=True))
    dataset = tf.data.Dataset.from_tensor_slices((TEXTS, LABELS))
    unnamed = {"text": "text", "label": "label"}
    return {
        "csv": (write_csv(folder / "a.csv"), named),
        "csv with semicolons": (write_csv(folder / "b.csv", separator=";", end="\n"), named),
        "csv with a mark": (write_csv(folder / "c.csv", encoding="utf-8-sig"), named),
        "csv in utf-16": (write_csv(folder / "d.csv", encoding="utf-16"), named),
        "tsv": (write_csv(folder / "a.tsv", separator="\t"), named),
        "json lines": (write_json_lines(folder / "a.jsonl"), named),
        "parquet": (write_parquet(folder / "a.parquet"), named),
        "folder": (write_folder(folder / "tree"), unnamed),
        "pairs": (pairs, unnamed),
        "rows": ([{"review": text, "stars": label} for text, label in pairs], named),
        "columns": (columns, named),
        "arrays": ({"review": np.array(TEXTS), "stars": np.array(LABELS, object)}, named),
        "structured array": (np.array(pairs, [("review", "U80"), ("stars", "U8")]), named),
        "pandas": (pandas.DataFrame(columns, index=range(5, 17)), named),
        "polars": (polars.DataFrame(columns), named),
        "hugging face": (datasets.Dataset.from_dict(columns), named),
        "hugging face, streamed": (datasets.Dataset.from_dict(columns).to_iterable_dataset(), named),
        "tf.data": (dataset, unnamed),
        "tf.data in batches": (tf.data.Dataset.from_tensor_slices(columns).batch(5), named),
    }
