"""Checkpoints of a run: the last finished epoch, or step, to go on from, and the best epoch to keep."""

import hashlib
import json
import os
import pathlib
import shutil
from collections.abc import Callable
from typing import Any

import keras
import numpy as np

from bert_keras import checks
from bert_keras.disk import LOCK, clear_errors
from bert_keras.from_json import from_json
from bert_keras.optimization.recipe import with_later_fields
from bert_keras.replacement.to_disk import to_disk
from bert_keras.training.check_same_run import check_same_run
from bert_keras.training.checkpoint_file import CheckpointFile, set_aside
from bert_keras.training.midway import Midway, running_state
from bert_keras.training.run_variables import run_arrays, run_variables
from bert_keras.training.workers import Workers

STATE = "state.json"
WITHIN = "within.safetensors"  # the checkpoint within an epoch


class Checkpoints(keras.callbacks.Callback):
    """Writes a checkpoint after every epoch, and keeps those of the last two and of the best.

    A checkpoint holds the weights, the states of the dropout seeds, which Keras' weight files leave out, and the
    optimizer's variables, for which the last of `epochs` has no use. HDF5, Keras' format, does not survive a full
    disk. It becomes visible by renaming, and says itself what run and history it is of, with a digest of all of it:
    whichever are whole can be gone on from. `state.json` says the same of the last one, to be read by people.
    Interrupted anywhere, the last finished epoch is found; where that is damaged, the one before. `write_within` keeps
    one checkpoint more, of the steps that an epoch has behind it.

    Of several workers the chief writes and reads; the others are given what it has. Theirs are of whole epochs alone.

    Args:
        folder: of the checkpoints. `start` or `restore` comes before `fit`.
        monitor: the entry of the logs that ranks epochs, the higher the better; of equals the last is the best.
        run: what must be equal for a run to go on: task, encoder, recipe. Plain JSON values.
        workers: of the run.
        epochs: after which nothing is trained any more; None where that is not known.
        say: takes a line about each file that is damaged.

    Attributes:
        midway: where in an epoch `restore` found the run; None at the end of one, and at the beginning.
    """

    def __init__(
        self,
        folder: pathlib.Path,
        monitor: str,
        run: dict[str, Any],
        workers: Workers,
        epochs: int | None = None,
        say: Callable[[str], None] = print,
    ) -> None:
        super().__init__()
        self.epochs = epochs
        self.workers = workers
        self.folder = folder
        self.monitor = monitor
        self.run = run
        self.say = say
        self.history: list[dict[str, Any]] = []
        self.midway: Midway | None = None
        self._kept: set[int] = set()  # the epochs whose files are there and whole
        self._step = 0  # of the checkpoint within the epoch that is not finished; 0 without one

    def standing(self) -> str:
        """How far the checkpoints of an interrupted run are, and how to go on, in words."""
        epochs = len(self.history)
        if not self._step and not epochs:
            return "no checkpoint was written yet, and --resume (resume=True) begins anew"
        place = f"after step {self._step} of epoch {epochs + 1}" if self._step else f"after epoch {epochs}"
        return f"--resume (resume=True) goes on {place}"

    @property
    def best(self) -> dict[str, Any]:
        """The best epoch of which there is a checkpoint, the last one of equals: `epoch`, from 1, and its `logs`."""
        return self._best_of([entry for entry in self.history if entry["epoch"] in self._kept])

    def start(self) -> int:
        """Makes the folder, without what another run left in it; returns 0, the number of finished epochs."""
        if self.workers.is_chief:
            with clear_errors("out", self.folder.parent, "Nothing was trained."):
                self.folder.mkdir(parents=True, exist_ok=True)
                for item in self.folder.iterdir():
                    if item.is_dir():
                        shutil.rmtree(item, ignore_errors=True)
                    elif item.name != LOCK:
                        item.unlink()
                self._write_state()
        return 0

    def restore(self, model: keras.Model) -> int:
        """Loads the last whole checkpoint into a built and compiled model; returns the epochs that it has finished.

        Files that are damaged get another name, and a line says so; nothing is deleted. Without a whole checkpoint
        nothing is loaded.

        Raises:
            ValueError: if the checkpoint belongs to another run, naming the first setting that differs.
        """
        state = self.workers.same_as_chief(self._find() if self.workers.is_chief else None)
        if state["history"] or state["step"]:
            check_same_run(state["run"], self.run, self.folder.parent)
        self.history, self._kept, self._step = state["history"], set(state["kept"]), state["step"]
        if self.workers.is_chief:
            with clear_errors("out", self.folder.parent, "Nothing was trained."):
                self.folder.mkdir(parents=True, exist_ok=True)
                self._write_state()
        if self.history or self._step:
            with self.workers.strategy.scope():
                model.optimizer.build(model.trainable_variables)
            others = self._load(model, self._within if self._step else self._file(len(self.history)))
            self.midway = Midway(self._step, others) if self._step else None
        return len(self.history)

    def load_best(self, model: keras.Model) -> dict[str, Any]:
        """Loads the best epoch, the next best where its file is damaged; returns its entry of the history.

        Raises:
            ValueError: if no checkpoint is whole.
        """
        while self._kept:
            best = self.best
            file = CheckpointFile(self._file(best["epoch"]))
            if self.workers.same_as_chief(file.facts() is not None if self.workers.is_chief else None):
                self._load(model, file.path)
                return best
            if self.workers.is_chief:
                self._set_aside(file.path, f"epoch {best['epoch']} was the best: the best of the others is taken")
            self._kept.discard(best["epoch"])
        advice = "All are damaged, or gone: --resume (resume=True) trains anew, beside what was set aside."
        raise ValueError(checks.message("out", "hold a whole checkpoint", str(self.folder), advice))

    def write_within(self, epoch: int, step: int) -> None:
        """Writes the checkpoint within an epoch, in the place of the one before; of one worker.

        Args:
            epoch: from 0.
            step: how many steps of it are done.
        """
        with clear_errors("out", self.folder.parent, self._advice()):
            arrays = run_arrays(self.model, within=True) | running_state(self.model)
            facts = {"run": self.run, "history": self.history, "step": step}
            CheckpointFile(self._within).write(arrays, facts)
        self._step = step

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        entry = {"epoch": epoch + 1, "logs": {name: float(value) for name, value in (logs or {}).items()}}
        with clear_errors("out", self.folder.parent, self._advice()):
            if self.workers.is_chief:
                self._write(epoch + 1, [*self.history, entry])
            self.history.append(entry)
            self._step = 0
            self._kept.add(epoch + 1)
            staying = {*sorted(self._kept)[-2:], self.best["epoch"]}
            if self.workers.is_chief:
                self._write_state()
                for number in self._kept - staying:
                    self._file(number).unlink(missing_ok=True)
                self._within.unlink(missing_ok=True)
            self._kept = staying

    def _advice(self) -> str:
        last = "The last step with a checkpoint" if self._step else "The last finished epoch"
        kept = last if self._step or self.history else "No epoch"
        return f"{kept} is kept: with room on the disk, --resume (resume=True) goes on after it."

    def _best_of(self, history: list[dict[str, Any]]) -> dict[str, Any]:
        return max(reversed(history), key=lambda entry: _comparable(entry["logs"][self.monitor]))

    def _write(self, epoch: int, history: list[dict[str, Any]]) -> None:
        arrays = run_arrays(self.model, with_optimizer=epoch != self.epochs)
        CheckpointFile(self._file(epoch)).write(arrays, {"run": self.run, "history": history})

    def _load(self, model: keras.Model, path: pathlib.Path) -> dict[str, np.ndarray]:
        """Loads a file; returns what it has beside the variables."""
        others = self._read(path, model) if self.workers.is_chief else {}
        self.workers.take_from_chief(run_variables(model).values())
        return others

    def _read(self, path: pathlib.Path, model: keras.Model) -> dict[str, np.ndarray]:
        arrays = CheckpointFile(path).arrays()
        values = {name: arrays.pop(name) for name in list(arrays) if name.isdecimal()}
        whole, own = run_variables(model), run_variables(model, with_optimizer=False)
        variables = own if len(values) == len(own) else whole
        if {n: v.shape for n, v in values.items()} != {n: tuple(v.shape) for n, v in variables.items()}:
            advice = "Resume with the same encoder and task, or start anew with --overwrite (overwrite=True)."
            raise ValueError(checks.message("out", "hold checkpoints of the same model", str(path), advice))
        for name, value in values.items():
            variables[name].assign(value)
        return arrays

    def _find(self) -> dict[str, Any]:
        """What the last whole checkpoint says, and which epochs have one; files that are damaged are set aside."""
        whole = {}
        named = self._state()
        for path in sorted(self.folder.glob("epoch-*.safetensors")):
            facts = self._facts(path)
            if facts is None or path != self._file(len(facts["history"])):
                self._set_aside(path, "it is left out")
            else:
                whole[len(facts["history"])] = facts
        last = whole[max(whole)] if whole else {"run": self.run, "history": []}
        within = self._find_within()
        if within is not None and len(within["history"]) >= len(last["history"]):
            last = within
        if named is None:
            self._set_aside(self.folder / STATE, "it is written anew from the checkpoints")
        elif len(named["history"]) > len(last["history"]):
            self.say(f"the last whole checkpoint is of epoch {len(last['history'])} of {len(named['history'])}")
        kept = [n for n, facts in whole.items() if _begins(last, facts, n)]
        if kept and (best := self._best_of(last["history"])["epoch"]) not in kept:
            self.say(f"epoch {best}, the best one, has no whole checkpoint: the best of the others counts")
        return {"step": 0, **last, "kept": kept}

    def _find_within(self) -> dict[str, Any] | None:
        """What the checkpoint within an epoch says; None where there is none, and for several workers."""
        if not self._within.exists() or self.workers.cluster is not None:
            return None
        facts = self._facts(self._within)
        if facts is None or "step" not in facts:
            self._set_aside(self._within, "the last finished epoch counts")
            return None
        return facts

    def _facts(self, path: pathlib.Path) -> dict[str, Any] | None:
        """What a checkpoint says, with the defaults of fields that recipes did not have then; None if it is damaged."""
        facts = CheckpointFile(path).facts()
        return facts and {**facts, "run": with_later_fields(facts["run"], self.run)}

    def _set_aside(self, path: pathlib.Path, so: str) -> None:
        name = "gone"
        if path.exists():
            with clear_errors("out", self.folder.parent, f"{path.name} in it is damaged and has to get another name."):
                name = f"damaged, or of an older bert_keras, and has the name {set_aside(path).name} now"
        self.say(f"{path.name} is {name}: {so}")

    def _state(self) -> dict[str, Any] | None:
        """What `state.json` holds, no epoch where it is not there; None if it is damaged."""
        if not (self.folder / STATE).is_file():
            return {"history": []}
        try:
            state = from_json((self.folder / STATE).read_bytes())
            return state if state["sha256"] == _digest_of(state["run"], state["history"]) else None
        except (ValueError, KeyError, TypeError):
            return None

    def _write_state(self) -> None:
        digest = _digest_of(self.run, self.history)
        state = {"run": self.run, "history": self.history, "sha256": digest}
        beside = self.folder / f"{STATE}.writing"
        beside.write_text(json.dumps(state, indent=1), encoding="utf-8")
        to_disk(beside)
        os.replace(beside, self.folder / STATE)
        to_disk(self.folder)

    @property
    def _within(self) -> pathlib.Path:
        return self.folder / WITHIN

    def _file(self, epoch: int) -> pathlib.Path:
        return self.folder / f"epoch-{epoch}.safetensors"


def _begins(last: dict[str, Any], facts: dict[str, Any], epochs: int) -> bool:
    """Whether a checkpoint is of the same run and of the same first epochs; as text, where NaN is NaN."""
    return _digest_of(facts["run"], facts["history"]) == _digest_of(last["run"], last["history"][:epochs])


def _digest_of(run: dict[str, Any], history: list[dict[str, Any]]) -> str:
    return hashlib.sha256(json.dumps([run, history], sort_keys=True).encode("utf-8")).hexdigest()


def _comparable(value: float) -> float:
    return float("-inf") if value != value else value
