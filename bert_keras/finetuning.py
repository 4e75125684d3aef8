"""`finetune`: a whole run: data, model, `fit` with the recipe, dev metrics, the best epoch, a model folder."""

import dataclasses
import os
import pathlib
import time
from collections.abc import Callable
from typing import Any

import keras

from bert_keras import checks
from bert_keras.data.task_data import TaskData
from bert_keras.data.tasks import check_task, load_task
from bert_keras.encoders.encoder import Encoder
from bert_keras.encoders.loading import load_encoder
from bert_keras.evaluation import evaluate
from bert_keras.model_folder import CHECKPOINTS, CONFIG, portable_name, replacing, write_model_folder
from bert_keras.models.text_classifier import TextClassifier
from bert_keras.optimization.adamw import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.training.callbacks import EpochOrder, OfficialMetrics, Progress, clock
from bert_keras.training.checkpoints import Checkpoints


@dataclasses.dataclass(frozen=True)
class FinetuneResult:
    """What a run gives back.

    Args:
        folder: the model folder.
        metrics: dev metrics of the epoch that was kept.
        best_epoch: its number, from 1.
        history: one {"epoch", "logs"} for each epoch.
        padding_share: the share of the training tokens that was padding, in [0, 1).
        seconds: of `fit`, evaluation after each epoch included.
        model: the tuned model, with the weights of the epoch that was kept.
    """

    folder: str
    metrics: dict[str, float]
    best_epoch: int
    history: list[dict[str, Any]]
    padding_share: float
    seconds: float
    model: TextClassifier


def finetune(
    task: str,
    encoder: str | os.PathLike,
    out: str | os.PathLike,
    *,
    recipe: Recipe | None = None,
    native: bool = False,
    data_dir: str | os.PathLike | None = None,
    limit: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    callbacks: list[keras.callbacks.Callback] | None = None,
    say: Callable[[str], None] = print,
) -> FinetuneResult:
    """Fine-tunes an encoder on a task and writes a model folder.

    It is `model.fit` with the recipe, the task's official metrics after each epoch, checkpoints and TensorBoard logs
    around it. The epoch with the best first dev metric is kept.

    >>> result = finetune("glue/mrpc", "bert_en_uncased_L-12_H-768_A-12", "runs/mrpc", recipe=Recipe(epochs=4))
    >>> bk.load("runs/mrpc")([("He left.", "He went away.")])

    Args:
        task: "glue/mrpc" and the like, or "samples/reviews".
        encoder: a handle for `bk.load_encoder`.
        out: the model folder. It appears when the run ends; until then it holds checkpoints and logs.
        recipe: the hyper-parameters; `Recipe()` if None.
        native: trains `bk.BertEncoder` instead of the hub's graph. With it, two runs on a CPU are equal to the bit.
        data_dir: TFDS's data folder, or the folder of GLUE's TSV files.
        limit: only the first so many training examples.
        resume: goes on where an interrupted run in `out` stopped; with no run there, starts one.
        overwrite: replaces what is in `out`, when the new run has ended.
        callbacks: further Keras callbacks.
        say: takes each line of progress.

    Raises:
        FileExistsError: if `out` holds something and neither `resume` nor `overwrite` says what to do.
        ValueError: for an unknown task or encoder, labels at fault, or a resumed run with other settings.
        OSError: if `out` cannot be written; what was there before stays.
    """
    recipe = recipe or Recipe()
    check_task(task)
    folder = _open_folder(pathlib.Path(out), resume, overwrite)
    with _one_clear_error(folder):
        keras.utils.set_random_seed(recipe.seed)
        options = {"seed": recipe.seed} if native else {}
        loaded = load_encoder(encoder, native=native, **options)
        data = load_task(
            task,
            loaded,
            seq_length=recipe.seq_length,
            batch_size=recipe.batch_size,
            seed=recipe.seed,
            data_dir=data_dir,
            limit=limit,
            parts=("train", "validation"),
        )
        model = TextClassifier(loaded, data.num_classes, data.problem_type, recipe.dropout, seed=recipe.seed)
        steps = len(data.order)
        model.compile(build_optimizer(recipe, steps * recipe.epochs))
        _introduce(say, data, loaded, recipe)
        run = {"task": data.task, "encoder": portable_name(loaded.source), "native": native, "limit": limit}
        checkpoints = Checkpoints(folder / CHECKPOINTS, f"val_{data.metrics[0]}", run | dataclasses.asdict(recipe))
        done = checkpoints.restore(model)
        if done:
            say(f"resuming after epoch {done}")
        start = time.monotonic()
        _fit(model, data, recipe, done, checkpoints, folder, callbacks or [], say)
        seconds = time.monotonic() - start
        best = checkpoints.load_best(model)
        metrics = {name.removeprefix("val_"): v for name, v in best["logs"].items() if _is_official(name, data)}
        padding = data.order.padding_share()
        _write(folder, model, data, recipe, metrics, checkpoints.history)
        say(f"padding: {padding:.1%} of the training tokens. Kept epoch {best['epoch']}; {clock(seconds)} in all.")
        say(f"model folder: {folder}  " + "  ".join(f"{name} {value:.4f}" for name, value in metrics.items()))
        return FinetuneResult(str(folder), metrics, best["epoch"], checkpoints.history, padding, seconds, model)


def _open_folder(folder: pathlib.Path, resume: bool, overwrite: bool) -> pathlib.Path:
    """Checks that the run may write to `folder`, makes it, and tries the disk with a small file."""
    folder = folder.expanduser()
    if resume and overwrite:
        raise ValueError(checks.message("resume", "not be given together with overwrite", True))
    held = folder.is_dir() and any(folder.iterdir())
    if folder.exists() and not folder.is_dir():
        raise FileExistsError(checks.message("out", "be a folder", str(folder), "There is a file of that name."))
    if held and (folder / CONFIG).is_file() and resume:
        raise FileExistsError(
            checks.message("out", "hold a run that has not ended, to resume it", str(folder), "Its model is finished.")
        )
    if held and not resume and not overwrite:
        advice = "Pass --resume (resume=True) to go on with the run in it, or --overwrite (overwrite=True) to replace it."
        raise FileExistsError(checks.message("out", "be new or empty", str(folder), advice))
    known = {CONFIG, CHECKPOINTS, "logs", "encoder", "head.weights.h5", "metrics.json"}
    strange = sorted(item.name for item in folder.iterdir() if item.name not in known) if held and overwrite else []
    if any(not name.startswith("predictions") for name in strange):
        must = "hold only what bert_keras wrote, to be overwritten"
        raise FileExistsError(checks.message("out", must, str(folder), f"It also holds {strange[:5]}."))
    with _one_clear_error(folder):
        folder.mkdir(parents=True, exist_ok=True)
        probe = folder / ".writable"
        probe.write_bytes(b"x")
        probe.unlink()
        if overwrite:
            _remove_checkpoints(folder)
    return folder


def _remove_checkpoints(folder: pathlib.Path) -> None:
    for path in sorted((folder / CHECKPOINTS).glob("*")):
        path.unlink()


def _fit(
    model: TextClassifier,
    data: TaskData,
    recipe: Recipe,
    done: int,
    checkpoints: Checkpoints,
    folder: pathlib.Path,
    callbacks: list[keras.callbacks.Callback],
    say: Callable[[str], None],
) -> None:
    ours = [
        EpochOrder(data.order),
        OfficialMetrics(lambda model: evaluate(model, data)),
        keras.callbacks.TerminateOnNaN(),
        keras.callbacks.TensorBoard(str(folder / "logs"), update_freq="epoch", write_graph=False),
        Progress(len(data.order), recipe.epochs, say),
        *callbacks,
        checkpoints,
    ]
    model.fit(data.train, epochs=recipe.epochs, initial_epoch=done, callbacks=ours, verbose=0)


def _introduce(say: Callable[[str], None], data: TaskData, encoder: Encoder, recipe: Recipe) -> None:
    rows = ", ".join(f"{len(split):,} {name}" for name, split in data.splits.items())
    say(f"{data.task}: {rows}; encoder {encoder.source}, {encoder.config.parameters:,} parameters")
    for name, split in data.splits.items():
        if split.truncated:
            say(f"  {split.truncated:,} of {len(split):,} {name} rows are longer than {data.seq_length} tokens and were cut")
    say(f"  {len(data.order)} steps an epoch of {recipe.batch_size}, {recipe.epochs} epochs, rate {recipe.learning_rate:g}")


def _write(
    folder: pathlib.Path,
    model: TextClassifier,
    data: TaskData,
    recipe: Recipe,
    metrics: dict[str, float],
    history: list[dict[str, Any]],
) -> None:
    """Puts the finished model folder in the place of the folder with the checkpoints; the logs come along."""
    config = {
        "task": data.task,
        "labels": None if data.label_names is None else list(data.label_names),
        "text_columns": list(data.text_columns),
        "metric_names": list(data.metrics),
        "seq_length": data.seq_length,
        "recipe": dataclasses.asdict(recipe),
        "history": history,
    }
    with replacing(folder) as beside:
        write_model_folder(beside, model, config, metrics)
        if (folder / "logs").is_dir():
            os.replace(folder / "logs", beside / "logs")


def _is_official(name: str, data: TaskData) -> bool:
    return any(name == f"val_{metric}" or name.startswith(f"val_{metric}_") for metric in data.metrics)


class _one_clear_error:
    """Turns an error of the disk into one that says which folder, and what is left."""

    def __init__(self, folder: pathlib.Path) -> None:
        self.folder = folder

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: Any, error: BaseException | None, trace: Any) -> None:
        if isinstance(error, OSError) and not isinstance(error, (FileExistsError, ConnectionError)):
            if type(error).__module__ != "builtins":
                return
            advice = "What was written before is whole: with room on the disk, --resume goes on after the last epoch."
            raise OSError(checks.message("out", f"be writable, and was not ({error})", str(self.folder), advice)) from error
