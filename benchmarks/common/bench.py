"""`Bench`: what was asked of the benchmark, and who can work in it."""

import dataclasses
import json
import os
import pathlib
import sys
from typing import Any

from environments import python_of

from common.machine import has_bfloat16
from common.workers import Worker

OURS = "bert_keras"
REFERENCE = "huggingface"


@dataclasses.dataclass(frozen=True)
class Bench:
    """What was asked.

    Args:
        data: holds `glue/` (CoLA, MRPC and SST-2 in GLUE's TSV layout) and `squad/` (train-v1.1.json, dev-v1.1.json).
        work: a folder for what is made on the way, and logs.
        rounds: in each of which every system works once.
        tasks: of the training part.
        also: further systems of the training part, each with an environment of its name.
        quick: a small part of everything, to try the benchmark itself: its figures mean nothing.
        ways: "float32", "bfloat16" and "compiled", in which the systems train in all rounds; none for a trial of all,
            after which the fastest of each system goes on.
        rows: of the whole runs: names in `parts/runs.py`.
    """

    data: pathlib.Path
    work: pathlib.Path
    rounds: int
    tasks: tuple[str, ...]
    also: tuple[str, ...]
    quick: bool
    ways: tuple[str, ...]
    rows: tuple[str, ...]

    def worker(self, name: str, module: str, **settings: Any) -> Worker:
        """Starts a system in the environment it belongs to."""
        environment = next((other for other in self.also if name.startswith(other)), REFERENCE)
        python = sys.executable if name.startswith(OURS) else python_of(environment)
        return Worker(name, python, f"systems.{module}", self.work, **settings)

    def say(self, line: str) -> None:
        print(line, flush=True)

    @property
    def precisions(self) -> tuple[str, ...]:
        return ("float32", "bfloat16") if has_bfloat16() else ("float32",)


def write_json(path: pathlib.Path, content: Any) -> None:
    """Writes whole or not at all."""
    beside = path.with_suffix(".part")
    beside.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    os.replace(beside, path)
