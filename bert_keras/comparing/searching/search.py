"""`search`: settings with which a task is learned better, drawn by what earlier ones reached."""

import contextlib
import dataclasses
import os
import shutil
from collections.abc import Callable, Mapping
from typing import Any

import tensorflow as tf

from bert_keras import checks
from bert_keras.comparing.carry_out import carry_out
from bert_keras.comparing.compare import compare
from bert_keras.comparing.comparison import Comparison
from bert_keras.comparing.contestant import Contestant
from bert_keras.comparing.keep_answers import score_of_choosing
from bert_keras.comparing.noted_runs import FILE as COMPARISON
from bert_keras.comparing.noted_runs import place_of
from bert_keras.comparing.read_noted import RUNS
from bert_keras.comparing.searching.draw_settings import draw_settings, is_hopeless, optuna_module
from bert_keras.comparing.searching.epoch_watch import EpochWatch, StoppedEarly
from bert_keras.comparing.searching.noted_trials import NotedTrials, settings_of_search
from bert_keras.comparing.searching.search_page import search_page
from bert_keras.comparing.searching.search_result import GIVEN, SearchResult, best_first
from bert_keras.comparing.searching.search_space import SearchSpace, is_spent, space_of
from bert_keras.comparing.searching.trial_record import ENDED, FAILED, STOPPED, TrialRecord
from bert_keras.data.task import Task
from bert_keras.disk import held
from bert_keras.foreign_names import foreign_names
from bert_keras.from_json import from_json
from bert_keras.inspection.reporting.report_file import write_report_file
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.kinds import KINDS, tuned_kinds
from bert_keras.running.training_run.keywords import keywords
from bert_keras.training.devices import Devices
from bert_keras.training.strategies import cluster_of

PAGE = "search.html"
AGAIN = "again"  # the folder of the comparison of the best
_FINALISTS = 3
_FAILURES = 3  # of which all trials so far are, and the search ends


@checks.answers(**{**keywords("finetune"), **foreign_names("search")})
def search(
    task: str | os.PathLike | Task,
    space: Mapping[str, Any],
    out: str | os.PathLike,
    *,
    encoder: str | os.PathLike | dict[str, Any] | None = None,
    recipe: Recipe | None = None,
    devices: Devices | None = None,
    trials: int = 20,
    seeds: int = 1,
    prune: bool = True,
    search_seed: int = 0,
    resume: bool = False,
    say: Callable[[str], None] = print,
) -> SearchResult:
    """Trains with settings that are drawn by what earlier ones reached, and says what the best of them is worth.

    Each trial is one run. The first ten settings are drawn at random, the others by Optuna's tree of Parzen estimators.
    Trials are compared by the task's first dev metric; the test part is never read. The best of many scores on the same
    dev rows is too high a promise for new rows: what the same choice reaches on rows that had no say in it is told with
    it, for texts and choices, and `seeds` shows what other seeds make of it.

    >>> space = {"learning_rate": (1e-5, 1e-4), "batch_size": [16, 32], "epochs": (2, 4)}
    >>> found = bk.search("glue/mrpc", space, "runs/search", encoder="sample", trials=20, seeds=5)
    >>> print(found)
    >>> bk.finetune("glue/mrpc", "sample", "runs/best", recipe=found.recipe)

    Args:
        task: as `bk.finetune` takes it.
        space: by field of `bk.Recipe`, or "encoder", a list of choices, or a pair of numbers, a range with both its
            ends. Of `learning_rate` and `adam_epsilon` each factor is drawn as often, of other ranges each difference.
            Fields of LoRA are drawn where `tune` is "lora", and `teacher_share` where there is a teacher.
        out: the folder to write. `search.json` in it holds all trials, `search.html` shows them; the model folder of
            the best trial lies in `runs/`.
        encoder, recipe, devices: what holds where the space says nothing; `recipe.seed` is the seed of all trials.
        trials: how many at most; fewer where the space has no more.
        seeds: with how many other seeds the best three, and the recipe as it was given, are trained again and compared,
            as `bk.compare` does it, in `again/`; 1 for none.
        prune: ends a trial after an epoch where its best score is below the median of the other trials after as many
            epochs, once four have ended. Of trials with different numbers of epochs, the longer ones are still at a
            higher rate then.
        search_seed: of the draws.
        resume: goes on with the search in `out`: trials that have ended stand, an interrupted one goes on, and the same
            settings are drawn as without the interruption. There may be more trials, and more seeds.
        say: takes each line of progress.

    Returns:
        A `bk.SearchResult`.

    Raises:
        ImportError: Optuna is not installed.
        FileExistsError: if `out` holds anything, and `resume` is False or it is no search.
        ValueError, TypeError: for a field or value at fault, before anything is trained; for a search of other data or
            settings that is to go on; and where each of the first three trials failed.
        OSError: if `out` cannot be written.
    """
    optuna_module()
    chosen = load_task(task)
    if KINDS[chosen.kind].predictor is None:
        raise ValueError(checks.message("task", f"be of {', '.join(tuned_kinds())}", chosen.kind))
    recipe, devices = _made("recipe", recipe, Recipe), _made("devices", devices, Devices)
    if cluster_of(devices.strategy) is not None:
        advice = "bk.finetune trains with several; search in one, and leave TF_CONFIG unset."
        raise ValueError(checks.message("devices", "be those of one process", devices.strategy, advice))
    ours = space_of(space, chosen, encoder, recipe)
    checks.integer("trials", trials, 1)
    checks.integer("seeds", seeds, 1)
    checks.boolean("prune", prune)
    checks.integer("search_seed", search_seed, 0)
    settings = settings_of_search(chosen, ours, devices.strategy, prune, search_seed)
    known = (out, settings, checks.boolean("resume", resume))
    with held("out", NotedTrials.open(*known).folder / RUNS):
        noted = NotedTrials.open(*known)  # again, as another process may have ended by now
        noted.write({})
        searching = _Search(chosen, ours, devices, noted, prune, search_seed, say)
        try:
            searching.carry_all_out(trials)
            comparison = searching.compare_best(seeds) if seeds > 1 else None
        except KeyboardInterrupt:
            say("The search goes on with resume=True (--resume).")
            raise
        result = searching.result(comparison, task if isinstance(task, (str, os.PathLike)) else None)
        noted.write(result.to_dict())
        write_report_file(noted.folder / PAGE, search_page(result, noted.settings))
    say(str(result))
    say(f"search: {noted.folder / PAGE}")
    return result


def _made(name: str, value: Any, cls: type) -> Any:
    if not isinstance(value, cls | None):
        raise TypeError(checks.message(name, f"be a bk.{cls.__name__}", value))
    return cls() if value is None else value


@dataclasses.dataclass
class _Search:
    """A search under way."""

    task: Task
    space: SearchSpace
    devices: Devices
    noted: NotedTrials
    prune: bool
    seed: int
    say: Callable[[str], None]

    def carry_all_out(self, count: int) -> None:
        """Trains what is left of `count` trials."""
        while self.noted.under_way is not None or len(self.noted.ended) < count:
            trial = self.noted.under_way or self._begun()
            if trial is None:
                return
            values = ", ".join(f"{name} {value}" for name, value in self.space.values(trial.drawn).items())
            self.say(f"{trial.name}, {trial.number + 1} of {max(count, trial.number + 1)}: {values}")
            ended = self._carried_out(trial)
            self.noted.put(ended)
            if ended.state != ENDED:
                self.say(f"  {ended.name}: {ended.state}" + (f": {ended.why}" if ended.why else ""))
            self._drop_folders()
            failed = [own for own in self.noted.ended if own.state == FAILED]
            if len(failed) >= _FAILURES and len(failed) == len(self.noted.ended):
                must = "have settings that can be trained, and each trial so far failed"
                raise ValueError(checks.message("space", must, sorted(self.space.values(trial.drawn)), ended.why))

    def _begun(self) -> TrialRecord | None:
        """The next trial, noted; None where there is none."""
        ended = self.noted.ended
        drawn = None
        if not is_spent(self.space, len(ended)):
            drawn = draw_settings(self.space, ended, self.noted.metric, self.seed)
        if drawn is None:
            self.say(f"Nothing new was drawn: {len(ended)} trials are what the space has.")
            return None
        trial = TrialRecord(len(ended), drawn)
        self.noted.put(trial)
        return trial

    def _carried_out(self, trial: TrialRecord) -> TrialRecord:
        encoder, recipe = self.space.chosen(trial.drawn)
        contestant = Contestant(trial.name, encoder, recipe, self.devices)
        watches: list[EpochWatch] = []

        def hopeless(scores: list[float]) -> bool:
            return is_hopeless(self.space, self.noted.ended, self.noted.metric, trial.drawn, scores)

        def watch(run: Any) -> EpochWatch:
            watches.append(EpochWatch(run, hopeless if self.prune else None))
            return watches[0]

        def told(line: str) -> None:
            self.say(f"  {line}")

        failed = dataclasses.replace(trial, state=FAILED)
        folder = self.noted.folder / place_of(trial.name, recipe.seed)
        try:
            run, self.noted.metric, _ = carry_out(self.task, contestant, recipe.seed, self.noted.folder, told, watch)
        except StoppedEarly:
            shutil.rmtree(folder, ignore_errors=True)
            return dataclasses.replace(trial, state=STOPPED, epochs=tuple(watches[0].scores))
        except (ValueError, MemoryError, tf.errors.ResourceExhaustedError) as error:
            shutil.rmtree(folder, ignore_errors=True)
            return dataclasses.replace(failed, why=str(error) or type(error).__name__)
        if self.noted.metric not in run.scores:
            shutil.rmtree(folder, ignore_errors=True)
            return dataclasses.replace(failed, why=run.unlearned or f"Its {self.noted.metric} is no number.")
        return dataclasses.replace(trial, state=ENDED, epochs=tuple(watches[0].scores), run=run)

    def _drop_folders(self) -> None:
        """Removes the model folders of all trials but the best."""
        for trial in best_first(self.noted.trials, self.noted.metric)[1:]:
            if trial.run.folder is not None:
                shutil.rmtree(self.noted.folder / trial.run.folder, ignore_errors=True)
                gone = dataclasses.replace(trial, run=dataclasses.replace(trial.run, folder=None))
                self.noted.trials[trial.number] = gone
        self.noted.write({})

    def compare_best(self, seeds: int) -> Comparison | None:
        """The best trials and the recipe as it was given, with seeds that no trial had; None of fewer than two."""
        out = self.noted.folder / AGAIN
        best = [trial.number for trial in best_first(self.noted.trials, self.noted.metric)[:_FINALISTS]]
        if (out / COMPARISON).is_file():  # that had other trials, before there were as many
            with contextlib.suppress(ValueError, LookupError, TypeError):  # `compare` says what is wrong with it
                before = from_json((out / COMPARISON).read_bytes())["contestants"]
                best = list(dict.fromkeys([*best, *(n.number for n in self.noted.trials if n.name in before)]))
        arguments = ("encoder", "recipe")
        ways = {
            self.noted.trials[number].name: dict(
                zip(arguments, self.space.chosen(self.noted.trials[number].drawn), strict=True)
            )
            for number in best
        }
        if self.space.encoder is not None:
            ways = {GIVEN: {"encoder": self.space.encoder, "recipe": self.space.recipe}, **ways}
        if len(ways) < 2:
            return None
        first = self.space.recipe.seed + 1
        known = {"devices": self.devices, "seeds": range(first, first + seeds), "keep": "none", "resume": True}
        baseline = GIVEN if GIVEN in ways else None
        return compare(self.task, ways, out, baseline=baseline, say=lambda line: self.say(f"  {line}"), **known)

    def result(self, comparison: Comparison | None, task: str | os.PathLike | None) -> SearchResult:
        ended = best_first(self.noted.trials, self.noted.metric)
        places = [place_of(trial.name, trial.run.seed) for trial in ended]
        honest = score_of_choosing(self.noted.folder, places, self.noted.metric)
        said = (self.task.name, None if task is None else os.fspath(task), self.noted.metric)
        return SearchResult(*said, self.space, tuple(self.noted.trials), honest, comparison, str(self.noted.folder))
