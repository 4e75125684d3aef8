"""Memory and time of training steps: all weights, LoRA's or the biases.

    python benchmarks/tuning_memory.py [--tune all|lora|biases] [--recompute] [--hub] [--steps 6]

The sample encoder with a new head, batches of random ids, float32. One line: the trained parameters, the optimizer's
size, how much the resident memory rises at most from before the first step, and the median seconds of the steps after
it. Needs psutil.
"""

import argparse
import threading
import time

import numpy as np
import psutil

import bert_keras as bk

MB = 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tune", choices=("all", "lora", "biases"), default="all")
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--hub", action="store_true", help="the hub's graph, not the native encoder")
    parser.add_argument("--encoder", default="sample/all-MiniLM-L6-v2")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seq-length", type=int, default=128)
    parser.add_argument("--steps", type=int, default=6)
    arguments = parser.parse_args()
    encoder = bk.load_encoder(arguments.encoder, native=not arguments.hub)
    if arguments.tune == "lora":
        encoder.add_lora(8)
    elif arguments.tune == "biases":
        encoder.train_only("bias", "beta")
    if arguments.recompute:
        encoder.recompute = True
    model = bk.TextClassifier(encoder, seed=0)
    random = np.random.default_rng(0)
    shape = (arguments.batch_size, arguments.seq_length)
    features = {
        "input_word_ids": random.integers(1000, 20000, shape).astype("int32"),
        "input_mask": np.ones(shape, "int32"),
        "input_type_ids": np.zeros(shape, "int32"),
    }
    labels = random.integers(0, 2, arguments.batch_size).astype("int32")
    model.predict(features, batch_size=arguments.batch_size, verbose=0)  # a forward pass needs its memory anyway
    process, peak, ended = psutil.Process(), [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.01):
            peak[0] = max(peak[0], process.memory_info().rss)

    before = process.memory_info().rss
    watcher = threading.Thread(target=watch)
    watcher.start()
    seconds = []
    for _ in range(1 + arguments.steps):
        start = time.perf_counter()
        model.train_on_batch(features, labels)
        seconds.append(time.perf_counter() - start)
    ended.set()
    watcher.join()
    trained = sum(int(np.prod(weight.shape)) for weight in model.trainable_weights)
    optimizer = sum(int(np.prod(variable.shape)) * 4 for variable in model.optimizer.variables)
    print(
        f"tune {arguments.tune}, recompute {arguments.recompute}, {'hub' if arguments.hub else 'native'}: "
        f"{trained:,} trained, optimizer {optimizer / MB:.1f} MB, rise {(peak[0] - before) / MB:,.0f} MB, "
        f"{np.median(seconds[1:]):.2f} s a step"
    )


if __name__ == "__main__":
    main()
