"""`pretrain`: an encoder goes on learning from plain text, or begins with it, by masked words."""

import dataclasses
import json
import os
import pathlib
from collections.abc import Callable
from typing import Any

import keras

from bert_keras import checks
from bert_keras.data.task import Task
from bert_keras.encoders.from_hub_encoder import NoBertError
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.models.task_model import TaskModel
from bert_keras.optimization.rate_setters import OF_A_RUN, refuse_rate_setters
from bert_keras.optimization.recipe import PRETRAINING, Recipe
from bert_keras.running.folders.folder_files import CONFIG, FORMAT, METRICS
from bert_keras.running.folders.model_folder import portable_name, versions
from bert_keras.running.kinds import KINDS
from bert_keras.running.training_run.keywords import keywords
from bert_keras.running.training_run.run import Run
from bert_keras.running.training_run.run_result import PretrainResult
from bert_keras.training.devices import Devices
from bert_keras.training.strategies import cluster_of


@checks.answers(**keywords("pretrain"))
def pretrain(
    task: Any,
    encoder: str | os.PathLike | dict[str, Any],
    out: str | os.PathLike,
    *,
    recipe: Recipe | None = None,
    devices: Devices | None = None,
    resume: bool = False,
    overwrite: bool = False,
    callbacks: list[keras.callbacks.Callback] | None = None,
    say: Callable[[str], None] = print,
) -> PretrainResult:
    """Trains an encoder on masked words of plain text and writes it, with its head, as a TF-Hub SavedModel.

    It goes on from a published encoder, with the head that came with it or a fresh one, or begins anew. The epoch with
    the best accuracy on held-out text is kept. There is no next-sentence task; the pooler stays what it was.

    >>> bk.pretrain("letters.txt", "bert_en_uncased_L-12_H-768_A-12", "encoders/letters", recipe=bk.Recipe(epochs=3))
    >>> bk.finetune("glue/cola", "encoders/letters", "runs/cola")

    >>> bk.learn_vocabulary("letters.txt", "vocab.txt", size=8000)
    >>> sizes = {"num_layers": 2, "hidden_size": 128, "num_heads": 2, "vocab_file": "vocab.txt"}
    >>> bk.pretrain(bk.load_masked("letters.txt", rows="texts"), sizes, "encoders/small")

    Args:
        task: text files or texts, as `bk.load_masked` takes them; or what that gives without an encoder.
        encoder: a handle for `bk.load_encoder`, of a plain BERT; a dict of its arguments "handle", "vocab_file",
            "lower_case", "trust", "sha256" and "num_layers"; or, for one with random weights, a dict of
            `bk.BertEncoder`'s arguments, with `num_layers`, `hidden_size`, `num_heads` and `vocab_file` at least;
            `lower_case` is True there if not said.
        out: the new encoder's folder. It is whole when the run ends; until then it holds checkpoints and logs.
        recipe: the hyper-parameters; `Recipe(learning_rate=1e-4)` if None. `dropout` has no use here.
        devices: as for `bk.finetune`, of one process.
        resume, overwrite, callbacks, say: as for `bk.finetune`.

    Raises:
        FileExistsError: if `out` holds something and neither `resume` nor `overwrite` says what to do.
        ValueError: for texts, a vocabulary or a seq_length as in `bk.load_masked`, an encoder without a native form, a
            resumed run with other settings or other text.
        TypeError: for a keyword of another call, with what takes its place.
        RuntimeError: on another backend of Keras than TensorFlow.
        OSError: if `out` cannot be written.
    """
    checks.tensorflow_backend("bk.pretrain")
    refuse_rate_setters(callbacks or [], OF_A_RUN)
    if isinstance(devices, Devices) and cluster_of(devices.strategy) is not None:
        raise ValueError(checks.message("strategy", "be that of one process to pretrain", devices.strategy))
    if isinstance(recipe, Recipe):
        recipe = dataclasses.replace(recipe, native=True)
    chosen = task if isinstance(task, Task) else KINDS["masked_lm"].open_files(task)
    if chosen.kind != "masked_lm":
        raise ValueError(checks.message("task", "be of masked words", chosen.kind, "bk.load_masked makes it."))
    recipe = dataclasses.replace(PRETRAINING, native=True) if recipe is None else recipe
    try:
        run = PretrainingRun.prepare(chosen, encoder, out, recipe, devices, resume, overwrite, say)
    except NoBertError as error:
        must = "be a plain BERT, whose weights are trained in native form with a head on its word table"
        raise ValueError(checks.message("encoder", must, str(encoder), error.reason)) from None
    before = run.measure()
    head = _head(run.model)
    say(f"  head: {head}. On held-out text before: {_in_words(before)}")
    run.settings["head"], run.settings["before"] = head, before
    result = run.train(callbacks)
    say(f"on held-out text: {_in_words(before)} before, {_in_words(result.metrics)} after")
    return PretrainResult(**vars(result), before=before)


@dataclasses.dataclass(frozen=True)
class PretrainingRun(Run):
    """A run whose end is an encoder with its masked-word head, not a model folder."""

    @classmethod
    def identity(cls, model: TaskModel) -> dict[str, Any]:
        return {"head": _head(model)}

    def write(self, folder: pathlib.Path, config: dict[str, Any], metrics: dict[str, float]) -> None:
        encoder, before = self.model.encoder, config.pop("before")
        sizes = {name: getattr(encoder.config, name) for name in encoder.config.__dataclass_fields__}
        whole = {
            "format": FORMAT,
            "kind": self.model.kind,
            **config,
            "encoder": {"source": portable_name(encoder.source), **sizes},
            "before": before,
            "metrics": metrics,
            "versions": versions(),
        }
        save_encoder(encoder, folder, mlm=self.model.head)
        scores = json.dumps({"before": before, **metrics}, indent=1)
        (folder / METRICS).write_text(scores + "\n", encoding="utf-8")
        (folder / CONFIG).write_text(json.dumps(whole, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _in_words(metrics: dict[str, float]) -> str:
    return f"accuracy {metrics['masked_accuracy']:.4f}, perplexity {metrics['perplexity']:.1f}"


def _head(model: TaskModel) -> str:
    """Where the head comes from."""
    return "fresh" if model.encoder.mlm_weights is None else "the encoder's own"
