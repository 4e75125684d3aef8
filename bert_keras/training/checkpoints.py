"""Checkpoints of a run: the last finished epoch to go on from, and the best epoch to keep."""

import json
import os
import pathlib
import shutil
from typing import Any

import keras
import numpy as np
from safetensors.numpy import load_file, save_file

from bert_keras import checks
from bert_keras.disk import LOCK, clear_errors, sha256_of
from bert_keras.training.workers import Workers

STATE = "state.json"


class Checkpoints(keras.callbacks.Callback):
    """Writes a checkpoint after every epoch, and keeps those of the last and of the best.

    A checkpoint holds the weights, the states of the dropout seeds, which Keras' weight files leave out, and the
    optimizer's variables, for which the last of `epochs` has no use. HDF5, Keras' format, does not survive a full
    disk. It becomes visible by renaming; `state.json`,
    replaced after it, says which are whole. Interrupted anywhere, the last finished epoch is found.

    Of several workers the chief writes and reads; the others are given what it has.

    Args:
        folder: of the checkpoints. `start` or `restore` comes before `fit`.
        monitor: the entry of the logs that ranks epochs, the higher the better; of equals the last is the best.
        run: what must be equal for a run to go on: task, encoder, recipe. Plain JSON values.
        workers: of the run.
        epochs: after which nothing is trained any more; None where that is not known.
    """

    def __init__(
        self, folder: pathlib.Path, monitor: str, run: dict[str, Any], workers: Workers, epochs: int | None = None
    ) -> None:
        super().__init__()
        self.epochs = epochs
        self.workers = workers
        self.folder = folder
        self.monitor = monitor
        self.run = run
        self.history: list[dict[str, Any]] = []
        self._digests: dict[str, str] = {}

    @property
    def best(self) -> dict[str, Any]:
        """The best epoch so far, the last one of equals: `epoch`, counted from 1, and its `logs`."""
        return max(reversed(self.history), key=lambda entry: _comparable(entry["logs"][self.monitor]))

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
        """Loads the last checkpoint into a built and compiled model; returns the number of epochs that it has seen.

        Without a finished epoch it is `start`.

        Raises:
            ValueError: if the checkpoint belongs to another run, naming the first setting that differs, or is damaged.
        """
        state = self.workers.same_as_chief(self._read_state() if self.workers.is_chief else None)
        if not state["history"]:
            return self.start()
        for name in sorted(set(state["run"]) | set(self.run)):
            before, now = state["run"].get(name), self.run.get(name)
            if before != now:
                must, began = "stay the same when a run is resumed", f"began with {name}={before!r}"
                advice = f"The run in '{self.folder.parent}' {began}. Pass that, or start anew with --overwrite."
                raise ValueError(checks.message(name, must, now, advice))
        self.history, self._digests = state["history"], state["sha256"]
        with self.workers.strategy.scope():
            model.optimizer.build(model.trainable_variables)
        self._load(model, len(self.history))
        return len(self.history)

    def load_best(self, model: keras.Model) -> dict[str, Any]:
        """Loads the best epoch; returns its entry of the history."""
        best = self.best
        self._load(model, best["epoch"])
        return best

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        before = "The last finished epoch" if self.history else "No epoch"
        advice = f"{before} is kept: with room on the disk, --resume (resume=True) goes on after it."
        with clear_errors("out", self.folder.parent, advice):
            if self.workers.is_chief:
                self._write(epoch + 1)
            self.history.append({"epoch": epoch + 1, "logs": {name: float(v) for name, v in (logs or {}).items()}})
            if not self.workers.is_chief:
                return
            self._write_state()
            last_and_best = {self._file(epoch + 1), self._file(self.best["epoch"])}
            for path in set(self.folder.glob("epoch-*.safetensors")) - last_and_best:
                path.unlink()

    def _write(self, epoch: int) -> None:
        beside = self.folder / "writing.safetensors"
        try:
            # Views of the tensors: copies of all of them took half the time.
            variables = _variables(self.model, with_optimizer=epoch != self.epochs)
            tensors = {n: keras.ops.convert_to_tensor(v) for n, v in variables.items()}
            save_file({n: np.asarray(tensor) for n, tensor in tensors.items()}, beside)
            _sync(beside)
            os.replace(beside, self._file(epoch))
        finally:
            beside.unlink(missing_ok=True)
        self._digests[str(epoch)] = sha256_of([self._file(epoch)])

    def _load(self, model: keras.Model, epoch: int) -> None:
        if self.workers.is_chief:
            self._read(epoch, model)
        self.workers.take_from_chief(_variables(model).values())

    def _read(self, epoch: int, model: keras.Model) -> None:
        path = self._file(epoch)
        if not path.is_file() or sha256_of([path]) != self._digests[str(epoch)]:
            must = f"hold the checkpoint {path.name} as it was written"
            advice = "It is missing or damaged: start anew with --overwrite (overwrite=True)."
            raise ValueError(checks.message("out", must, str(path), advice))
        values = load_file(path)
        whole, own = _variables(model), _variables(model, with_optimizer=False)
        variables = own if len(values) == len(own) else whole
        if {n: v.shape for n, v in values.items()} != {n: tuple(v.shape) for n, v in variables.items()}:
            advice = "Resume with the same encoder and task, or start anew with --overwrite (overwrite=True)."
            raise ValueError(checks.message("out", "hold checkpoints of the same model", str(path), advice))
        for name, value in values.items():
            variables[name].assign(value)

    def _read_state(self) -> dict[str, Any]:
        path = self.folder / STATE
        if not path.is_file():
            return {"history": []}
        try:
            state = json.loads(path.read_text(encoding="utf-8"))
            return {name: state[name] for name in ("run", "history", "sha256")}
        except (ValueError, KeyError, TypeError):
            must, advice = f"hold a {STATE} that bert_keras wrote", "It is damaged: start anew with --overwrite"
            raise ValueError(checks.message("out", must, str(path), f"{advice} (overwrite=True).")) from None

    def _write_state(self) -> None:
        state = {"run": self.run, "history": self.history, "sha256": self._digests}
        beside = self.folder / f"{STATE}.writing"
        beside.write_text(json.dumps(state, indent=1), encoding="utf-8")
        _sync(beside)
        os.replace(beside, self.folder / STATE)

    def _file(self, epoch: int) -> pathlib.Path:
        return self.folder / f"epoch-{epoch}.safetensors"


def _variables(model: keras.Model, with_optimizer: bool = True) -> dict[str, keras.Variable]:
    """All that the next step depends on: weights, dropout seeds, the optimizer's variables.

    By their places, as Keras numbers names within a process: the same model has others in the next one.
    """
    optimizer = model.optimizer.variables if with_optimizer else []
    return {str(place): variable for place, variable in enumerate([*_own_variables(model), *optimizer])}


def _own_variables(model: keras.Model) -> list[keras.Variable]:
    metrics = {id(variable) for variable in model.metrics_variables}
    return [variable for variable in model.variables if id(variable) not in metrics]


def _sync(path: pathlib.Path) -> None:
    """Waits until the disk has the file: a renamed file may be empty after a power cut otherwise."""
    with open(path, "rb") as file:
        os.fsync(file.fileno())


def _comparable(value: float) -> float:
    return float("-inf") if value != value else value
