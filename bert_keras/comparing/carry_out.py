"""`carry_out`: one run of a comparison, from where it stands to what is known of it."""

import dataclasses
import gc
import math
import pathlib
import shutil
from collections.abc import Callable

import keras

from bert_keras.comparing.contestant import Contestant
from bert_keras.comparing.keep_answers import keep_answers
from bert_keras.comparing.noted_runs import place_of
from bert_keras.comparing.peak_memory import PeakMemory
from bert_keras.comparing.run_record import RunRecord
from bert_keras.data.task import Task
from bert_keras.models.diverging import NothingTrained
from bert_keras.running.folders.folder_files import CHECKPOINTS, finished
from bert_keras.running.training_run.run import Run
from bert_keras.tuned.unlearned import unlearned


def carry_out(
    task: Task,
    contestant: Contestant,
    seed: int,
    out: pathlib.Path,
    say: Callable[[str], None],
    watch: Callable[[Run], keras.callbacks.Callback] | None = None,
) -> tuple[RunRecord, str, float]:
    """Trains one contestant with one seed, or goes on with it, into its folder below `out`.

    A run whose folder is whole, and which was not noted before its process died, is made again.

    Args:
        task, contestant, seed: what is trained on what, and how.
        out: the folder of the comparison or search.
        say: takes each line of progress.
        watch: makes a callback of the run; what it raises is raised.

    Returns:
        What is known of it, the metric that ranks epochs, and what one dev row is worth of that.
    """
    place = place_of(contestant.name, seed)
    folder = out / place
    was_begun = (folder / CHECKPOINTS).is_dir()
    is_whole = finished(folder) is not None
    recipe = dataclasses.replace(contestant.recipe, seed=seed)
    gc.collect()  # the model before is a ring, and its memory would count for this run
    peak = PeakMemory()
    resume = {"resume": was_begun and not is_whole, "overwrite": is_whole, "say": say}
    run = Run.prepare(task, contestant.encoder, folder, recipe, contestant.devices, **resume)
    metric = run.data.metrics[0]
    step = run.measure.top / run.measure.scored_rows
    try:
        result = run.train(None if watch is None else [watch(run)])
    except NothingTrained as error:
        shutil.rmtree(folder, ignore_errors=True)
        return RunRecord(contestant.name, seed, {}, str(error), None, peak.bytes(), 0, None), metric, step
    memory = peak.bytes()
    answers = run.measure.given_answers()
    keep_answers(answers, out, place)
    why = unlearned(answers, result.history)
    seconds = None if was_begun else round(result.seconds, 2)
    scores = {name: value for name, value in result.metrics.items() if math.isfinite(value)}
    record = RunRecord(contestant.name, seed, scores, why, seconds, memory, result.best_epoch, place)
    return record, metric, step
