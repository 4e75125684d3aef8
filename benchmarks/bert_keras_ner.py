"""A named entity run of ours, to set beside `huggingface_ner.py`: same weights, sentences, recipe and output.

    python benchmarks/bert_keras_ner.py --conll-dir DATA/conll2003 --seed 0 [--native]

One line of JSON comes out: dev entity scores of each epoch, test scores of the best one, seconds of training with
evaluation, padding, peak memory.
"""

import argparse
import json
import os
import pathlib
import resource
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bert_keras as bk


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--conll-dir", type=pathlib.Path, required=True)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--learning-rate", type=float, default=5e-5)
    parser.add_argument("--seq-length", type=int, default=128)
    parser.add_argument("--limit", type=int, default=None, help="Only so many training sentences, drawn.")
    parser.add_argument("--native", action="store_true")
    parser.add_argument("--keep", type=pathlib.Path, default=None, help="Write the model folder here.")
    arguments = parser.parse_args()
    recipe = bk.Recipe(
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        native=arguments.native,
        seed=arguments.seed,
    )
    files = {"data_dir": arguments.conll_dir}
    task = bk.load_task("conll2003", seq_length=arguments.seq_length, limit=arguments.limit, **files)
    with tempfile.TemporaryDirectory() as folder:
        out = arguments.keep or pathlib.Path(folder) / "run"
        result = bk.finetune(task, "sample/all-MiniLM-L6-v2", out, recipe=recipe, say=lambda line: None)
        predictor = bk.load(out)
        data = predictor.task_data("test", **files)
        start = time.perf_counter()
        test = bk.evaluate(predictor.model, data, "test")
        test_seconds = time.perf_counter() - start
    words = sum(map(len, data.split("test").sentences.words))
    report = {
        "encoder": "native" if arguments.native else "hub",
        "seed": arguments.seed,
        "epochs": [
            {name.removeprefix("val_"): value for name, value in entry["logs"].items() if name.startswith("val_")}
            for entry in result.history
        ],
        "test": test | {"words": words},
        "seconds": round(result.seconds, 1),
        "test_seconds": round(test_seconds, 1),
        "padding_share": round(result.padding_share, 4),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024,
    }
    print(json.dumps(report))


if __name__ == "__main__":
    main()
