"""The native encoder on JAX beside Hugging Face's BERT in PyTorch, training on one GPU, in turn. See README.md.

    export KERAS_BACKEND=jax PYTHONPATH=.
    python benchmarks/gpu_training.py [--cases base-mrpc-packed,…] [--rounds 5] [--steps 20]
    python benchmarks/gpu_training.py --tiny       # on a CPU, with a small encoder: that the script runs

Needs jax with its GPU, keras, torch, transformers and NumPy; no TensorFlow and no network: ids are random, lengths are
those of real texts, weights fresh. First the losses of both without dropout must agree, in float32, packed and padded.
"""

import argparse
import concurrent.futures
import json
import os
import pathlib
import subprocess
import sys
import tempfile
import time
from typing import Any

from common.flops import step_flops
from common.ratios import summary, times_as_fast, turns
from common.workers import Worker
from gpu import rows, settings

HERE = pathlib.Path(__file__).resolve().parent
OURS, THEIRS = "bert_keras", "huggingface"
MODULES = {OURS: "gpu.bert_keras_jax", THEIRS: "gpu.huggingface_torch"}
# SIZE-WORK-LAYOUT, and -nodrop where attention weights are not dropped: cuDNN's kernel drops none.
CASES = {
    "base-mrpc-packed-nodrop": {"rows": 128},
    "base-mrpc-packed": {"rows": 128},
    "large-mrpc-packed-nodrop": {"rows": 128},
    "base-squad-packed-nodrop": {"rows": 48},
    "base-mrpc-padded": {"rows": 256},
    "large-squad-packed-nodrop": {"rows": 48},
    "tiny-mrpc-packed": {"rows": 4},
    "tiny-mrpc-padded": {"rows": 8},
}
BATCHES = 16
CHECKED_LOSSES, TOLERANCE = 20, 1e-3


def main() -> None:
    arguments = parsed()
    results: dict[str, Any] = {"device": device(), "cases": {}}
    print(results["device"], flush=True)
    root = os.pathsep.join([str(HERE.parent), os.environ.get("PYTHONPATH", "")])
    os.environ.update(PYTHONPATH=root, KERAS_BACKEND="jax", XLA_PYTHON_CLIENT_PREALLOCATE="false")
    with tempfile.TemporaryDirectory() as folder:
        work = pathlib.Path(folder)
        for packed in (True, False):
            difference = largest_difference(work, packed)
            print(f"losses {'packed' if packed else 'padded'}: differ by {difference:.1e} at most", flush=True)
        for name in arguments.cases:
            results["cases"][name] = measured(name, arguments, work)
            print(name, json.dumps(results["cases"][name]), flush=True)
            arguments.out.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def measured(name: str, arguments: argparse.Namespace, work: pathlib.Path) -> dict[str, Any]:
    """Blocks of steps of both systems in turn."""
    size, task, layout, *nodrop = name.split("-")
    job = {"size": size, "task": task, "packed": layout == "packed", "precision": "bfloat16", "batches": BATCHES}
    job |= {"attention_dropout": 0.0 if nodrop else 0.1, "dropout": 0.1, "compiled": True, **CASES[name]}
    begun = {system: worker(system, work, job) for system in (OURS, THEIRS)}
    with concurrent.futures.ThreadPoolExecutor() as pool:
        warm = dict(zip(begun, pool.map(started, begun.values()), strict=True))
    seconds: dict[str, list[float]] = {system: [] for system in begun}
    for number in range(arguments.rounds):
        for system in turns(list(begun), number):
            seconds[system].append(begun[system].ask("steps", count=arguments.steps))
    ends = {system: running.ask("end") for system, running in begun.items()}
    for running in begun.values():
        running.close()
    made = rows.batches(task, job["packed"], job["rows"], BATCHES, settings.VOCAB_SIZE)
    tokens = [sum(map(rows.real_tokens, part)) for part in blocks(made, arguments.rounds, arguments.steps)]
    texts = [text for batch in made for text in rows.lengths(batch)]
    width = settings.SIZES[size]["hidden_size"]
    per_token = step_flops(texts, settings.SIZES[size]["num_layers"], width, 4 * width) / sum(texts)
    padding = 1 - sum(map(rows.real_tokens, made)) / sum(batch["mask"].size for batch in made)
    found: dict[str, Any] = {"padding_share": round(padding, 4), "texts_of_a_step": len(texts) / len(made)}
    for system, taken in seconds.items():
        rates = [count / second for count, second in zip(tokens, taken, strict=True)]
        found[system] = {
            "tokens_a_second": summary(rates),
            "teraflops": round(summary(rates)["median"] * per_token / 1e12, 1),
            "times_as_fast": times_as_fast(taken, seconds[THEIRS]),
            "milliseconds_of_a_step": round(1000 * summary(taken)["median"] / arguments.steps, 2),
            "seconds_of_the_first_steps": round(warm[system], 1),
            **ends[system],
        }
    return found


def started(running: Worker) -> float:
    """Seconds of the first steps, in which every shape is compiled."""
    running.ask("train")
    return running.ask("steps", count=BATCHES)


def blocks(made: list[dict], rounds: int, steps: int) -> list[list[dict]]:
    """The batches of each round, as both systems go through them."""
    return [[made[(number * steps + step) % len(made)] for step in range(steps)] for number in range(rounds)]


def largest_difference(work: pathlib.Path, packed: bool) -> float:
    """Between the losses of both systems over the first steps, from the same weights; SystemExit where it is large."""
    os.environ["JAX_DEFAULT_MATMUL_PRECISION"] = "highest"
    job = {"size": "tiny", "task": "mrpc", "packed": packed, "rows": 16, "batches": CHECKED_LOSSES}
    job |= {"precision": "float32", "attention_dropout": 0.0, "dropout": 0.0, "compiled": False}
    theirs = worker(THEIRS, work, job)
    weights = theirs.ask("weights", path=str(work / "weights.npz"))
    ours = worker(OURS, work, {**job, "weights": weights})
    del os.environ["JAX_DEFAULT_MATMUL_PRECISION"]
    both = [running.ask("losses", count=CHECKED_LOSSES) for running in (ours, theirs)]
    for running in (ours, theirs):
        running.close()
    difference = max(abs(one - other) for one, other in zip(*both, strict=True))
    if difference > TOLERANCE:
        raise SystemExit(f"Losses must agree to {TOLERANCE}; they differ by {difference:.1e}: {both}")
    return difference


def worker(system: str, work: pathlib.Path, job: dict[str, Any]) -> Worker:
    name = f"{system} {time.time_ns()}"
    if system == OURS:
        job = {**job, "dump": str(work / name.replace(" ", "_"))}
        os.environ["XLA_FLAGS"] = f"--xla_dump_to={job['dump']} --xla_dump_hlo_as_text"
    return Worker(name, sys.executable, MODULES[system], work, **job)


def device() -> str:
    """The GPU, in the driver's words, or "no GPU"."""
    try:
        query = ["nvidia-smi", "--query-gpu=name,driver_version,memory.total", "--format=csv,noheader"]
        return subprocess.run(query, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return "no GPU"


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cases", help="with commas between; all but the tiny ones if not given")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--steps", type=int, default=20, help="of a block")
    parser.add_argument("--tiny", action="store_true", help="the tiny cases, 2 rounds of 3 steps")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "results" / "gpu.json")
    arguments = parser.parse_args()
    all_names = [name for name in CASES if name.startswith("tiny") == arguments.tiny]
    names = arguments.cases.split(",") if arguments.cases else all_names
    unknown = [name for name in names if name not in CASES]
    if unknown:
        parser.error(f"'{unknown[0]}' is no case. There are: {', '.join(CASES)}.")
    if arguments.tiny:
        arguments.rounds, arguments.steps = 2, 3
    return argparse.Namespace(**{**vars(arguments), "cases": names})


if __name__ == "__main__":
    main()
