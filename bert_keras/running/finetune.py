"""`finetune`: a whole run: data, model, `fit` with the recipe, dev metrics, the best epoch, a model folder."""

import os
from collections.abc import Callable
from typing import Any

import keras

from bert_keras import checks
from bert_keras.data.task import Task
from bert_keras.optimization.rate_setters import OF_A_RUN, refuse_rate_setters
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.kinds import KINDS, tuned_kinds
from bert_keras.running.training_run.keywords import keywords
from bert_keras.running.training_run.run import Run
from bert_keras.running.training_run.run_result import FinetuneResult
from bert_keras.training.devices import Devices


@checks.answers(**keywords("finetune"))
def finetune(
    task: str | os.PathLike | Task,
    encoder: str | os.PathLike | dict[str, Any],
    out: str | os.PathLike,
    *,
    recipe: Recipe | None = None,
    devices: Devices | None = None,
    resume: bool = False,
    overwrite: bool = False,
    callbacks: list[keras.callbacks.Callback] | None = None,
    say: Callable[[str], None] = print,
) -> FinetuneResult:
    """Fine-tunes an encoder on a task and writes a model folder.

    It is `model.fit` with the recipe, the task's official metrics after each epoch, checkpoints and TensorBoard logs
    around it. The epoch with the best first dev metric is kept, the last one of equals. The kind of the task says which
    model is trained: a `bk.TextClassifier`, a `bk.SpanLabeler` for question answering, a `bk.TokenClassifier`, a
    `bk.MultipleChoice`.

    >>> result = bk.finetune("glue/mrpc", "bert_en_uncased_L-12_H-768_A-12", "runs/mrpc", recipe=bk.Recipe(epochs=4))
    >>> bk.load("runs/mrpc")([("He left.", "He went away.")])

    >>> task = bk.load_task("squad/v2.0", data_dir="squad", limit=5000, doc_stride=96)
    >>> bk.finetune(task, "sample", "runs/squad", devices=bk.Devices("mirrored"))

    Args:
        task: a name, as "glue/mrpc" or "squad/v1.1", or a file, as `bk.load_task` takes them; or what `bk.load_task`
            and `bk.load_files` give without an encoder: that is where data are chosen.
        encoder: a handle for `bk.load_encoder`; or a dict of its arguments "handle", "vocab_file",
            "lower_case", "trust", "sha256" and "num_layers".
        out: the model folder. It is whole when the run ends; until then it holds checkpoints and logs, beside the model
            that is overwritten.
        recipe: the hyper-parameters; `bk.Recipe()` if None. Two runs on a CPU are equal to the bit, and so is a run
            that was interrupted and resumed; a warning says so where a hub's graph does not allow it. LoRA trains the
            native encoder, and so does a precision other than float32, of the recipe or of Keras' global dtype policy:
            a line says so.
        devices: what is trained on; `bk.Devices()` if None.
        resume: goes on after the last checkpoint of an interrupted run in `out`, within an epoch too; with no run
            there, starts one. `recipe.checkpoint_every` says how often one is written; SIGINT and SIGTERM have one
            written and end the run.
        overwrite: replaces what is in `out`, when the new run has ended.
        callbacks: further Keras callbacks, but for those that set the learning rate, which is the recipe's.
        say: takes each line of progress.

    Raises:
        FileExistsError: if `out` holds something and neither `resume` nor `overwrite` says what to do.
        ValueError: for an unknown task or encoder, a precision that the encoder cannot have, labels at fault, a resumed
            run with other settings, or a loss or gradient that is not finite before the first epoch has ended, with the
            step, its rows and the likely cause. Later a line says these, and the run ends with the best epoch.
        TypeError: for a keyword of another call, with what takes its place.
        OSError: if `out` cannot be written; what was there before stays.
    """
    refuse_rate_setters(callbacks or [], OF_A_RUN)
    chosen = load_task(task)
    if KINDS[chosen.kind].predictor is None:
        must = f"be of {', '.join(tuned_kinds())}"
        raise ValueError(checks.message("task", must, chosen.kind, "bk.pretrain trains on masked words."))
    return Run.prepare(chosen, encoder, out, recipe, devices, resume, overwrite, say).train(callbacks)
