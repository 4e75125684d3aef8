"""Training: real tokens a second of one `fit` or `train`, ours and Hugging Face's in turn, on the same batches.

Each task's batches are made once. Then every system shows the first losses without dropout, which must agree, and
trains with dropout in blocks of steps, one block a round. Ways to run one system (compiled, in bfloat16) are tried in
blocks of their own, and the fastest goes on.
"""

import dataclasses
from typing import Any

import numpy as np
from common import recipe
from common.batches import Batches
from common.bench import OURS, REFERENCE, Bench
from common.flops import step_flops
from common.ratios import summary, turns, with_ratios
from common.workers import Worker

from parts.calibration import Calibration

CHECKED_STEPS = 20
TOLERANCE = 1e-3  # of a loss
WARM_STEPS = 12  # in which graphs are traced and compiled
TRIAL_BLOCKS = 2
KERAS_HUB, TF_KERAS = "keras_hub", "tf_keras"
_KERAS_HUB = {KERAS_HUB: {"compiled": False}, f"{KERAS_HUB} compiled": {"compiled": True}}


@dataclasses.dataclass(frozen=True)
class Work:
    """A task: its rows, and the steps of a block."""

    name: str
    kind: str = "texts"
    batch_size: int = 32
    limit: int | None = None
    steps: int = 20


TASKS = {
    "mrpc": Work("mrpc"),
    "cola": Work("cola", steps=40),
    "sst2": Work("sst2", limit=8192, steps=40),
    "squad": Work("squad", "questions", 16, steps=6),
}


def run(bench: Bench) -> dict[str, Any]:
    """The figures of each task."""
    return {name: _Training(bench, TASKS[name]).run() for name in bench.tasks}


def families(bench: Bench) -> dict[str, dict[str, dict[str, Any]]]:
    """Systems, and the ways to run each: by name the settings of its worker."""
    native: dict[str, dict[str, Any]] = {f"{OURS} native": {"native": True}}
    theirs: dict[str, dict[str, Any]] = {REFERENCE: {}}
    if not bench.ways or "compiled" in bench.ways:
        theirs[f"{REFERENCE} compiled"] = {"compiled": True}
    if "bfloat16" in bench.precisions and (not bench.ways or "bfloat16" in bench.ways):
        native[f"{OURS} native bfloat16"] = {"native": True, "precision": "bfloat16"}
        for name, settings in list(theirs.items()):
            theirs[f"{name} bfloat16"] = {**settings, "precision": "bfloat16"}
    found = {f"{OURS} hub": {f"{OURS} hub": {"native": False}}, f"{OURS} native": native, REFERENCE: theirs}
    also = {KERAS_HUB: _KERAS_HUB, TF_KERAS: {TF_KERAS: {"encoders": str(bench.work)}}}
    return found | {name: also[name] for name in bench.also}


class _Training:
    """One task from its batches to its figures."""

    def __init__(self, bench: Bench, work: Work) -> None:
        self.bench = bench
        self.work = work
        self.task = dataclasses.asdict(work)
        self.steps = 3 if bench.quick else work.steps
        self.warm = 3 if bench.quick else WARM_STEPS
        self.trials = 0 if bench.ways else TRIAL_BLOCKS
        self.total = self.warm + (self.trials + bench.rounds) * self.steps
        self.path = bench.work / f"{work.name}.npz"
        self.families = families(bench)
        if work.kind == "questions":  # of which the others have no model
            self.families = {name: ways for name, ways in self.families.items() if name not in (KERAS_HUB, TF_KERAS)}
        self.workers: dict[str, Worker] = {}

    def run(self) -> dict[str, Any]:
        self.bench.say(f"\ntraining, {self.work.name}: batches, and the first losses of each system")
        for ways in self.families.values():
            for name, settings in ways.items():
                self.workers[name] = self._start(name, settings)
        self._make_batches()
        losses = self._check_losses()
        for worker in self.workers.values():
            worker.ask("train", task=self.task, path=str(self.path), steps=self.total)
            worker.ask("steps", count=self.warm)
        trial = self._trial() if self.trials else {}
        rounds, calibration, rates = self._rounds()
        for worker in self.workers.values():
            worker.ask("stop")
            worker.close()
        return {
            "batch_size": self.work.batch_size,
            "steps_of_a_block": self.steps,
            "largest_difference_of_a_loss": losses,
            "trial_seconds": trial,
            "gigaflops_of_products": calibration,
            "systems": self._figures(rounds, rates),
        }

    def _start(self, name: str, settings: dict[str, Any]) -> Worker:
        if name.startswith(OURS):
            return self.bench.worker(name, "bert_keras_system", data=str(self.bench.data), **settings)
        for other in (KERAS_HUB, TF_KERAS):
            if name.startswith(other):
                return self.bench.worker(name, f"{other}_system", **settings)
        return self.bench.worker(name, "huggingface", **settings)

    def _make_batches(self) -> None:
        count = max(self.total, CHECKED_STEPS)
        self.workers[f"{OURS} native"].ask("make_batches", task=self.task, count=count, path=str(self.path))
        if TF_KERAS in self.families and not (self.bench.work / "encoder").exists():
            self.workers[f"{OURS} native"].ask("write_encoders", folder=str(self.bench.work))

    def _check_losses(self) -> dict[str, float]:
        """By system the largest difference of a loss to Hugging Face's; SystemExit where one is too large.

        bfloat16 rounds products to three digits: there the difference is shown and no more.
        """
        steps = 5 if self.bench.quick else CHECKED_STEPS
        asked = {"task": self.task, "path": str(self.path), "steps": steps}
        losses = {
            name: np.array(worker.ask("losses", **asked))
            for name, worker in self.workers.items()
            if "compiled" not in name
        }
        worst = {name: float(np.abs(values - losses[REFERENCE]).max()) for name, values in losses.items()}
        for name, difference in worst.items():
            self.bench.say(f"  {name:28} first {steps} losses: {difference:.1e} from {REFERENCE}'s")
            if difference > TOLERANCE and "bfloat16" not in name:
                raise SystemExit(
                    f"{name} does not train as {REFERENCE} does on {self.work.name}: a loss differs by "
                    f"{difference:.4f}, and {TOLERANCE} is allowed. No time would mean anything. "
                    f"{REFERENCE}: {losses[REFERENCE].tolist()}. {name}: {losses[name].tolist()}."
                )
        return {name: float(f"{difference:.2g}") for name, difference in worst.items()}

    def _trial(self) -> dict[str, float]:
        """Tries the ways to run each system on the same blocks; the fastest of each go on, the others end."""
        seconds: dict[str, list[float]] = {name: [] for name in self.workers}
        for number in range(self.trials):
            for name in turns(list(self.workers), number):
                seconds[name].append(self.workers[name].ask("steps", count=self.steps))
        best = {name: min(values) for name, values in seconds.items()}
        kept = {min(ways, key=best.__getitem__) for ways in self.families.values()}
        for name in set(self.workers) - kept:
            self.workers[name].ask("stop")
            self.workers.pop(name).close()
        self.bench.say("  tried: " + ", ".join(f"{name} {value:.2f} s" for name, value in best.items()))
        return {name: round(value, 3) for name, value in best.items()}

    def _rounds(self) -> tuple[dict[str, list[float]], dict[str, Any], list[float]]:
        """Seconds of each system's blocks, what products reached, and the rate of each round."""
        calibration = Calibration(self.bench)
        seconds: dict[str, list[float]] = {name: [] for name in self.workers}
        rates = []
        for number in range(self.bench.rounds):
            rates.append(calibration.round())
            for name in turns(list(self.workers), number):
                seconds[name].append(self.workers[name].ask("steps", count=self.steps))
            line = ", ".join(f"{name} {values[-1]:.2f} s" for name, values in seconds.items())
            self.bench.say(f"  round {number + 1}: {line}; products {rates[-1] / 1e9:.0f} GFLOP/s")
        return seconds, calibration.close(), rates

    def _figures(self, rounds: dict[str, list[float]], rates: list[float]) -> dict[str, Any]:
        batches = Batches.read(self.path)
        first = self.warm + self.trials * self.steps
        firsts = [first + number * self.steps for number in range(self.bench.rounds)]
        tokens = [batches.tokens(start, self.steps) for start in firsts]
        flops = [_flops(batches, start, self.steps) for start in firsts]
        theirs = [name for name in rounds if name.startswith(REFERENCE)]
        reference = min(theirs, key=lambda name: sum(rounds[name]))
        figures = with_ratios(rounds, reference)
        for name, seconds in rounds.items():
            figures[name]["tokens_a_second"] = summary([n / s for n, s in zip(tokens, seconds, strict=True)])
            figures[name]["steps_a_second"] = summary([self.steps / s for s in seconds])
            shares = [work / s / rate for work, s, rate in zip(flops, seconds, rates, strict=True)]
            figures[name]["share_of_products"] = summary(shares)
        return figures


def _flops(batches: Batches, first: int, count: int) -> int:
    sizes = recipe.LAYERS, recipe.WIDTH, recipe.INSIDE
    return sum(step_flops(batches.lengths(batch), *sizes) for batch in range(first, first + count))
