"""`run_callbacks`: the callbacks of a run, in the order in which they must stand."""

from typing import Any

import keras

from bert_keras.optimization.interval import Interval
from bert_keras.optimization.loss_scale import inner_optimizer
from bert_keras.running.folders.folder_files import LOGS
from bert_keras.training.averaged_weights import AveragedWeights
from bert_keras.training.callbacks import EpochOrder, OfficialMetrics, Progress, StopEarly
from bert_keras.training.checkpoints_within import CheckpointsWithin
from bert_keras.training.go_on_within import GoOnWithin
from bert_keras.training.interruptions import Interruptions
from bert_keras.training.watched import VAL_LOSS, ValidationLoss, watched


def run_callbacks(
    run: Any, callbacks: list[keras.callbacks.Callback], early: StopEarly, told: Interruptions
) -> list[keras.callbacks.Callback]:
    """What `fit` is given.

    Those that read the logs stand before those that put something into them; the user's are given all of it, and a
    checkpoint is written when they are done.

    Args:
        run: a `Run`, whose checkpoints are restored.
        callbacks: the user's.
        early: what ends the run before its last epoch.
        told: the signals that end it.
    """
    data, recipe, steps, midway = run.data, run.recipe, len(run.data.order), run.checkpoints.midway
    first = (len(run.checkpoints.history), 0 if midway is None else midway.step)

    def measured(model: keras.Model) -> dict[str, float]:
        """The official metrics of the model as it is, and the loss where these tell it."""
        scores = run.measure()
        return scores if run.measure.loss is None else {**scores, "loss": run.measure.loss}

    ours = [] if midway is None else [GoOnWithin(midway)]
    if recipe.ema:
        are_in = midway is None and first[0] > 0
        ours.append(AveragedWeights(inner_optimizer(run.model.optimizer).averages, are_in))
    ours += [EpochOrder(data.order), OfficialMetrics(measured)]
    if _watch_loss(run, callbacks):
        run.say("  a callback watches val_loss, for which the validation rows are read once more after each epoch")
        ours += [ValidationLoss(lambda: data.validation)]
    if run.workers.is_chief:
        logs = str(run.checkpoints.folder / LOGS)
        ours += [keras.callbacks.TensorBoard(logs, update_freq="epoch", write_graph=False)]
        ours += [Progress(steps, recipe.epochs, run.say, hidden=data.details, first=first)]
    ours += [*callbacks, early, run.checkpoints]
    if run.workers.cluster is None:  # the sums of several workers lie in several processes
        every = Interval.of("checkpoint_every", recipe.checkpoint_every)
        ours += [CheckpointsWithin(run.checkpoints, every, steps, told, first)]
    return ours


def _watch_loss(run: Any, callbacks: list[keras.callbacks.Callback]) -> bool:
    """Whether a user's callback watches "val_loss"; raises if one watches what no epoch has."""
    metrics = run.model.default_metrics()
    pairs = metrics.items() if isinstance(metrics, dict) else [("", metric) for metric in metrics]
    own = [f"{output}_{metric.name}".removeprefix("_") for output, metric in pairs]
    official = [f"val_{name}" for name in dict.fromkeys((*run.data.metrics, *run.data.reported))]
    more = [f"{name}_" for name in official]  # of single classes, of questions with an answer and the like
    if run.measure.tells_loss:
        official.append(VAL_LOSS)
    return watched(keras.tree.flatten(callbacks), ["loss", *own, *official], more)
