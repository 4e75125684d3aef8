"""Our side of `huggingface_squad.py`: the same SQuAD 1.1 run with `model.fit`; one line of JSON with the seconds.

    python benchmarks/bert_keras_squad.py --data-dir DATA/squad --seed 0 --out predictions [--limit 512 --epochs 1]

`seconds` are those of `fit`, first tracing included; `first_step_seconds` is that of the first step, tracing and all,
`step_seconds` the mean of the later ones. Predictions are written where no limit is given.
"""

import argparse
import json
import resource
import time

import keras

import bert_keras as bk


class Clock(keras.callbacks.Callback):
    """When each step ended."""

    def on_train_begin(self, logs=None):
        self.ends = [time.perf_counter()]

    def on_train_batch_end(self, batch, logs=None):
        self.ends.append(time.perf_counter())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--encoder", default="sample/all-MiniLM-L6-v2")
    parser.add_argument("--hub", action="store_true", help="train the hub's graph, not the native encoder")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--limit", type=int, default=None, help="questions to train on, drawn")
    parser.add_argument("--out", default="predictions")
    arguments = parser.parse_args()

    keras.utils.set_random_seed(arguments.seed)
    encoder = bk.load_encoder(arguments.encoder, native=not arguments.hub)
    start = time.perf_counter()
    data = bk.load_squad(
        "v1.1", encoder, data_dir=arguments.data_dir, limit=arguments.limit, batch_size=16, seed=arguments.seed
    )
    loading = time.perf_counter() - start
    model = bk.SpanLabeler(encoder, seed=arguments.seed)
    model.compile(bk.build_optimizer(bk.Recipe(learning_rate=5e-5, seed=arguments.seed)))
    clock = Clock()
    start = time.perf_counter()
    model.fit(data.train, epochs=arguments.epochs, callbacks=[clock], verbose=0)
    report = {
        "seed": arguments.seed,
        "train_windows": len(data.split("train")),
        "steps": len(clock.ends) - 1,
        "seconds": round(time.perf_counter() - start, 1),
        "first_step_seconds": round(clock.ends[1] - clock.ends[0], 1),
        "step_seconds": round((clock.ends[-1] - clock.ends[1]) / (len(clock.ends) - 2), 3),
        "loading_seconds": round(loading, 1),
    }
    if arguments.limit is None:
        start = time.perf_counter()
        bk.write_predictions(model, data, arguments.out)
        report |= {"prediction_seconds": round(time.perf_counter() - start, 1)}
        report |= bk.evaluate(model, data)
    report["peak_memory_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps(report))


if __name__ == "__main__":
    main()
