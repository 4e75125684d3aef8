"""`carry_out`: one run of a comparison, from where it stands to what is known of it."""

import dataclasses
import gc
import pathlib
import shutil
from collections.abc import Callable

from bert_keras.comparing.answers import answers_of, keep_answers
from bert_keras.comparing.contestant import Contestant
from bert_keras.comparing.noted_runs import place_of
from bert_keras.comparing.peak_memory import PeakMemory
from bert_keras.comparing.run_record import RunRecord
from bert_keras.comparing.unlearned import unlearned
from bert_keras.data.task import Task
from bert_keras.models.diverging import NothingTrained
from bert_keras.running.folder_files import CHECKPOINTS, finished
from bert_keras.running.run import Run


def carry_out(
    task: Task, contestant: Contestant, seed: int, out: pathlib.Path, say: Callable[[str], None]
) -> tuple[RunRecord, str, float]:
    """Trains one contestant with one seed, or goes on with it, into its folder below `out`.

    A run whose folder is whole, and which was not noted before its process died, is made again.

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
    step = (100.0 if run.data.kind == "question_answering" else 1.0) / run.measure.rows  # of questions it is percent
    try:
        result = run.train(None)
    except NothingTrained as error:
        shutil.rmtree(folder, ignore_errors=True)
        return RunRecord(contestant.name, seed, {}, str(error), None, peak.bytes(), 0, None), metric, step
    memory = peak.bytes()
    answers = answers_of(run)
    keep_answers(answers, out, place)
    why = unlearned(answers, result.history, run.data.kind == "question_answering")
    seconds = None if was_begun else round(result.seconds, 2)
    record = RunRecord(contestant.name, seed, result.metrics, why, seconds, memory, result.best_epoch, place)
    return record, metric, step
