"""Twenty steps of training in a process of their own: `python steps_worker.py OUT ENCODER DEVICES [scope]`.

With TF_CONFIG it is one of several workers. Writes the weights after the steps, and what Keras' own loops give, to OUT.
"""
# ruff: noqa: E402

import os
import sys

import tensorflow as tf

_CPUS = tf.config.list_physical_devices("CPU")
DEVICES = int(sys.argv[3])
tf.config.set_logical_device_configuration(_CPUS[0], [tf.config.LogicalDeviceConfiguration()] * DEVICES)

if "TF_CONFIG" in os.environ:
    STRATEGY = tf.distribute.MultiWorkerMirroredStrategy()
elif DEVICES > 1:
    names = [f"CPU:{place}" for place in range(DEVICES)]
    STRATEGY = tf.distribute.MirroredStrategy(names, tf.distribute.ReductionToOneDevice())
else:
    STRATEGY = tf.distribute.get_strategy()

import contextlib

import numpy as np
import tiny

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.adamw import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.text_classification.text_classifier import TextClassifier

ROWS, BATCH, EPOCHS = 35, 8, 4  # five steps an epoch, the last one of three rows: replica four of four has none
# Adam's step of a gradient near zero has the size of any other: a large epsilon keeps rounding small.
RECIPE = Recipe(learning_rate=1e-2, adam_epsilon=1e-3, clip_norm=0.05, micro_batches=2)


def main(out, encoder):
    random, found = np.random.default_rng(3), {}
    x = tiny.features(ROWS)
    labels = {
        "native": random.integers(0, 2, ROWS),
        "hub": random.integers(0, 2, ROWS),
        "spans": {name: random.integers(0, 9, ROWS) for name in ("start_logits", "end_logits")},
    }
    for name, y in labels.items():
        with STRATEGY.scope():
            options = {} if name == "hub" else {"native": True, "dropout": 0.0, "attention_dropout": 0.0}
            loaded = load_encoder(encoder, **options)
            model = SpanLabeler(loaded, seed=2) if name == "spans" else TextClassifier(loaded, 2, dropout=0.0, seed=2)
            model.compile(build_optimizer(RECIPE), micro_batches=RECIPE.micro_batches)
        data = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH)
        with STRATEGY.scope() if "scope" in sys.argv else contextlib.nullcontext():
            history = model.fit(data, epochs=EPOCHS, validation_data=None if DEVICES > 1 else data, verbose=0).history
            logits = [] if DEVICES > 1 else model.predict(x, batch_size=BATCH, verbose=0)
        assert model.optimizer.iterations.numpy() == 20
        found |= {f"{name}/weight {place}": w.numpy() for place, w in enumerate(model.trainable_weights)}
        # The losses of the two ends are not among them: Keras shows means over batches.
        found |= {f"{name}/{key}": np.array(v) for key, v in history.items() if not key.endswith("_logits_loss")}
        found |= {f"{name}/logits {n}": v for n, v in enumerate(tf.nest.flatten(logits))}
    np.savez(out, **found)


if __name__ == "__main__":
    main(*sys.argv[1:3])
