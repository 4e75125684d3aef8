"""Long reviews cut, or read in windows: IMDb from TFDS, same recipe, same rows, test accuracy and seconds.

    python benchmarks/long_texts.py --data-dir TFDS --seq-length 128 [--long-text windows --max-windows 4]

Trains on rows drawn of those that are not held out, keeps the better epoch on the held-out tenth, and reads the first
rows of test. One line of JSON comes out.
"""

import argparse
import json
import os
import pathlib
import resource
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bert_keras as bk
from bert_keras.features import MAX_WINDOWS


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=pathlib.Path, required=True)
    parser.add_argument("--seq-length", type=int, default=128)
    parser.add_argument("--long-text", default="truncate")
    parser.add_argument("--max-windows", type=int, default=MAX_WINDOWS)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--limit", type=int, default=None)
    parser.add_argument("--test-rows", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    of_recipe = {name: getattr(arguments, name) for name in ("epochs", "batch_size", "seed")}
    of_task = {name: getattr(arguments, name) for name in ("seq_length", "long_text", "max_windows")}
    files = {"data_dir": arguments.data_dir}
    task = bk.load_task("imdb_reviews", limit=arguments.limit, **files, **of_task)
    with tempfile.TemporaryDirectory() as folder:
        result = bk.finetune(
            task,
            "sample/all-MiniLM-L6-v2",
            pathlib.Path(folder) / "run",
            recipe=bk.Recipe(**of_recipe),
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )
        predictor = bk.load(pathlib.Path(folder) / "run")
    rows = predictor.task_data("test", **files).split("test").examples
    rows = rows if arguments.test_rows is None else rows.head(arguments.test_rows)
    start = time.monotonic()
    predictions = predictor.logits(rows.texts[0]).argmax(axis=-1)
    report = {
        **of_recipe,
        **of_task,
        "train_rows": arguments.limit,
        "dev_accuracy": [entry["logs"]["val_accuracy"] for entry in result.history],
        "test_rows": len(rows),
        "test_accuracy": bk.metrics.accuracy(predictions, rows.labels),
        "training_seconds": round(result.seconds, 1),
        "test_seconds": round(time.monotonic() - start, 1),
        "padding_share": round(result.padding_share, 4),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
