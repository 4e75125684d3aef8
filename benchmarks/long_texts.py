"""Long reviews cut, or read in windows: IMDb from TFDS, same recipe, same rows, test accuracy and seconds.

    python benchmarks/long_texts.py --data-dir TFDS --seq-length 128 [--long-text windows --max-windows 4]

Trains on the first rows that are not held out, keeps the better epoch on the held-out tenth, and reads the first rows
of test. One line of JSON comes out.
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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=pathlib.Path, required=True)
    parser.add_argument("--seq-length", type=int, default=128)
    parser.add_argument("--long-text", default="truncate")
    parser.add_argument("--max-windows", type=int, default=bk.Recipe.max_windows)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--limit", type=int, default=None)
    parser.add_argument("--test-rows", type=int, default=None)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    names = ("epochs", "batch_size", "seq_length", "long_text", "max_windows", "seed")
    recipe = bk.Recipe(**{name: getattr(arguments, name) for name in names})
    with tempfile.TemporaryDirectory() as folder:
        result = bk.finetune(
            "imdb_reviews",
            "sample/all-MiniLM-L6-v2",
            pathlib.Path(folder) / "run",
            recipe=recipe,
            data_dir=arguments.data_dir,
            limit=arguments.limit,
            say=lambda line: print(line, file=sys.stderr, flush=True),
        )
        predictor = bk.load(pathlib.Path(folder) / "run")
    rows = predictor.task_data("test", data_dir=arguments.data_dir).split("test").examples.head(arguments.test_rows)
    start = time.monotonic()
    predictions = predictor.logits(rows.texts[0]).argmax(axis=-1)
    report = {
        **{name: getattr(recipe, name) for name in names},
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
