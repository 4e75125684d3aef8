"""`NotedRuns`: the file that says which runs of a comparison have ended, and of what."""

import dataclasses
import hashlib
import json
import math
import os
import pathlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.comparing.contestant import Contestant
from bert_keras.comparing.read_noted import NEW_FOLDER, RUNS, check_same_data, read_noted, write_noted
from bert_keras.comparing.run_record import RunRecord
from bert_keras.data.task import Task
from bert_keras.optimization.recipe import with_later_fields

FILE = "comparison.json"
_GROWN = (
    "Seeds were added after all earlier ones had ended: an interval holds for a number of seeds that was chosen before "
    "any result was seen."
)


@dataclasses.dataclass
class NotedRuns:
    """The runs of a comparison, written again after each.

    Args:
        folder: of the comparison.
        settings: of its data and contestants, as the file has them.
        runs: that have ended.
        notes: what must be known of the comparison.
        facts: `metric`, by which runs are compared, and `step`, what one dev row is worth of it; {} before the first.
    """

    folder: pathlib.Path
    settings: dict[str, Any]
    runs: list[RunRecord]
    notes: list[str]
    facts: dict[str, Any]

    @classmethod
    def open(cls, out: str | os.PathLike, settings: dict[str, Any], seeds: Sequence[int], resume: bool) -> "NotedRuns":
        """Those of the comparison in `out`, or none of a new one, after all that can be said against going on.

        Nothing is written.

        Args:
            out: the folder.
            settings: of `settings_of`.
            seeds: that are asked for.
            resume: whether a comparison may be there.

        Raises:
            FileExistsError: for a folder that holds anything else, or a comparison that is not to go on.
            ValueError: for one of other data or settings.
        """
        folder = pathlib.Path(out).expanduser()
        before = read_noted(folder, FILE, ("contestants", "runs", "facts", "notes"), "comparison", resume)
        settings = {**settings, "seeds": list(seeds)}
        noted = cls(folder, settings, [], [], {})
        if before is not None:
            _check_same(before, settings)
            settings["seeds"] = list(dict.fromkeys([*before["seeds"], *seeds]))
            noted.runs = [RunRecord(**run) for run in before["runs"]]
            noted.notes, noted.facts = before["notes"], before["facts"]
            was_whole = len(noted.runs) == len(before["seeds"]) * len(before["contestants"])
            if was_whole and set(seeds) - set(before["seeds"]) and _GROWN not in noted.notes:
                noted.notes.append(_GROWN)
        return noted

    def get(self, name: str, seed: int) -> RunRecord | None:
        """The run of a contestant with a seed; None where it has not ended."""
        return next((run for run in self.runs if (run.name, run.seed) == (name, seed)), None)

    def add(self, run: RunRecord, metric: str, step: float) -> None:
        self.facts = {"metric": metric, "step": step}
        self.runs.append(run)
        self.write({})

    def drop_folders(self, keep: str) -> list[pathlib.Path]:
        """Notes which model folders do not stay; returns these."""
        dropped = []
        for name in dict.fromkeys(run.name for run in self.runs):
            there = [run for run in self.runs if run.name == name and run.folder is not None]
            best = max(
                there, key=lambda run: run.scores.get(self.facts["metric"], -math.inf), default=None
            )  # the first of equals
            for run in there if keep != "all" else []:
                if keep == "none" or run is not best:
                    dropped.append(self.folder / run.folder)
                    self.runs[self.runs.index(run)] = dataclasses.replace(run, folder=None)
        if dropped:
            self.write({})
        return dropped

    def write(self, results: dict[str, Any]) -> None:
        """Writes the file whole or not at all, with what came out, if that is known."""
        content = {**self.settings, "facts": self.facts, "notes": self.notes, **results}
        write_noted(self.folder, FILE, {**content, "runs": [run.to_dict() for run in self.runs]})


def settings_of(task: Task, contestants: Sequence[Contestant]) -> dict[str, Any]:
    """Of what a comparison is: all that must be equal for it to go on."""
    own = {one.name: one.settings() for one in contestants}
    return {"task": task.name, "data": data_digest(task), "contestants": own}


def place_of(name: str, seed: int) -> str:
    """The folder of a run, below the comparison's."""
    return f"{RUNS}/{name}/seed-{seed}"


def data_digest(task: Task) -> str:
    """sha256 of the texts and labels of the rows that runs train on and are scored on, and of how ids are made."""
    digest = hashlib.sha256(json.dumps(task.settings(), sort_keys=True, default=str).encode())
    for name, rows in task.rows(("train", "validation")).items():
        digest.update(f"\n{name}\n".encode())
        for texts in task.texts_of(rows):
            digest.update(json.dumps(texts, default=str).encode() + b"\n")
        for field in ("labels", "answers", "tags"):
            value = getattr(rows, field, None)
            value = value.tolist() if isinstance(value, np.ndarray) else value
            digest.update(json.dumps(value, default=str).encode() if value is not None else b"")
    return digest.hexdigest()


def _check_same(before: dict[str, Any], now: dict[str, Any]) -> None:
    """Raises ValueError where runs that have ended would stand beside runs of something else."""
    check_same_data(before, now, "comparison")
    for name, settings in before["contestants"].items():
        if name not in now["contestants"]:
            must = f"have those of the comparison in `out`, and '{name}' is not among them"
            raise ValueError(checks.message("contestants", must, list(now["contestants"]), NEW_FOLDER))
        own = now["contestants"][name]
        settings = {**settings, "recipe": with_later_fields(settings["recipe"], own["recipe"])}
        if settings != own:
            must = f"be as in the comparison in `out`: {_differing(settings, own)}"
            raise ValueError(checks.message(f"contestants['{name}']", must, name, NEW_FOLDER))


def _differing(before: dict[str, Any], now: dict[str, Any]) -> str:
    was, is_now = ({**own.pop("recipe"), **own} for own in (dict(before), dict(now)))
    fields = [name for name in {**was, **is_now} if was.get(name) != is_now.get(name)]
    return ", ".join(f"{name} was {was.get(name)!r} and is {is_now.get(name)!r}" for name in fields)
