"""`finetune`: a whole run: data, model, `fit` with the recipe, dev metrics, the best epoch, a model folder."""

import contextlib
import dataclasses
import os
import pathlib
from collections.abc import Callable
from typing import Any

import keras
import tensorflow as tf

from bert_keras import checks
from bert_keras.disk import check_replaceable, held
from bert_keras.optimization.adamw import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.digests import digests
from bert_keras.running.evaluate import evaluator
from bert_keras.running.kinds import check_fields, data_options, make_model
from bert_keras.running.load_task import Task, find_task, load_task
from bert_keras.running.model_folder import CHECKPOINTS, check_out, portable_name, versions
from bert_keras.running.precision import precise_recipe
from bert_keras.running.run import FinetuneResult, Run
from bert_keras.running.run_encoder import load_for_run, native_reason
from bert_keras.running.tuning import check_tuning, choose_weights
from bert_keras.text.long_texts import check_long_text
from bert_keras.text_classification.text_table import TextTable
from bert_keras.training.checkpoints import Checkpoints
from bert_keras.training.devices import check_batch_size, choose_strategy, cluster_of
from bert_keras.training.execution import Execution
from bert_keras.training.workers import Workers


def finetune(
    task: str | os.PathLike | TextTable,
    encoder: str | os.PathLike,
    out: str | os.PathLike,
    *,
    recipe: Recipe | None = None,
    native: bool = False,
    data_dir: str | os.PathLike | None = None,
    limit: int | None = None,
    validation: str | os.PathLike | None = None,
    resume: bool = False,
    overwrite: bool = False,
    strategy: Any = "auto",
    worker_timeout: float = 300.0,
    jit_compile: bool = False,
    static_shapes: bool | None = None,
    steps_per_execution: int | None = None,
    callbacks: list[keras.callbacks.Callback] | None = None,
    say: Callable[[str], None] = print,
) -> FinetuneResult:
    """Fine-tunes an encoder on a task and writes a model folder.

    It is `model.fit` with the recipe, the task's official metrics after each epoch, checkpoints and TensorBoard logs
    around it. The epoch with the best first dev metric is kept, the last one of equals. Question answering trains a
    `bk.SpanLabeler`, tagging a `bk.TokenClassifier`, all else a `bk.TextClassifier`.

    >>> result = finetune("glue/mrpc", "bert_en_uncased_L-12_H-768_A-12", "runs/mrpc", recipe=Recipe(epochs=4))
    >>> bk.load("runs/mrpc")([("He left.", "He went away.")])

    Args:
        task: "glue/mrpc" and the like, "squad/v1.1" or "squad/v2.0", "imdb_reviews", "conll2003", "samples/reviews",
            "samples/questions" or "samples/entities"; what `bk.load_files` gives; or the path of a .json file with
            questions as in SQuAD, of a .csv, .tsv, .jsonl or .parquet file or of a folder of texts, of a .conll (.bio,
            .iob) file or of a folder of CoNLL files for train, dev and test. Where there is no dev part, a tenth
            becomes it.
        encoder: a handle for `bk.load_encoder`.
        out: the model folder. It is whole when the run ends; until then it holds checkpoints and logs, beside the model
            that is overwritten.
        recipe: the hyper-parameters; `Recipe()` if None.
        native: trains `bk.BertEncoder` instead of the hub's graph. With it, two runs on a CPU are equal to the bit, and
            so is a run that was interrupted and resumed; the dropout of the hub's graph cannot be seeded. LoRA trains
            it whatever this says, and so does a precision other than float32, of the recipe or of Keras' global dtype
            policy: a line says so.
        data_dir: TFDS's data folder, or the folder of GLUE's TSV or SQuAD's JSON files.
        limit: only so many training examples: the first ones, of SQuAD ones drawn by a hash of their ids.
        validation: with a file as the task, another that chooses the epoch, in place of a tenth of the first.
        resume: goes on where an interrupted run in `out` stopped; with no run there, starts one.
        overwrite: replaces what is in `out`, when the new run has ended.
        strategy: "auto", "one", "mirrored" (a copy of the model on each GPU), "tpu", "multiworker" (the same in each of
            the processes that TF_CONFIG names) or a `tf.distribute.Strategy`; "auto" takes what is there and says so.
            `recipe.batch_size` counts the rows of all replicas together.
        worker_timeout: seconds to wait for the other workers to come up.
        jit_compile: compiles the steps with XLA, on one device. A TPU always does.
        static_shapes: makes batches of few shapes, each of which XLA compiles: every batch has batch_size rows, padded
            to one of at most five lengths. The numbers stay the same. If None, on a TPU and with `jit_compile`.
        steps_per_execution: steps between two looks of Python, which hears of the last one alone. The numbers stay the
            same. If None, 32 on a TPU and 1 elsewhere.
        callbacks: further Keras callbacks.
        say: takes each line of progress.

    Raises:
        FileExistsError: if `out` holds something and neither `resume` nor `overwrite` says what to do.
        ValueError: for an unknown task or encoder, a precision that the encoder cannot have, labels at fault, a resumed
            run with other settings, or a loss that is not finite before the first epoch has ended. Later the run ends
            there, and keeps the best epoch.
        OSError: if `out` cannot be written; what was there before stays.
    """
    found = find_task(task)
    own, task = task, found.name
    recipe = _checked_recipe(recipe, found)
    limit = None if limit is None else checks.integer("limit", limit, 1)
    recipe = precise_recipe(recipe)
    cluster = cluster_of(strategy)
    folder = pathlib.Path(out).expanduser()
    if cluster is None or cluster.is_chief:  # the only one that writes
        folder = check_out(out, resume, overwrite)
        check_replaceable("out", folder)
    wanted = native or native_reason(recipe) is not None
    if recipe.recompute and not wanted:
        advice = "The hub's graph is what it is: pass native=True (--native)."
        raise ValueError(checks.message("recompute", "be False but for the native encoder", True, advice))
    given = {"task": task, "encoder": portable_name(str(encoder)), "native": wanted, "limit": limit, "resume": resume}
    given |= {"jit_compile": jit_compile, "static_shapes": static_shapes, **dataclasses.asdict(recipe), **versions()}
    worker_timeout = checks.number("worker_timeout", worker_timeout, 1.0)
    if cluster is not None and isinstance(strategy, str) and not tf.distribute.has_strategy():
        cluster.meet(given, worker_timeout)
    strategy, chosen = choose_strategy(strategy, cluster)
    execution = Execution.choose(strategy, jit_compile, static_shapes, steps_per_execution)
    check_batch_size(recipe.batch_size, recipe.micro_batches, strategy, execution.static_shapes)
    workers = Workers(strategy, cluster)
    if not workers.is_chief:
        say(f"{chosen}; worker 0 reports and writes")
        say = _silent
    keras.utils.set_random_seed(recipe.seed)
    loaded = load_for_run(encoder, native, recipe, strategy, say)
    native = wanted
    options = {"static_shapes": execution.static_shapes} if execution.static_shapes else {}
    options |= {"data_dir": data_dir, "limit": limit, **data_options(recipe, found.kind)}
    if validation is not None:
        options["validation"] = validation
    data = load_task(own, loaded, parts=("train", "validation"), **options)
    with strategy.scope():
        model = make_model(data, loaded, recipe)
        if native:
            loaded.recompute = recipe.recompute
        trained = choose_weights(loaded, recipe)
        model.compile(build_optimizer(recipe), micro_batches=recipe.micro_batches, **dataclasses.asdict(execution))
    settings = {"encoder": portable_name(loaded.source), "native": native, "limit": limit}
    settings |= {"trained": trained, "task": data.task, "train_rows": len(data.split("train"))}
    if cluster is not None:  # digests of all weights take their time
        workers.agree(digests(given, data, loaded))
    described = settings | dataclasses.asdict(recipe)
    checkpoints = Checkpoints(folder / CHECKPOINTS, f"val_{data.metrics[0]}", described, workers)
    run = Run(folder, recipe, data, model, checkpoints, evaluator(model, data), say, workers)
    run.introduce(chosen, trained)
    with workers.clear_errors(), held("out", folder / CHECKPOINTS) if workers.is_chief else contextlib.nullcontext():
        seconds = run.fit(checkpoints.restore(model) if resume else checkpoints.start(), callbacks or [])
        return run.finish(settings, seconds)


def _silent(line: str) -> None:
    """Takes a line for nobody."""


def _checked_recipe(recipe: Recipe | None, task: Task) -> Recipe:
    if recipe is None:
        return Recipe()
    if not isinstance(recipe, Recipe):
        raise TypeError(checks.message("recipe", "be a bk.Recipe", recipe, "E.g. bk.Recipe(epochs=4)."))
    check_fields(recipe, task.kind, task.name)
    check_tuning(recipe)
    check_long_text(recipe.long_text, recipe.max_windows)
    return recipe
