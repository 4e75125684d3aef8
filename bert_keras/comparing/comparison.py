"""`Comparison`: what came out when ways to train were compared."""

import dataclasses
import math
from typing import Any

import numpy as np

from bert_keras.comparing.run_record import RunRecord
from bert_keras.markup import Markup, escaped, table
from bert_keras.metrics.paired_difference import PairedDifference
from bert_keras.training.callbacks import clock
from bert_keras.tuned.answer_frame import pandas_module


@dataclasses.dataclass(frozen=True, repr=False)
class Comparison:
    """What `bk.compare` gives back. Printed, it is a table and what can be said of it.

    Args:
        task: its name.
        metric: the task's first, by which the contestants are compared.
        names: of the contestants, in the order in which they were given.
        seeds: of their runs.
        runs: one for each contestant and seed.
        differences: for each two contestants, or for each and the baseline, the differences of runs with one seed.
        baseline: the name of the contestant that all others are compared with; None where each two are.
        folder: where all of it lies.
        notes: what must be known of it, a sentence each.
    """

    task: str
    metric: str
    names: tuple[str, ...]
    seeds: tuple[int, ...]
    runs: tuple[RunRecord, ...]
    differences: tuple[PairedDifference, ...]
    baseline: str | None
    folder: str
    notes: tuple[str, ...] = ()

    @property
    def winner(self) -> str | None:
        """The contestant that is better than each other one; None where that cannot be said.

        It cannot where an interval holds zero, where not each two were compared, or where one of its runs has no score.
        """
        if len(self.differences) < len(self.names) * (len(self.names) - 1) // 2:
            return None
        beaten = {name: {d.against for d in self.differences if d.name == name and d.low > 0} for name in self.names}
        for name in self.names:
            beaten[name] |= {d.name for d in self.differences if d.against == name and d.high < 0}
        won = [name for name in self.names if len(beaten[name]) == len(self.names) - 1]
        return won[0] if won and np.isfinite(self.scores(won[0])).all() else None

    def scores(self, name: str, metric: str | None = None) -> list[float]:
        """Of a contestant's runs, in the order of the seeds; NaN where a run has none."""
        found = {run.seed: run.scores.get(metric or self.metric, math.nan) for run in self.runs if run.name == name}
        return [found[seed] for seed in self.seeds]

    @property
    def verdict(self) -> list[str]:
        """What can be said and what cannot, a sentence each."""
        told = [_of_difference(own, self.metric) for own in self.differences]
        if self.winner is not None:
            told.append(f"The best is {self.winner}.")
            own = [d for d in self.differences if self.winner in (d.name, d.against)]
            if any(d.wide_holds_zero and not math.isnan(d.wide_low) for d in own):
                told.append("Whether it would be on other rows, too, cannot be said: the wider interval holds zero.")
        elif self.baseline is None or len(self.names) == 2:
            told.append("No winner is named.")
        for name in self.names:
            failed = [run for run in self.runs if run.name == name and run.unlearned]
            if failed:
                count = f"{len(failed)} of {len(self.seeds)} runs of {name} learned nothing"
                told.append(f"{count}: " + " ".join(f"Seed {run.seed}: {run.unlearned}" for run in failed))
            if not np.isfinite(self.scores(name)).all():
                told.append(f"{name} has runs without a score, which are in no difference: it is not named the best.")
        return [*told, *self.notes]

    def summary(self) -> list[dict[str, Any]]:
        """A dict for each contestant: `name`, `mean`, `least`, `most`, `unlearned`, `seconds`, `memory`.

        Scores are of the metric; seconds are a mean over its runs, and memory is the most of them. NaN where not known.
        """
        rows = []
        for name in self.names:
            runs = [run for run in self.runs if run.name == name]
            scores = [value for value in self.scores(name) if math.isfinite(value)]
            seconds = [run.seconds for run in runs if run.seconds is not None]
            memory = [run.memory for run in runs if run.memory is not None]
            mean, least, most = (f(scores) if scores else math.nan for f in (np.mean, min, max))
            row = {"name": name, "mean": float(mean), "least": least, "most": most}
            row |= {"unlearned": sum(bool(run.unlearned) for run in runs)}
            row |= {
                "seconds": float(np.mean(seconds)) if seconds else math.nan,
                "memory": max(memory, default=math.nan),
            }
            rows.append(row)
        return rows

    def to_frame(self) -> Any:
        """A pandas frame with a row for each run: `name`, `seed`, its scores, `seconds`, `memory` and the rest."""
        rows = []
        for run in self.runs:
            fields = run.to_dict()
            scores = fields.pop("scores")
            rows.append({"name": fields.pop("name"), "seed": fields.pop("seed"), **scores, **fields})
        return pandas_module().DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """All of it, as `comparison.json` in its folder has it; ends of intervals that are infinite are None there."""
        differences = [
            {**{key: _finite(value) for key, value in dataclasses.asdict(own).items()}, "holds_zero": own.holds_zero}
            for own in self.differences
        ]
        told = {"winner": self.winner, "verdict": self.verdict, "differences": differences}
        summary = [{key: _finite(value) for key, value in row.items()} for row in self.summary()]
        return {"task": self.task, "metric": self.metric, "baseline": self.baseline, **told, "summary": summary}

    def cells(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """The table as texts: its columns, and a row for each contestant."""
        rows = []
        for row in self.summary():
            spread = f"{_shown(row['least'])} to {_shown(row['most'])}"
            memory = "" if math.isnan(row["memory"]) else f"{row['memory'] / 2**30:.2f} GiB"
            seconds = "" if math.isnan(row["seconds"]) else clock(row["seconds"])
            rows.append((row["name"], _shown(row["mean"]), spread, str(row["unlearned"]), seconds, memory))
        columns = ("", f"{self.metric}, mean", "least to most", "learned nothing", "time a run", "memory")
        return columns, rows

    def __repr__(self) -> str:
        means = ", ".join(f"{row['name']} {_shown(row['mean'])}" for row in self.summary())
        best = "no winner" if self.winner is None else f"the best is {self.winner}"
        return f"<Comparison of {self.task}, {self.metric}: {means} ({len(self.seeds)} seeds; {best})>"

    def __str__(self) -> str:
        columns, rows = self.cells()
        widths = [max(len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
        lines = [
            "  ".join(
                cell.ljust(width) if not place else cell.rjust(width)
                for place, (cell, width) in enumerate(zip(row, widths, strict=True))
            )
            for row in (columns, *rows)
        ]
        return "\n".join([f"{self.task}, {len(self.seeds)} seeds", *lines, *self.verdict])

    def _repr_html_(self) -> str:
        """The table and what can be said, for notebooks."""
        said = "".join(f"<p>{escaped(sentence)}</p>" for sentence in self.verdict)
        return Markup(f"<div><b>{escaped(self.task)}</b>, {len(self.seeds)} seeds{table(*self.cells())}{said}</div>")


def _of_difference(own: PairedDifference, metric: str) -> str:
    if not own.pairs:
        return f"{own.name} and {own.against} have no seed of which both have a score."
    among = f", with {own.pairs} pairs of runs" + (
        f", one of {own.comparisons} comparisons" if own.comparisons > 1 else ""
    )
    told = f"{own.mean:+.4f} {metric}, interval {own.low:+.4f} to {own.high:+.4f}{among}"
    if not math.isnan(own.wide_low):
        told += f"; for other rows, too, {own.wide_low:+.4f} to {own.wide_high:+.4f}"
    if own.holds_zero:
        return f"Whether {own.name} or {own.against} is better cannot be said: {told}."
    return f"{own.name} is {'better' if own.mean > 0 else 'worse'} than {own.against}: {told}."


def _shown(score: float) -> str:
    return "–" if math.isnan(score) else f"{score:.4f}"


def _finite(value: Any) -> Any:
    return None if isinstance(value, float) and not math.isfinite(value) else value
