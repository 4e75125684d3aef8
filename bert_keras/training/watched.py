"""`watched`: callbacks that watch a figure of each epoch, such as `EarlyStopping`, made fit for a run, or refused."""

from collections.abc import Iterable, Sequence
from typing import Any

import keras

from bert_keras import checks

VAL_LOSS = "val_loss"
_FALLING = ("loss", "error", "perplexity", "mse", "mae")  # in the names of figures of which less is better


class ValidationLoss(keras.callbacks.Callback):
    """Puts the loss on a part into each epoch's logs as "val_loss". Stand before the callbacks that watch it.

    Args:
        data: called without arguments; gives the batches, (features, labels).
    """

    def __init__(self, data: Any) -> None:
        super().__init__()
        self.data = data

    def on_epoch_end(self, epoch: int, logs: dict[str, Any] | None = None) -> None:
        if logs is not None:
            found = self.model.evaluate(self.data(), verbose=0, return_dict=True)
            logs[VAL_LOSS] = found["loss"]


def watched(callbacks: Iterable[Any], known: Sequence[str], beginnings: Sequence[str] = ()) -> bool:
    """Checks what callbacks watch, and says whether one of them watches "val_loss".

    The direction of a score that a callback leaves to Keras ("auto") is set, as Keras does not know it.

    Args:
        callbacks: of a user.
        known: names of an epoch's figures.
        beginnings: of names of more figures, such as the scores of single classes.

    Raises:
        ValueError: for a figure that there is not, with those that there are.
    """
    needs_loss = False
    for callback in callbacks:
        name = getattr(callback, "monitor", None)
        if not isinstance(name, str) or not _looks(callback):
            continue
        if name != VAL_LOSS and name not in known and not name.startswith(tuple(beginnings)):
            names = [*known, VAL_LOSS]
            must = f"be a figure of this run's epochs: {', '.join(names)}"
            advice = f"It is {type(callback).__name__}'s. {checks.did_you_mean(name, names)}".strip()
            raise ValueError(checks.message("monitor", must, name, advice))
        needs_loss |= name == VAL_LOSS and VAL_LOSS not in known
        if getattr(callback, "mode", None) == "auto":
            callback.mode = "min" if any(word in name for word in _FALLING) else "max"
    return needs_loss


def _looks(callback: Any) -> bool:
    """Whether a callback goes by what it watches: a `ModelCheckpoint` that keeps every epoch does not."""
    is_checkpoint = isinstance(callback, keras.callbacks.ModelCheckpoint)
    return not is_checkpoint or bool(callback.save_best_only)
