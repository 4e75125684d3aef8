"""`compare`: ways to train on one task, with several seeds each, and what can be said of their differences."""

import dataclasses
import itertools
import os
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.comparing.carry_out import carry_out
from bert_keras.comparing.comparison import Comparison
from bert_keras.comparing.comparison_page import comparison_page
from bert_keras.comparing.contestant import Contestant, contestants_of
from bert_keras.comparing.keep_answers import row_deviation
from bert_keras.comparing.noted_runs import NotedRuns, place_of, settings_of
from bert_keras.comparing.read_noted import RUNS
from bert_keras.data.task import Task
from bert_keras.disk import held
from bert_keras.foreign_names import foreign_names
from bert_keras.inspection.reporting.report_file import write_report_file
from bert_keras.metrics.paired_difference import paired_difference
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.kinds import KINDS, tuned_kinds
from bert_keras.running.training_run.keywords import keywords
from bert_keras.running.training_run.tuning import check_recipe
from bert_keras.training.devices import Devices
from bert_keras.training.strategies import cluster_of

KEPT = ("best", "all", "none")
PAGE = "comparison.html"
_MOST_SEED = 2**31 - 1


@checks.answers(**{**keywords("finetune"), **foreign_names("compare")})
def compare(
    task: str | os.PathLike | Task,
    contestants: Mapping[str, Any],
    out: str | os.PathLike,
    *,
    encoder: str | os.PathLike | dict[str, Any] | None = None,
    recipe: Recipe | None = None,
    devices: Devices | None = None,
    seeds: int | Sequence[int] = 5,
    baseline: str | None = None,
    keep: str = "best",
    resume: bool = False,
    say: Callable[[str], None] = print,
) -> Comparison:
    """Fine-tunes in several ways with several seeds, and says which way is better, as far as that can be said.

    Each contestant is trained with each seed, one run after another: all of the first seed, then all of the next. Runs
    with one seed are a pair, whose scores are subtracted; the interval of the mean of these differences is Student's.
    With several differences each interval is wider, so that 95 % of such comparisons err in none (Bonferroni). Where an
    interval holds zero nobody is named the better one. It says what other seeds would do on these dev rows; for texts
    and choices a second interval says what other rows would, too.

    >>> rates = {"low": bk.Recipe(learning_rate=2e-5), "high": bk.Recipe(learning_rate=1e-4)}
    >>> comparison = bk.compare("glue/mrpc", rates, "runs/rates", encoder="sample", seeds=5)
    >>> print(comparison)

    Args:
        task: as `bk.finetune` takes it, one for all.
        contestants: by name, two or more: a recipe; an encoder, as `bk.finetune` takes it; or a dict of its arguments
            "encoder", "recipe" and "devices". Names are names of folders.
        out: the folder to write. `comparison.json` in it holds the results and `comparison.html` shows them; model
            folders lie in `runs/NAME/seed-N`.
        encoder, recipe, devices: of contestants that have none of their own.
        seeds: how many, from 0; or the seeds. Two at least; with three or four, only large differences are found. The
            recipes' own seeds are not used.
        baseline: the name of a contestant with which each other one is compared, and not each two: fewer comparisons,
            and so narrower intervals. With more than two contestants no winner is named then.
        keep: the model folders that stay: "best", that of each contestant's best run; "all"; or "none".
        resume: goes on with the comparison in `out`: what has ended stands, an interrupted run goes on. There may be
            further contestants and seeds.
        say: takes each line of progress.

    Returns:
        A `bk.Comparison`.

    Raises:
        FileExistsError: if `out` holds anything, and `resume` is False or it is no comparison.
        ValueError, TypeError: for a contestant, a seed or a task at fault, before anything is trained; for a comparison
            of other data or settings that is to go on.
        OSError: if `out` cannot be written.
    """
    chosen = load_task(task)
    if KINDS[chosen.kind].predictor is None:
        raise ValueError(checks.message("task", f"be of {', '.join(tuned_kinds())}", chosen.kind))
    ours = contestants_of(contestants, encoder, recipe, devices)
    for one in ours:
        check_recipe(one.recipe, KINDS[chosen.kind], chosen.name)
        if cluster_of(one.devices.strategy) is not None:
            advice = "bk.finetune trains with several; compare in one, and leave TF_CONFIG unset."
            raise ValueError(checks.message("devices", "be those of one process", one.devices.strategy, advice))
    numbers = _seeds(seeds)
    names = [one.name for one in ours]
    if baseline is not None:
        checks.one_of("baseline", baseline, names)
    checks.one_of("keep", keep, KEPT)
    known = (out, settings_of(chosen, ours), numbers, checks.boolean("resume", resume))
    with held("out", NotedRuns.open(*known).folder / RUNS):
        noted = NotedRuns.open(*known)  # again, as another process may have ended by now
        noted.write({})
        numbers = noted.settings["seeds"]  # none that was tried is left out
        _carry_all_out(chosen, ours, numbers, keep, noted, say)
        comparison = _compared(chosen.name, noted, names, numbers, baseline)
        noted.write(comparison.to_dict())
        write_report_file(noted.folder / PAGE, comparison_page(comparison, noted.settings["contestants"]))
    say(str(comparison))
    say(f"comparison: {noted.folder / PAGE}")
    return comparison


def _seeds(seeds: Any) -> tuple[int, ...]:
    if isinstance(seeds, Iterable) and not isinstance(seeds, str):
        numbers = tuple(checks.integer("seeds", seed, 0, _MOST_SEED) for seed in seeds)
    else:
        numbers = tuple(range(checks.integer("seeds", seeds, 2)))
    if len(numbers) < 2 or len(set(numbers)) < len(numbers):
        raise ValueError(checks.message("seeds", "be two or more, each once", list(numbers)))
    return numbers


def _carry_all_out(
    task: Task,
    contestants: Sequence[Contestant],
    seeds: Sequence[int],
    keep: str,
    noted: NotedRuns,
    say: Callable[[str], None],
) -> None:
    """Trains what is left to train, seed by seed, so that each seed that has ended is one of all contestants."""
    steps = list(itertools.product(seeds, contestants))
    for number, (seed, one) in enumerate(steps, 1):
        if noted.get(one.name, seed) is None:
            say(f"run {number} of {len(steps)}: {one.name}, seed {seed}")
            try:
                noted.add(*carry_out(task, one, seed, noted.folder, lambda line: say(f"  {line}")))
            except KeyboardInterrupt:
                say("The comparison goes on with resume=True (--resume).")
                raise
        for folder in noted.drop_folders(keep):
            shutil.rmtree(folder, ignore_errors=True)


def _compared(
    task: str, noted: NotedRuns, names: Sequence[str], seeds: Sequence[int], baseline: str | None
) -> Comparison:
    if baseline is None:
        pairs = [(later, earlier) for earlier, later in itertools.combinations(names, 2)]
    else:
        pairs = [(name, baseline) for name in names if name != baseline]
    runs = tuple(noted.get(name, seed) for seed in seeds for name in names)
    shown = (task, noted.facts["metric"], tuple(names), tuple(seeds), runs)
    bare = Comparison(*shown, (), baseline, str(noted.folder), tuple(noted.notes))
    differences = []
    for pair in pairs:
        both = [seed for seed in seeds if all(noted.get(name, seed).scores for name in pair)]
        places = [[place_of(name, seed) for name in pair] for seed in both]
        rows = row_deviation(noted.folder, places, bare.metric)
        known = {"step": noted.facts["step"], "comparisons": len(pairs), "row_deviation": rows}
        differences.append(paired_difference(pair, *map(bare.scores, pair), **known))
    return dataclasses.replace(bare, differences=tuple(differences))
