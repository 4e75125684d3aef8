"""Twenty steps of training in a process of their own: `python steps_worker.py OUT ENCODER [BEFORE AFTER]`.

With TF_CONFIG it is one of several workers, and trains on one device; else on one and on four. Weights after the steps,
and what Keras' own loops give, go to OUT.npz, by where they were trained. BEFORE and AFTER are commands of bert-keras,
in JSON, that are run before TensorFlow has its workers and in the scope of their strategy: their exit statuses and
errors go to OUT.json.
"""

import contextlib
import io
import json
import os
import sys

import numpy as np
import tensorflow as tf
import tiny

from bert_keras import cli
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.optimization.build_optimizer import build_optimizer
from bert_keras.optimization.recipe import Recipe
from bert_keras.question_answering.span_labeler import SpanLabeler
from bert_keras.text_classification.text_classifier import TextClassifier

ROWS, BATCH, EPOCHS = 35, 8, 4  # five steps an epoch, the last one of three rows: replica four of four has none
# Adam's step of a gradient near zero has the size of any other: a large epsilon keeps rounding small.
RECIPE = Recipe(learning_rate=1e-2, adam_epsilon=1e-3, clip_norm=0.05, micro_batches=2)


def trained(encoder, strategy, fits_in_scope=False):
    """What each of three models ends with."""
    random, found = np.random.default_rng(3), {}
    x = tiny.features(ROWS)
    labels = {
        "native": random.integers(0, 2, ROWS),
        "hub": random.integers(0, 2, ROWS),
        "spans": {name: random.integers(0, 9, ROWS) for name in ("start_logits", "end_logits")},
    }
    alone = strategy.num_replicas_in_sync < 4
    for name, y in labels.items():
        with strategy.scope():
            options = {} if name == "hub" else {"native": True, "dropout": 0.0, "attention_dropout": 0.0}
            loaded = load_encoder(encoder, **options)
            model = SpanLabeler(loaded, seed=2) if name == "spans" else TextClassifier(loaded, 2, dropout=0.0, seed=2)
            model.compile(build_optimizer(RECIPE), micro_batches=RECIPE.micro_batches)
        data = tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH)
        with strategy.scope() if fits_in_scope else contextlib.nullcontext():
            history = model.fit(data, epochs=EPOCHS, validation_data=data if alone else None, verbose=0).history
            logits = model.predict(x, batch_size=BATCH, verbose=0) if alone else []
        assert model.optimizer.iterations.numpy() == 20
        found |= {f"{name}/weight {place}": w.numpy() for place, w in enumerate(model.trainable_weights)}
        # The losses of the two ends are not among them: Keras shows means over batches.
        found |= {f"{name}/{key}": np.array(v) for key, v in history.items() if not key.endswith("_logits_loss")}
        found |= {f"{name}/logits {n}": v for n, v in enumerate(tf.nest.flatten(logits))}
    return found


def spoiled(encoder, strategy):
    """How many variables a step with a bad row in eight changes, and a good one after it; and what is said of both."""
    with strategy.scope():
        loaded = load_encoder(encoder, native=True, dropout=0.0, attention_dropout=0.0)
        model = TextClassifier(loaded, 2, dropout=0.0, seed=2)
        model.compile(build_optimizer(RECIPE), loss=lambda y, logits: logits[:, 0] * y)
    x, y = tiny.features(BATCH), np.ones(BATCH, "float32")

    def fit(y):
        """What of the model differs then, and the error."""
        before, said = [v.numpy() for v in [*model.weights, *model.optimizer.variables]], ""
        try:
            model.fit(tf.data.Dataset.from_tensor_slices((x, y)).batch(BATCH), verbose=0)
        except ArithmeticError as error:
            said = str(error)
        after = [v.numpy() for v in [*model.weights, *model.optimizer.variables]]
        pairs = zip(after, before, strict=False)  # the first call builds more
        return sum(one.tobytes() != other.tobytes() for one, other in pairs), said

    fit(y)
    ends = [fit(np.where(np.arange(BATCH) == 5, np.nan, 1.0).astype("float32")), fit(y)]
    return {"changed": np.array([end[0] for end in ends]), "said": np.array([end[1] for end in ends])}


def attempt(arguments, environment):
    """What a command of bert-keras ends with: its exit status, and what it says of its error."""
    os.environ.update(environment)
    sys.argv = ["bert-keras", *arguments]
    status, said = 0, io.StringIO()
    with contextlib.redirect_stderr(said):
        try:
            cli.main()
        except SystemExit as end:
            status = end.code
    return {"status": status, "error": said.getvalue()}


def main(out, encoder, before="{}", after="{}"):
    config = os.environ.get("TF_CONFIG")
    ended = {name: attempt(*command) for name, command in json.loads(before).items()}
    if config is None:
        cpus = tf.config.list_physical_devices("CPU")
        tf.config.set_logical_device_configuration(cpus[0], [tf.config.LogicalDeviceConfiguration()] * 4)
        names = [f"CPU:{place}" for place in range(4)]
        four = tf.distribute.MirroredStrategy(names, tf.distribute.ReductionToOneDevice())
        one = tf.distribute.get_strategy()
        found = {"one": trained(encoder, one), "four": trained(encoder, four)}
        found |= {"one spoiled": spoiled(encoder, one), "four spoiled": spoiled(encoder, four)}
    else:
        os.environ["TF_CONFIG"] = config
        workers = tf.distribute.MultiWorkerMirroredStrategy()
        found = {"worker": trained(encoder, workers, fits_in_scope=True), "worker spoiled": spoiled(encoder, workers)}
        with workers.scope():
            ended |= {name: attempt(*command) for name, command in json.loads(after).items()}
    np.savez(f"{out}.npz", **{f"{where}/{name}": v for where, values in found.items() for name, v in values.items()})
    with open(f"{out}.json", "w", encoding="utf-8") as file:
        json.dump(ended, file)


if __name__ == "__main__":
    main(*sys.argv[1:])
