"""Whole runs: seconds from the shell's prompt to a scored and saved model, each in a fresh process."""

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

SIZES = {512: "mrpc", 1024: "mrpc", 4096: "sst2"}  # rows, and the task they are drawn from


def run(bench: Bench) -> dict[str, Any]:
    """The figures of each size."""
    found = {}
    for rows in bench.rows[:1] if bench.quick else bench.rows:
        task = SIZES[rows]
        bench.say(f"\nwhole runs, {rows} rows of {task}")
        found[f"{rows} rows of {task}"] = _size(bench, task, rows)
    return found


def _size(bench: Bench, task: str, rows: int) -> dict[str, Any]:
    commands = _commands(bench, task, rows)
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
    return {"accuracy": scores, "systems": with_ratios(seconds, REFERENCE)}


def _commands(bench: Bench, task: str, rows: int) -> dict[str, list[str]]:
    ours = [sys.executable, "-m", "bert_keras", "finetune", f"glue/{task}", "--encoder", SAMPLE, "--epochs", "1"]
    ours += ["--data-dir", str(bench.data / "glue"), "--limit", str(rows)]
    theirs = [str(python_of(REFERENCE)), "-m", "systems.huggingface_run", "--data", str(bench.data), "--task", task]
    return {f"{OURS} hub": ours, f"{OURS} native": [*ours, "--native"], REFERENCE: [*theirs, "--limit", str(rows)]}


def _accuracy(out: pathlib.Path) -> float:
    """The accuracy on the dev part that a run left in its folder."""
    found = json.loads((out / "metrics.json").read_text(encoding="utf-8"))
    return round(found["accuracy"], 4)
