"""Whether a calibrated model's confidence is honest, on rows that nothing was fitted on.

    python benchmarks/confidence.py --data DATA --task mrpc --limit 1000 --epochs 3 --seeds 3 --precision 0.9

    python benchmarks/confidence.py --data DATA --task conll2003 --limit 2000 --seeds 3
    python benchmarks/confidence.py --data DATA --task squad_v2 --epochs 2 --rate 1e-4 --seeds 1 --models runs/squad_v2

For each seed the sample encoder is tuned (native, batches of 32, 5e-5 or `--rate`; with `--models` it is kept, and not
tuned a second time), and its answers to the validation rows are drawn into halves again and again: on one half the
temperature and the threshold are fitted, and the figures are of the other. Out comes a line of JSON for each seed, with
means over the draws: the expected calibration error before and after, how often it fell, in how many draws a promise
could be made, what was promised and kept, and the share of answers given.

DATA holds `glue/` in GLUE's TSV layout, `conll2003/` and `squad/`, with SQuAD's own files. Of tags and of answers to
questions nothing is promised.
"""

import argparse
import json
import os
import pathlib
import sys
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import bert_keras as bk
from bert_keras.running.confidence.fit_confidence import fit_confidence
from bert_keras.running.evaluate import evaluator

ENCODER = "sample/all-MiniLM-L6-v2"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--task", default="mrpc", help="of GLUE, as mrpc and sst2; or conll2003, squad_v2")
    parser.add_argument("--limit", type=int, default=None, help="only so many training rows, drawn by a fixed seed")
    parser.add_argument("--questions", type=int, default=2000, help="of squad_v2, on whole paragraphs of the dev file")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=5e-5, help="the peak learning rate")
    parser.add_argument("--compute", default="float32", help="or bfloat16: the precision of the training")
    parser.add_argument("--models", type=pathlib.Path, help="a folder that keeps the models, by seed")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--draws", type=int, default=100, help="of the halves")
    parser.add_argument("--precision", type=float, default=0.9, help="that is promised")
    parser.add_argument("--assurance", type=float, default=0.9)
    arguments = parser.parse_args()
    for seed in range(arguments.seeds):
        print(json.dumps(measured(arguments, seed)), flush=True)


def measured(arguments: argparse.Namespace, seed: int) -> dict:
    begun = time.monotonic()
    fields = {"epochs": arguments.epochs, "learning_rate": arguments.rate, "precision": arguments.compute}
    recipe = bk.Recipe(**fields, batch_size=32, native=True, seed=seed)
    with tempfile.TemporaryDirectory() as folder:
        out = (arguments.models or pathlib.Path(folder)) / f"seed-{seed}"
        task = chosen(arguments, pathlib.Path(folder))
        if not (out / "config.json").is_file():
            bk.finetune(task, ENCODER, out, recipe=recipe, say=lambda line: print(line, file=sys.stderr, flush=True))
        predictor = bk.load(out, native=True)
        data = predictor.task_data("validation", task, trained_rows="leave_out")
        evidence = evaluator(predictor.model, data).evidence()
    everything = np.ones(len(evidence.row_of), bool)
    report = {
        "task": arguments.task,
        "limit": arguments.limit,
        "epochs": arguments.epochs,
        "seed": seed,
        "rows": len(evidence.texts),
        "right": round(float(evidence.judged(1.0, everything)[1].mean()), 4),
        **of_draws(evidence, predictor.config.get("labels"), arguments),
        "seconds": round(time.monotonic() - begun, 1),
    }
    return report


def chosen(arguments: argparse.Namespace, folder: pathlib.Path) -> bk.Task:
    """The data; `folder` takes the questions that are left of a file."""
    if arguments.task == "conll2003":
        files = {"train": "train.txt", "validation": "valid.txt"}
        files = {part: arguments.data / "conll2003" / name for part, name in files.items()}
        return bk.load_tagging(files, limit=arguments.limit)
    if arguments.task == "squad_v2":
        dev = folder / "dev.json"
        whole = json.loads((arguments.data / "squad" / "dev-v2.0.json").read_text(encoding="utf-8"))
        dev.write_text(json.dumps(few_questions(whole, arguments.questions)), encoding="utf-8")
        files = {"train": arguments.data / "squad" / "train-v2.0.json", "validation": dev}
        return bk.load_files(files, limit=arguments.limit)
    return bk.load_task(f"glue/{arguments.task}", data_dir=arguments.data / "glue", limit=arguments.limit)


def few_questions(document: dict, count: int) -> dict:
    """A file of SQuAD with paragraphs that are drawn from all articles, until there are so many questions."""
    paragraphs = [paragraph for article in document["data"] for paragraph in article["paragraphs"]]
    kept, questions = [], 0
    for place in np.random.default_rng(0).permutation(len(paragraphs)):
        if questions < count:
            kept.append(paragraphs[place])
            questions += len(paragraphs[place]["qas"])
    return {**document, "data": [{"title": "drawn", "paragraphs": kept}]}


def of_draws(evidence, labels, arguments: argparse.Namespace) -> dict:
    """Means over the draws; of promises over the draws in which one could be made."""
    found = [fit_confidence(evidence, labels, seed=draw)[0] for draw in range(arguments.draws)]
    promises = []
    for draw in range(arguments.draws if evidence.abstains else 0):
        try:
            pair = arguments.precision, arguments.assurance
            promises.append(fit_confidence(evidence, labels, "", 1.0, *pair, seed=draw)[0].promises[0])
        except ValueError:  # the rows cannot bear it
            continue
    said = [promise for promise in promises if promise.precision is not None]
    report = {
        "draws": arguments.draws,
        "temperature": _mean(one.temperature for one in found),
        "error_before": _mean(one.error_before for one in found),
        "error_after": _mean(one.error_after for one in found),
        "share_with_less_error": _mean(one.error_after < one.error_before for one in found),
        "loss_before": _mean(one.loss_before for one in found),
        "loss_after": _mean(one.loss_after for one in found),
        "promised": arguments.precision,
        "promises_made": len(promises),
    }
    if said:
        report |= {
            "kept_precision": _mean(promise.precision for promise in said),
            "share_of_promises_kept": _mean(promise.precision >= arguments.precision for promise in said),
            "coverage": _mean(promise.coverage for promise in said),
        }
    return report


def _mean(values) -> float:
    return round(float(np.mean(list(values))), 4)


if __name__ == "__main__":
    main()
