"""Prediction of strings: one text at a time, 64, 1,000 short ones and 300 long ones, by systems with the same weights.

Before any time counts the probabilities must agree.
"""

import statistics
from collections.abc import Callable
from typing import Any

import numpy as np
from common.bench import OURS, REFERENCE, Bench
from common.ratios import turns, with_ratios
from common.texts import long_texts, short_texts
from common.workers import Worker

from parts.models import models

TOLERANCE = 1e-3  # of a probability, or of a vector's number
COMPARED = 100  # texts
CALLS = 5  # of 64 texts, of which the mean is taken
WAYS = {f"{OURS} hub": "hub", f"{OURS} native": "native", f"{OURS} export": "served", f"{OURS} ONNX": "onnx"}
PEERS = {
    REFERENCE: "model",
    f"{REFERENCE} compiled": "compiled",
    f"{REFERENCE} pipeline": "pipeline",
    "onnxruntime": "onnxruntime",
}


def run(bench: Bench) -> dict[str, Any]:
    """The figures of each case."""
    folder = str(models(bench))
    bench.say("\nprediction")
    workers = {name: bench.worker(name, "bert_keras_prediction", way=way, models=folder) for name, way in WAYS.items()}
    workers |= {
        name: bench.worker(name, "huggingface_prediction", way=way, models=folder) for name, way in PEERS.items()
    }
    return in_turn(bench, workers, REFERENCE)


def in_turn(bench: Bench, workers: dict[str, Worker], reference: str) -> dict[str, Any]:
    """Asks all workers the same texts, in rounds, and ends them."""
    small = bench.quick
    short, long = short_texts(bench.data, 100 if small else 1000), long_texts(bench.data, 30 if small else 300)
    # Of plain characters: a few others, such as '½', have other ids on the two sides. See `parts/tokenizing.py`.
    plain = [text for texts in (short, long) for text in [text for text in texts if text.isascii()][: COMPARED // 2]]
    difference = _check(bench, workers, reference, plain)
    cases = _cases(short, long, 20 if small else 200)
    seconds: dict[str, dict[str, list[float]]] = {}
    for number in range(-1, bench.rounds):  # the first is for tracing and warming up, and does not count
        for ask in cases:
            for name in turns(list(workers), number + 1):
                for case, taken in ask(workers[name]).items():
                    seconds.setdefault(case, {each: [] for each in workers})[name].append(taken)
        if number < 0:
            seconds.clear()
        bench.say(f"  round {number + 1} of {bench.rounds}" if number >= 0 else "  warmed up")
    for worker in workers.values():
        worker.close()
    found = {case: _figures(rounds, reference) for case, rounds in seconds.items()}
    return {"largest_difference": difference, **found}


def _figures(rounds: dict[str, list[float]], reference: str) -> dict[str, Any]:
    """The systems' figures, beside the fastest way to run the reference."""
    ways = [name for name in rounds if name.startswith(reference)]
    fastest = min(ways, key=lambda name: statistics.median(rounds[name]))
    return {"reference": fastest, "systems": with_ratios(rounds, fastest)}


def _cases(short: list[str], long: list[str], singles: int) -> list[Callable[[Worker], dict[str, float]]]:
    """What is asked of a worker; each gives seconds by the name of the case."""

    def one_by_one(worker: Worker) -> dict[str, float]:
        taken = worker.ask("one_by_one", texts=short[:singles])
        return {f"one text, p{share}": float(np.percentile(taken, share)) for share in (50, 99)}

    def together(case: str, texts: list[str], times: int = 1) -> Callable[[Worker], dict[str, float]]:
        return lambda worker: {case: worker.ask("together", texts=texts, times=times)}

    return [
        one_by_one,
        together("64 texts", short[:64], CALLS),
        together(f"{len(short)} short texts", short),
        together(f"{len(long)} long texts", long),
    ]


def _check(bench: Bench, workers: dict[str, Worker], reference: str, texts: list[str]) -> dict[str, float]:
    """By system the largest difference of a number to the reference's; SystemExit where one is too large."""
    numbers = {name: np.array(worker.ask("numbers", texts=texts)) for name, worker in workers.items()}
    worst = {name: float(np.abs(found - numbers[reference]).max()) for name, found in numbers.items()}
    for name, difference in worst.items():
        bench.say(f"  {name:28} {len(texts)} answers: {difference:.1e} from {reference}'s")
        if difference > TOLERANCE:
            text = int(np.abs(numbers[name] - numbers[reference]).max(axis=1).argmax())
            raise SystemExit(
                f"{name} does not answer as {reference} does: text {text} differs by {difference:.4f}, and {TOLERANCE} "
                "is allowed. No time would mean anything."
            )
    return {name: float(f"{difference:.2g}") for name, difference in worst.items()}
