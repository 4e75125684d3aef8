"""Small tuned models for the tests of everything after training: an encoder of one layer, model folders, runs."""

import csv
import dataclasses
import hashlib
import pathlib

import h5py
import numpy as np
import tensorflow as tf
from encoders import VOCABULARY, write_vocabulary
from once import copied, made_once

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.encoders.save_encoder import save_encoder
from bert_keras.manifest import Manifest
from bert_keras.optimization.recipe import Recipe
from bert_keras.running import kinds
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.finetune import finetune
from bert_keras.running.folders.model_folder import write_model_folder
from bert_keras.running.loading.load import load
from bert_keras.running.training_run.run_result import FinetuneResult
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification import reviews
from bert_keras.text_classification.kind import TEXT_CLASSIFICATION
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.tuned.evaluator import Evaluator
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors

RECIPE = Recipe(epochs=2, batch_size=16, learning_rate=1e-3, native=True)

# kind: task, labels, text columns, problem type
KINDS = {
    "single": ("samples/reviews", ["negative", "positive"], ["sentence"], "single_label_classification"),
    "pairs": ("glue/mrpc", ["not_equivalent", "equivalent"], ["sentence1", "sentence2"], "single_label_classification"),
    "wnli": ("glue/wnli", ["not_entailment", "entailment"], ["sentence1", "sentence2"], "single_label_classification"),
    "mnli": (
        "glue/mnli",
        ["entailment", "neutral", "contradiction"],
        ["premise", "hypothesis"],
        "single_label_classification",
    ),
    "regression": ("glue/stsb", None, ["sentence1", "sentence2"], "regression"),
    "multi": ("topics", ["food", "room", "staff"], ["sentence"], "multi_label_classification"),
}


class Scores(Evaluator):
    """In place of an evaluator: `function` is called with the model, and says its scores."""

    def __init__(self, function):
        self.function = function

    def __call__(self):
        return self.function(self.model)

    def of(self, model, data, part):
        self.model = model
        return self


def score_texts(monkeypatch, function) -> None:
    """Runs on texts have the scores that `function` says, in place of those of the evaluator."""
    kind = dataclasses.replace(TEXT_CLASSIFICATION, evaluator=Scores(function).of)
    monkeypatch.setitem(kinds.KINDS, kind.name, kind)


def shared_encoder() -> pathlib.Path:
    """A BERT of one layer with random weights, as a SavedModel with a vocabulary, made once: do not change it."""
    return made_once("tiny_encoder", _make_encoder)


def write_encoder(folder: pathlib.Path) -> pathlib.Path:
    """The same in a folder of one's own."""
    return copied("tiny_encoder", _make_encoder, folder)


def _make_encoder(folder: pathlib.Path) -> None:
    encoder = BertEncoder(
        vocab_size=len(VOCABULARY),
        num_layers=1,
        hidden_size=8,
        num_heads=2,
        intermediate_size=16,
        max_positions=64,
        initializer_range=0.6,
        seed=3,
    )
    encoder.tokenizer = Tokenizer(write_vocabulary(folder.parent))
    save_encoder(encoder, folder)


def write_model(
    folder: pathlib.Path, encoder: pathlib.Path, kind: str = "single", native: bool = False
) -> pathlib.Path:
    """A model folder of one of KINDS, with a random head whose logits on reviews have mean 0 and deviation 1.

    It is made once for each encoder, by its files and its name, which a model folder notes; each who asks has a copy.
    """
    encoder = pathlib.Path(encoder)
    digest = hashlib.sha256(encoder.name.encode())
    for path in sorted(encoder.rglob("*")):
        digest.update(path.relative_to(encoder).as_posix().encode() + (path.read_bytes() if path.is_file() else b"/"))
    name = f"model_{kind}_{native}_{digest.hexdigest()}"
    return copied(name, lambda place: _make_model(place, encoder, kind, native), folder)


def _make_model(folder: pathlib.Path, encoder: pathlib.Path, kind: str, native: bool) -> None:
    task, labels, columns, problem_type = KINDS[kind]
    loaded = load_encoder(encoder, native=native)
    model = TextClassifier(loaded, len(labels or [0]), problem_type, seed=4)
    random = np.random.default_rng(5)
    kernel, bias = model.classifier.weights
    kernel.assign(random.normal(size=kernel.shape))
    logits = model(loaded.preprocessor(24)(reviews.read_reviews("reviews_train.tsv").texts[0][:64])).numpy()
    kernel.assign(kernel.numpy() / logits.std(axis=0))
    bias.assign(-logits.mean(axis=0) / logits.std(axis=0))
    folder.mkdir(parents=True)
    config = {"task": task, "labels": labels, "text_columns": columns, "metric_names": ["accuracy"], "seq_length": 24}
    write_model_folder(folder, model, config, {"accuracy": 0.5})


def with_unlike(predictor, texts):
    """The predictor, to which the farther half of these texts is unlike the nearer one."""
    vectors = predictor.model.vectors(predictor.preprocessor(texts)).numpy()
    ordinary = OrdinaryVectors.of(vectors, np.zeros(len(texts)))
    predictor.config = {**predictor.config, "unlike_above": float(np.median(ordinary.distances(vectors)))}
    predictor.know_ordinary(ordinary)
    return predictor


def write_rows_it_knows(folder: pathlib.Path, path: pathlib.Path) -> None:
    """Writes reviews as a table with the labels that a "single" model gives them, of every eighth the other one."""
    texts = list(dict.fromkeys(reviews.read_reviews("reviews_train.tsv").texts[0]))
    other = {"negative": "positive", "positive": "negative"}
    labels = [answer.label for answer in load(folder)(texts)]
    labels = [label if number % 8 else other[label] for number, label in enumerate(labels)]
    with open(path, "w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("sentence", "label"), *zip(texts, labels, strict=True)])


def without_lists(folder: pathlib.Path) -> pathlib.Path:
    """A folder as it was written before there were lists of digests."""
    lists = list(folder.rglob(Manifest.NAME))
    assert lists
    for file in lists:
        file.unlink()
    return folder


TASK = {"limit": 32, "seq_length": 32}


def reviews_task(**options):
    """32 of the library's reviews, cut to 32 tokens, unless the options say otherwise."""
    return load_task("samples/reviews", **{**TASK, **options})


def run(encoder: pathlib.Path, out: pathlib.Path, task=None, **options) -> FinetuneResult:
    """A silent run of two short epochs on 32 reviews, unless the options say otherwise."""
    defaults = {"recipe": RECIPE, "say": lambda line: None}
    return finetune(reviews_task() if task is None else task, encoder, out, **{**defaults, **options})


def weights_of(folder: pathlib.Path) -> dict[str, np.ndarray]:
    """Every number of a model folder, read from its files without the library."""
    checkpoint = tf.train.load_checkpoint(str(folder / "encoder" / "variables" / "variables"))
    kept = [name for name in checkpoint.get_variable_to_shape_map() if "VARIABLE_VALUE" in name]
    found = {name: checkpoint.get_tensor(name) for name in kept}
    with h5py.File(folder / "head.weights.h5", "r") as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
    return found


def same_weights(one: pathlib.Path, other: pathlib.Path) -> bool:
    """Whether the weights of two model folders are equal to the bit."""
    first, second = weights_of(one), weights_of(other)
    assert len(first) > 20 and set(first) == set(second)
    return all(first[name].tobytes() == second[name].tobytes() for name in first)


def below(folder: pathlib.Path) -> set[str]:
    """The files and folders below a folder."""
    return {str(path.relative_to(folder)) for path in folder.rglob("*")}
