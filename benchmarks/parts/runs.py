"""Whole runs: seconds from the shell's prompt to a scored and saved model, each in a fresh process."""

import dataclasses
import json
import pathlib
import shutil
import sys
from typing import Any

from common.bench import OURS, REFERENCE, Bench
from common.processes import timed
from common.ratios import turns, with_ratios
from common.recipe import SAMPLE
from environments import python_of


@dataclasses.dataclass(frozen=True)
class Work:
    """Rows that are drawn from a task, and how often they are gone through; None for all of its rows."""

    task: str
    rows: int | None
    epochs: int = 1

    def __str__(self) -> str:
        rows = f"{self.rows} rows of {self.task}" if self.rows else f"all of {self.task}"
        return rows if self.epochs == 1 else f"{rows}, {self.epochs} epochs"


WORKS = {
    "512": Work("mrpc", 512),
    "1024": Work("mrpc", 1024),
    "4096": Work("sst2", 4096),
    "whole": Work("mrpc", None, 3),
}


def run(bench: Bench) -> dict[str, Any]:
    """The figures of each size."""
    found = {}
    for rows in bench.rows[:1] if bench.quick else bench.rows:
        work = WORKS[rows]
        bench.say(f"\nwhole runs, {work}")
        found[str(work)] = _size(bench, work)
    return found


def _size(bench: Bench, work: Work) -> dict[str, Any]:
    commands = _commands(bench, work)
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    scores: dict[str, float] = {}
    for number in range(bench.rounds):
        for name in turns(list(commands), number):
            out = bench.work / "run"
            seconds[name].append(timed([*commands[name], "--out", str(out)]))
            scores[name] = _accuracy(out)
            shutil.rmtree(out)
        shown = ", ".join(f"{name} {values[-1]:.1f} s" for name, values in seconds.items())
        bench.say(f"  round {number + 1}: {shown}")
    theirs = [name for name in seconds if name.startswith(REFERENCE)]
    return {"accuracy": scores, "systems": with_ratios(seconds, min(theirs, key=lambda name: sum(seconds[name])))}


def _commands(bench: Bench, work: Work) -> dict[str, list[str]]:
    ours = [sys.executable, "-m", "bert_keras", "finetune", f"glue/{work.task}", "--encoder", SAMPLE]
    ours += ["--data-dir", str(bench.data / "glue"), "--epochs", str(work.epochs)]
    theirs = [str(python_of(REFERENCE)), "-m", "systems.huggingface_run", "--data", str(bench.data)]
    theirs += ["--task", work.task, "--epochs", str(work.epochs)]
    if work.rows:
        ours, theirs = ([*command, "--limit", str(work.rows)] for command in (ours, theirs))
    found = {f"{OURS} hub": ours, f"{OURS} native": [*ours, "--native"], REFERENCE: theirs}
    if "bfloat16" in bench.ways and "bfloat16" in bench.precisions:
        for name in (f"{OURS} native", REFERENCE):
            found[f"{name} bfloat16"] = [*found[name], "--precision", "bfloat16"]
    return found


def _accuracy(out: pathlib.Path) -> float:
    """The accuracy on the dev part that a run left in its folder."""
    found = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    return round(found["accuracy"], 4)
