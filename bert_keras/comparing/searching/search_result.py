"""`SearchResult`: what came out when settings were searched."""

import dataclasses
import math
import shlex
from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras.comparing.comparison import Comparison
from bert_keras.comparing.searching.search_space import SearchSpace
from bert_keras.comparing.searching.trial_record import ENDED, FAILED, STOPPED, TrialRecord
from bert_keras.markup import Markup, escaped, table
from bert_keras.optimization.recipe import Recipe
from bert_keras.training.callbacks import clock
from bert_keras.tuned.answer_frame import pandas_module

GIVEN = "as given"  # of the recipe, in the comparison of the best


@dataclasses.dataclass(frozen=True, repr=False)
class SearchResult:
    """What `bk.search` gives back. Printed, it is a table and what can be said of it.

    Args:
        task: its name.
        source: the task as it was passed, where that was a name or a file; else None.
        metric: the task's first, by which trials are compared.
        space: of the settings.
        trials: in the order in which they were drawn.
        honest: the score that choosing the best trial reaches on rows that had no say in the choice: the dev rows are
            drawn with replacement, the best trial is chosen by the rows that were drawn and scored on the others, and
            that is a mean over 300 draws. NaN where the answers to single rows are not known, and for one trial.
        comparison: of the best trials and the recipe as given, with other seeds; None where none was asked for.
        folder: where all of it lies.
    """

    task: str
    source: str | None
    metric: str
    space: SearchSpace
    trials: tuple[TrialRecord, ...]
    honest: float
    comparison: Comparison | None
    folder: str

    @property
    def best(self) -> TrialRecord:
        """The trial with the best mean over the other seeds, where there are such; else with the best score."""
        ranked = best_first(self.trials, self.metric)
        if self.comparison is not None:
            means = {own["name"]: own["mean"] for own in self.comparison.summary()}
            again = [trial for trial in ranked if math.isfinite(means.get(trial.name, math.nan))]
            ranked = sorted(again, key=lambda trial: -means[trial.name]) or ranked
        return ranked[0]

    @property
    def recipe(self) -> Recipe:
        """Of the best trial."""
        return self.space.chosen(self.best.drawn)[1]

    @property
    def encoder(self) -> Any:
        """Of the best trial."""
        return self.space.chosen(self.best.drawn)[0]

    @property
    def code(self) -> str:
        """The line of Python that trains with the settings of the best trial."""
        task = "task" if self.source is None else repr(self.source)
        encoder = self.encoder if isinstance(self.encoder, (str, dict)) else str(self.encoder)
        fields = ", ".join(f"{name}={value!r}" for name, value in _changed(self.recipe).items())
        return f'bk.finetune({task}, {encoder!r}, "runs/best", recipe=bk.Recipe({fields}))'

    @property
    def command(self) -> str | None:
        """The same for the shell, without the options that choose the data; None for an encoder that is a dict."""
        if isinstance(self.encoder, dict):
            return None
        words = ["bert-keras", "finetune", self.source or self.task, "--encoder", str(self.encoder)]
        for name, value in _changed(self.recipe).items():
            flag = f"--{name.replace('_', '-')}"
            words += [flag] if value is True else [flag, str(value)]
        return shlex.join([*words, "--out", "runs/best"])

    @property
    def verdict(self) -> list[str]:
        """What can be said and what cannot, a sentence each."""
        best, ended = self.best, [trial for trial in self.trials if trial.state == ENDED]
        told = [f"The best of {len(ended)} trials is {best.name}: {self.metric} {best.run.scores[self.metric]:.4f}."]
        if best.run.unlearned:
            told.append("No trial learned anything: what was drawn is no better than chance.")
        if len(ended) > 1:
            chosen = "It was chosen by these dev rows, so its score is more than is to be expected of other rows"
            if math.isnan(self.honest):
                told.append(f"{chosen}; how much more is not known for this kind of task.")
            else:
                told.append(
                    f"{chosen}. Chosen by some of them and scored on the others it is {self.honest:.4f}, a mean."
                )
        if self.comparison is None:
            told.append("All trials had one seed, and another may change their order: seeds=5 (--seeds 5) says so.")
        else:
            mean = float(np.mean(self.comparison.scores(best.name)))
            told.append(f"With {len(self.comparison.seeds)} other seeds the mean of {best.name} is {mean:.4f}.")
            told += self.comparison.verdict
        stopped = sum(trial.state == STOPPED for trial in self.trials)
        if stopped:
            told.append(f"Stopped early, below the median of the others: {stopped} of {len(self.trials)}.")
        told += [f"{trial.name} failed: {trial.why}" for trial in self.trials if trial.state == FAILED]
        told += [f"{trial.name} learned nothing: {trial.run.unlearned}" for trial in ended if trial.run.unlearned]
        return told

    def cells(self) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
        """The table as texts: its columns, and a row for each trial, the best first."""
        ranked = best_first(self.trials, self.metric)
        fields = [own.name for own in self.space.dimensions]
        rows = []
        for trial in [*ranked, *(trial for trial in self.trials if trial.state != ENDED)]:
            values = self.space.values(trial.drawn)
            score = f"{trial.run.scores[self.metric]:.4f}" if trial.run else "–"
            state = "learned nothing" if trial.run and trial.run.unlearned else trial.state
            seconds = trial.run and trial.run.seconds
            settings = (str(values.get(name, "–")) for name in fields)
            rows.append((trial.name, score, *settings, state, "" if seconds is None else clock(seconds)))
        return ("", self.metric, *fields, "state", "time"), rows

    def to_frame(self) -> Any:
        """A pandas frame with a row for each trial: `number`, `state`, the settings, scores and the rest."""
        rows = []
        for trial in self.trials:
            row = {"number": trial.number, "state": trial.state, **self.space.values(trial.drawn), "why": trial.why}
            run = {} if trial.run is None else trial.run.to_dict()
            run = {name: run[name] for name in run if name not in ("name", "seed")}
            rows.append({**row, **run.pop("scores", {}), **run})
        return pandas_module().DataFrame(rows)

    def to_dict(self) -> dict[str, Any]:
        """What `search.json` in its folder says beside the trials."""
        honest = None if math.isnan(self.honest) else self.honest
        recipe = dataclasses.asdict(self.recipe)
        found = {"best": self.best.number, "honest": honest, "verdict": self.verdict, "best_recipe": recipe}
        return {**found, "code": self.code, "command": self.command}

    def __repr__(self) -> str:
        score = self.best.run.scores[self.metric]
        return f"<SearchResult of {self.task}, {len(self.trials)} trials: {self.best.name}, {self.metric} {score:.4f}>"

    def __str__(self) -> str:
        columns, rows = self.cells()
        widths = [max(len(row[place]) for row in (columns, *rows)) for place in range(len(columns))]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
        head = "  ".join(cell.ljust(width) for cell, width in zip(columns, widths, strict=True)).rstrip()
        return "\n".join([f"{self.task}, {len(self.trials)} trials", head, *lines, *self.verdict, *self.lines()])

    def lines(self) -> list[str]:
        """What trains with the best settings, in Python and in the shell."""
        return [self.code] if self.command is None else [self.code, self.command]

    def _repr_html_(self) -> str:
        """The table and what can be said, for notebooks."""
        said = "".join(f"<p>{escaped(sentence)}</p>" for sentence in self.verdict)
        code = "".join(f"<pre>{escaped(line)}</pre>" for line in self.lines())
        return Markup(f"<div><b>{escaped(self.task)}</b>{table(*self.cells())}{said}{code}</div>")


def best_first(trials: Sequence[TrialRecord], metric: str) -> list[TrialRecord]:
    """The trials that have ended: those that learned something first, and of these the best; the first of equals."""
    ended = [trial for trial in trials if trial.state == ENDED]
    return sorted(ended, key=lambda trial: (bool(trial.run.unlearned), -trial.run.scores[metric]))


def _changed(recipe: Recipe) -> dict[str, Any]:
    """The fields that are not as they are by default."""
    fields = dataclasses.asdict(recipe)
    return {name: value for name, value in fields.items() if value != getattr(Recipe, name)}
