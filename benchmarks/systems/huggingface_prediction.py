"""Answers of others to strings, with the weights that bert_keras tuned.

Its setting is `way`: "pipeline", transformers' own; "model", a tokenizer and a model under `torch.inference_mode`, in
batches of like lengths; "compiled", that model compiled for any length; "onnxruntime", the model exported to ONNX;
"vectors", sentence-transformers.
"""

import json
import os
import sys
from collections.abc import Callable
from typing import Any

import numpy as np
from common.answering import Answering
from common.channel import Channel
from common.huggingface_files import sample_folder
from common.texts import by_length

LENGTH = 128


def answers_of(way: str, models: str | None, batch_size: int) -> Callable[[list[str]], np.ndarray]:
    """From texts to their probabilities or vectors, float32 [texts, columns]."""
    if way == "vectors":
        return _vectors(batch_size)
    folder = f"{models}/huggingface"
    if way == "pipeline":
        return _pipeline(folder, batch_size)
    network = _onnxruntime(f"{models}/model.onnx") if way == "onnxruntime" else _model(folder, way == "compiled")
    return _InBatches(folder, network, batch_size)


class _InBatches:
    """A tokenizer of `tokenizers` and a network from its arrays to logits, on batches of like lengths."""

    def __init__(self, folder: str, network: Callable[[dict[str, np.ndarray]], np.ndarray], batch_size: int) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self.tokenizer.enable_truncation(LENGTH)
        self.tokenizer.enable_padding()
        self.network = network
        self.batch_size = batch_size

    def __call__(self, texts: list[str]) -> np.ndarray:
        found: Any = [None] * len(texts)
        for places in by_length(texts, self.batch_size):
            encoded = self.tokenizer.encode_batch_fast([texts[place] for place in places])
            parts = {"input_ids": "ids", "attention_mask": "attention_mask", "token_type_ids": "type_ids"}
            arrays = {name: np.array([getattr(row, part) for row in encoded]) for name, part in parts.items()}
            for place, logits in zip(places, self.network(arrays), strict=True):
                exponents = np.exp(logits - logits.max())
                found[place] = exponents / exponents.sum()
        return np.array(found)


def _model(folder: str, compiled: bool) -> Callable[[dict[str, np.ndarray]], np.ndarray]:
    import torch
    from transformers import AutoModelForSequenceClassification

    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    if compiled:
        model.compile(dynamic=True)

    def network(arrays: dict[str, np.ndarray]) -> np.ndarray:
        with torch.inference_mode():
            return model(**{name: torch.from_numpy(array) for name, array in arrays.items()}).logits.numpy()

    return network


def _onnxruntime(path: str) -> Callable[[dict[str, np.ndarray]], np.ndarray]:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = len(os.sched_getaffinity(0))  # it would count all cores, and not those it may use
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda arrays: session.run(None, arrays)[0]


def _pipeline(folder: str, batch_size: int) -> Callable[[list[str]], np.ndarray]:
    from transformers import pipeline

    pipe = pipeline("text-classification", model=folder, device="cpu", top_k=None)
    options = {"truncation": True, "max_length": LENGTH, "batch_size": batch_size}

    def answers(texts: list[str]) -> np.ndarray:
        rows = [{entry["label"]: entry["score"] for entry in row} for row in pipe(texts, **options)]
        return np.array([[row[f"LABEL_{label}"] for label in range(len(row))] for row in rows])

    return answers


def _vectors(batch_size: int) -> Callable[[list[str]], np.ndarray]:
    from sentence_transformers import SentenceTransformer

    model = SentenceTransformer(str(sample_folder()), device="cpu")
    model.max_seq_length = 256
    return lambda texts: model.encode(texts, batch_size=batch_size, normalize_embeddings=True)


if __name__ == "__main__":
    Answering(Channel(), answers_of, **json.loads(sys.argv[1])).serve()
