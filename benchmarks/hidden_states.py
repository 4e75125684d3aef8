"""A way to train that recipes do not have, tried in `model.fit`: the hidden states of a teacher.

    python benchmarks/hidden_states.py --data-dir DATA/glue --task glue/sst2 --limit 2000 --seeds 5

Three of six layers are read by the mean; the loss has the mean squared distance between what the head reads, and what
the head of a model with all layers reads, that was tuned on the same rows with another seed. Each way has the same
seeds; a line of JSON is printed for each run, then the differences with their intervals.
"""

import argparse
import os
import pathlib
import tempfile
from collections.abc import Callable
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
from common.paired_ways import paired_ways
from keras import ops

import bert_keras as bk

OTHER_SEED = 1000
DISTANCES = (1.0, 10.0)  # what the distance of hidden states counts


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="glue/sst2")
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--limit", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--rate", type=float, default=2e-4)
    given = parser.parse_args()
    task = bk.load_task(given.task, data_dir=given.data_dir, limit=given.limit, seq_length=128)
    ways = hidden_ways(task, given)
    paired_ways((name, seed, run(seed), {}) for seed in range(given.seeds) for name, run in ways.items())


def hidden_ways(task: Any, given: argparse.Namespace) -> dict[str, Callable[[int], float]]:
    """Three layers, alone and with a teacher's vectors in the loss: from a seed to the accuracy on the dev part."""
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
        model.compile(bk.build_optimizer(bk.Recipe(learning_rate=given.rate)))
        model.fit(data.train, epochs=given.epochs, verbose=0)
        return float(model.evaluate(data.validation, return_dict=True, verbose=0)["accuracy"])

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


if __name__ == "__main__":
    main()
