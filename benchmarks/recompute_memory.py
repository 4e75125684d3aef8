"""Memory of one training step of BERT-Large's layers, with and without recomputing them for the gradient.

    python benchmarks/recompute_memory.py [--recompute] [--layers 24 --batch-size 2 --seq-length 384]

1,024 wide, 16 heads, random weights, a vocabulary of 1,000. One line: the resident memory before the step, how much it
rises at most while the step runs (gradients included), and the gradients' own size. Needs psutil.
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
    parser.add_argument("--recompute", action="store_true")
    parser.add_argument("--layers", type=int, default=24)
    parser.add_argument("--batch-size", type=int, default=2)
    parser.add_argument("--seq-length", type=int, default=384)
    arguments = parser.parse_args()
    encoder = bk.BertEncoder(
        1000, num_layers=arguments.layers, hidden_size=1024, num_heads=16, recompute=arguments.recompute, seed=0
    )
    model = bk.TextClassifier(encoder, seed=0)
    names = ("input_word_ids", "input_mask", "input_type_ids")
    features = {name: np.ones((arguments.batch_size, arguments.seq_length), "int32") for name in names}
    labels = np.zeros(arguments.batch_size, "int32")
    model.train_on_batch({name: value[:1, :8] for name, value in features.items()}, labels[:1])  # makes the optimizer's
    process, peak, ended = psutil.Process(), [0], threading.Event()

    def watch() -> None:
        while not ended.wait(0.02):
            peak[0] = max(peak[0], process.memory_info().rss)

    before = process.memory_info().rss
    watcher = threading.Thread(target=watch)
    watcher.start()
    start = time.perf_counter()
    model.train_on_batch(features, labels)
    seconds = time.perf_counter() - start
    ended.set()
    watcher.join()
    gradients = sum(int(np.prod(weight.shape)) * 4 for weight in model.trainable_weights)
    print(
        f"recompute {arguments.recompute}: before {before // MB:,} MB, rise {(peak[0] - before) // MB:,} MB, "
        f"gradients {gradients // MB:,} MB, {seconds:.1f} s with tracing"
    )


if __name__ == "__main__":
    main()
