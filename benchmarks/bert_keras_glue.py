"""A GLUE run of ours, to set beside `huggingface_glue.py`: same weights, task, recipe and output.

    python benchmarks/bert_keras_glue.py --glue-dir DATA/glue --task mrpc --seed 0 [--native]

One line of JSON comes out: dev metrics of each epoch, seconds of training with evaluation, padding, peak memory.
"""

import argparse
import json
import os
import pathlib
import resource
import tempfile

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bert_keras as bk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--glue-dir", type=pathlib.Path, required=True)
    parser.add_argument("--task", default="mrpc")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--limit", type=int, default=None, help="only so many training rows, drawn")
    parser.add_argument("--native", action="store_true")
    arguments = parser.parse_args()
    recipe = bk.Recipe(
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        native=arguments.native,
        seed=arguments.seed,
    )
    task = bk.load_glue(arguments.task, data_dir=arguments.glue_dir, limit=arguments.limit)
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "run"
        result = bk.finetune(task, "sample/all-MiniLM-L6-v2", out, recipe=recipe, say=lambda line: None)
    report = {
        "task": arguments.task,
        "encoder": "native" if arguments.native else "hub",
        "seed": arguments.seed,
        "epochs": [
            {name.removeprefix("val_"): value for name, value in entry["logs"].items() if name.startswith("val_")}
            for entry in result.history
        ],
        "seconds": round(result.seconds, 1),
        "padding_share": round(result.padding_share, 4),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
