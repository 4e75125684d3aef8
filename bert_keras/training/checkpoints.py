"""Checkpoints of a run: the last finished epoch to go on from, and the best epoch to keep."""

import json
import os
import pathlib
from typing import Any

import keras

from bert_keras import checks

STATE = "state.json"


class Checkpoints(keras.callbacks.Callback):
    """Writes a checkpoint after every epoch, and keeps those of the last and of the best.

    A checkpoint is Keras' weight file of model, optimizer and dropout seeds. It becomes visible by renaming, and
    `state.json`, replaced after it, says which are whole: interrupted anywhere, the last finished epoch is found.

    Args:
        folder: made if it is not there.
        monitor: the entry of the logs that ranks epochs, the higher the better; None keeps the last epoch.
        run: what must be equal for a run to go on: task, encoder, recipe. Plain JSON values.
    """

    def __init__(self, folder: pathlib.Path, monitor: str | None, run: dict[str, Any]) -> None:
        super().__init__()
        self.folder = folder
        self.monitor = monitor
        self.run = run
        self.history: list[dict[str, Any]] = []
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def best(self) -> dict[str, Any]:
        """The best epoch so far: `epoch`, counted from 1, and its `logs`."""
        if self.monitor is None:
            return self.history[-1]
        return max(self.history, key=lambda entry: _comparable(entry["logs"][self.monitor]))

    def restore(self, model: keras.Model) -> int:
        """Loads the last checkpoint into a built and compiled model; returns the number of epochs that it has seen.

        Raises:
            ValueError: if the checkpoint belongs to another run, naming the first setting that differs.
        """
        path = self.folder / STATE
        if not path.is_file():
            return 0
        state = json.loads(path.read_text(encoding="utf-8"))
        for name in sorted(set(state["run"]) | set(self.run)):
            before, now = state["run"].get(name), self.run.get(name)
            if before != now:
                advice = f"The run in '{self.folder.parent}' began with {name}={before!r}. Pass that, or start anew with "
                raise ValueError(checks.message(name, "stay the same when a run is resumed", now, advice + "--overwrite."))
        self.history = state["history"]
        model.optimizer.build(model.trainable_variables)
        model.load_weights(self._file(len(self.history)))
        return len(self.history)

    def load_best(self, model: keras.Model) -> dict[str, Any]:
        """Loads the best epoch's weights; returns its entry of the history."""
        best = self.best
        model.load_weights(self._file(best["epoch"]))
        return best

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        entry = {"epoch": epoch + 1, "logs": {name: float(value) for name, value in (logs or {}).items()}}
        beside = self.folder / "writing.weights.h5"
        self.model.save_weights(beside, overwrite=True)
        os.replace(beside, self._file(epoch + 1))
        self.history.append(entry)
        beside = self.folder / f"{STATE}.writing"
        beside.write_text(json.dumps({"run": self.run, "history": self.history}, indent=1), encoding="utf-8")
        os.replace(beside, self.folder / STATE)
        kept = {self._file(epoch + 1), self._file(self.best["epoch"])}
        for path in self.folder.glob("epoch-*.weights.h5"):
            if path not in kept:
                path.unlink()

    def _file(self, epoch: int) -> pathlib.Path:
        return self.folder / f"epoch-{epoch}.weights.h5"


def _comparable(value: float) -> float:
    return float("-inf") if value != value else value
