"""Two ways to train that recipes do not have, tried in `model.fit`: the hidden states of a teacher, and averages over
equal steps of a rate that does not fall (SWA).

    python benchmarks/tried_recipes.py hidden --data-dir DATA/glue --task glue/sst2 --limit 2000 --seeds 5
    python benchmarks/tried_recipes.py swa --data-dir DATA/glue --task glue/sst2 --limit 2000 --seeds 5

hidden: three of six layers, read by the mean; the loss has the mean squared distance between what the head reads, and
what the head of a model with all layers reads, that was tuned on the same rows with another seed. swa: the rate is
warmed up and stays, and in the last half of the steps the weights are averaged; beside it the same rate without
averages, and the rate that falls. Each way has the same seeds; a line of JSON is printed for each run, then the
differences with their intervals.
"""

import argparse
import os
import pathlib
import tempfile
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np
from common.paired_ways import paired_ways
from keras import ops

import bert_keras as bk
from bert_keras.optimization.build_optimizer import build_optimizer

OTHER_SEED = 1000
DISTANCES = (1.0, 10.0)  # what the distance of hidden states counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("way", choices=("hidden", "swa"))
    parser.add_argument("--task", default="glue/sst2")
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--limit", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, help="2e-4 for hidden, 5e-5 for swa, if not given")
    given = parser.parse_args()
    given.rate = given.rate or (2e-4 if given.way == "hidden" else bk.Recipe.learning_rate)
    task = bk.load_task(given.task, data_dir=given.data_dir, limit=given.limit, seq_length=128)
    ways = hidden_ways(task, given) if given.way == "hidden" else swa_ways(task, given)
    paired_ways((name, seed, run(seed), {}) for seed in range(given.seeds) for name, run in ways.items())


def hidden_ways(task: Any, given: argparse.Namespace) -> dict[str, Callable[[int], float]]:
    """Three layers, alone and with a teacher's vectors in the loss."""
    with tempfile.TemporaryDirectory() as folder:
        recipe = bk.Recipe(epochs=given.epochs, native=True, seed=OTHER_SEED, pooling="mean", learning_rate=given.rate)
        bk.finetune(task, given.encoder, pathlib.Path(folder) / "teacher", recipe=recipe, say=lambda line: None)
        teacher = bk.load(pathlib.Path(folder) / "teacher").model
    teacher.trainable = False

    def run(seed: int, distance: float) -> float:
        keras.utils.set_random_seed(seed)
        encoder = bk.load_encoder(given.encoder, native=True, num_layers=3)
        data = task.load(encoder, batch_size=32, seed=seed)
        model = Taught(encoder, num_classes=data.num_classes, seed=seed, pooling="mean")
        model.taught_by = (lambda x: teacher.vectors(x), distance)
        model.compile(build_optimizer(bk.Recipe(learning_rate=given.rate)))
        return fitted_score(model, data, given)

    return {"three layers": lambda seed: run(seed, 0.0)} | {
        f"hidden states {distance:g}": lambda seed, distance=distance: run(seed, distance) for distance in DISTANCES
    }


class Taught(bk.TextClassifier):
    """A classifier whose loss has the distance of what its head reads from what a teacher's head reads."""

    taught_by: tuple[Callable[[Any], Any], float] = (lambda x: x, 0.0)

    def _read(self, inputs: Any, training: bool | None) -> Any:
        self._was_read = super()._read(inputs, training)
        return self._was_read

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True) -> Any:
        loss = super().compute_loss(x, y, y_pred, sample_weight, training)
        vectors_of, distance = self.taught_by
        if not training or not distance:
            return loss
        return loss + distance * ops.mean((self._was_read - ops.stop_gradient(vectors_of(x))) ** 2)


def swa_ways(task: Any, given: argparse.Namespace) -> dict[str, Callable[[int], float]]:
    """A rate that falls, one that stays, and averages over the last half of the steps of the latter."""

    def run(seed: int, stays: bool, averaged: bool) -> float:
        keras.utils.set_random_seed(seed)
        encoder = bk.load_encoder(given.encoder, native=True)
        data = task.load(encoder, batch_size=32, seed=seed)
        model = bk.TextClassifier(encoder, num_classes=data.num_classes, seed=seed)
        steps = given.epochs * -(-given.limit // 32)
        rate = Warmed(given.rate, steps // 10, steps, stays)
        model.compile(keras.optimizers.AdamW(rate, weight_decay=0.01, epsilon=1e-7, global_clipnorm=1.0))
        return fitted_score(model, data, given, [EqualAverages(steps // 2)] if averaged else [])

    return {
        "falling rate": lambda seed: run(seed, False, False),
        "rate that stays": lambda seed: run(seed, True, False),
        "SWA": lambda seed: run(seed, True, True),
    }


class Warmed(keras.optimizers.schedules.LearningRateSchedule):
    """A rate that rises in the first steps, and stays or falls to 0."""

    def __init__(self, peak: float, warmup: int, steps: int, stays: bool) -> None:
        self.peak, self.warmup, self.steps, self.stays = peak, warmup, steps, stays

    def __call__(self, step: Any) -> Any:
        step = ops.cast(step, "float32")
        left = 1.0 if self.stays else (self.steps - step) / (self.steps - self.warmup)
        return self.peak * ops.minimum((step + 1) / self.warmup, left)


class EqualAverages(keras.callbacks.Callback):
    """Has the model end with the mean of its weights after each step from the first one on that is said."""

    def __init__(self, begin: int) -> None:
        super().__init__()
        self.begin, self.seen, self.sums = begin, 0, []

    def on_train_batch_end(self, batch: int, logs: Any = None) -> None:
        self.seen += 1
        if self.seen > self.begin:
            values = [np.asarray(weight, "float64") for weight in self.model.trainable_weights]
            self.sums = [a + b for a, b in zip(self.sums, values, strict=True)] if self.sums else values

    def on_train_end(self, logs: Any = None) -> None:
        for weight, total in zip(self.model.trainable_weights, self.sums, strict=True):
            weight.assign((total / (self.seen - self.begin)).astype("float32"))


def fitted_score(model: Any, data: Any, given: argparse.Namespace, callbacks: Any = ()) -> float:
    """The accuracy on the dev part after all epochs."""
    model.fit(data.train, epochs=given.epochs, verbose=0, callbacks=list(callbacks))
    return float(model.evaluate(data.validation, return_dict=True, verbose=0)["accuracy"])


if __name__ == "__main__":
    main()
