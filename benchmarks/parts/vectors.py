"""Vectors of sentences: `bk.Embedder` and sentence-transformers, the same weights, pooling and length."""

from typing import Any

from common.bench import OURS, Bench

from parts.prediction import in_turn

REFERENCE = "sentence-transformers"


def run(bench: Bench) -> dict[str, Any]:
    """The figures of each case."""
    bench.say("\nvectors")
    workers = {
        f"{OURS} vectors": bench.worker(f"{OURS} vectors", "bert_keras_prediction", way="vectors"),
        REFERENCE: bench.worker(REFERENCE, "huggingface_prediction", way="vectors"),
    }
    return in_turn(bench, workers, REFERENCE)
