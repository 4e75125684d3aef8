"""Rare classes: whether weights by class and a focal loss beside them give more on tasks of two uneven classes.

    python benchmarks/balanced_focal.py --data-dir DATA/glue --task glue/mrpc --limit 2000 --rate 1e-4 --seeds 5

Three ways with the same seeds: as it is, `class_weight="balanced"`, and that with `focal=2.0`. The score is the mean of
the classes' F1 on the dev part, beside it stands the accuracy. A line of JSON is printed for each run, then the
differences with their intervals.
"""

import argparse
import os
import pathlib
import tempfile
from collections.abc import Iterator
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

from common.paired_ways import paired_ways

import bert_keras as bk

WAYS = {"default": (None, 0.0), "balanced": ("balanced", 0.0), "balanced, focal 2": ("balanced", 2.0)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="glue/mrpc")
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--limit", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--precision", default="bfloat16")
    given = parser.parse_args()
    rows = bk.load_task(given.task, data_dir=given.data_dir, limit=given.limit).rows(("train", "validation"))
    parts = {name: columns_of(own) for name, own in rows.items()}
    paired_ways(runs_of(parts, given), "f1_macro")


def columns_of(rows: Any) -> dict[str, list[Any]]:
    """A part's texts and labels as columns of a table."""
    texts = {f"text_{number}": list(column) for number, column in enumerate(rows.texts)}
    return texts | {"label": [str(label) for label in rows.labels]}


def runs_of(parts: dict[str, dict[str, list[Any]]], given: argparse.Namespace) -> Iterator[Any]:
    """The name, seed, mean F1 on the dev part and accuracy of each run."""
    second = "text_1" if "text_1" in parts["train"] else None
    for seed in range(given.seeds):
        for name, (class_weight, focal) in WAYS.items():
            own = {"text": "text_0", "text_pair": second, "label": "label", "class_weight": class_weight}
            table = bk.load_files(parts, seq_length=128, **own)
            shared = {"epochs": given.epochs, "native": True, "precision": given.precision, "seed": seed}
            recipe = bk.Recipe(learning_rate=given.rate, focal=focal, **shared)
            with tempfile.TemporaryDirectory() as place:
                out = pathlib.Path(place) / "run"
                result = bk.finetune(table, given.encoder, out, recipe=recipe, say=lambda line: None)
            logs = result.history[-1]["logs"]
            yield name, seed, float(logs["val_f1_macro"]), {"accuracy": round(float(logs["val_accuracy"]), 4)}


if __name__ == "__main__":
    main()
