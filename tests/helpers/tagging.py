"""Small sets of tagged sentences and tuned taggers for the tests of tagging."""

import functools
import pathlib

import numpy as np
import tensorflow as tf
import tensorflow_datasets as tfds

from bert_keras.data.task import reader_of
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.running.folders.model_folder import write_model_folder
from bert_keras.token_classification.tag_predictor import TagPredictor
from bert_keras.token_classification.tagged_sentences import TaggedSentences, listed_sentences
from bert_keras.token_classification.tagging_data import TaggingData
from bert_keras.token_classification.tagging_task import TaggingTask
from bert_keras.token_classification.token_classifier import TokenClassifier

TAGS = ("O", "B-ANIMAL", "I-ANIMAL", "B-THING", "I-THING")
NER = ("O", "B-PER", "I-PER", "B-ORG", "I-ORG", "B-LOC", "I-LOC", "B-MISC", "I-MISC")
ROWS = {
    "train": [(["Ann", "Lee", "sings"], ["B-PER", "I-PER", "O"]), (["Oslo"], ["B-LOC"]), (["a", "b"], ["O", "O"])],
    "validation": [(["Lee"], ["B-PER"])],
    "test": [(["in", "Oslo"], ["O", "B-LOC"])],
}
TEXTS = [
    "The new DOG, playing in the cat's house. \U0001f600 Is it the b\u00f6\u00f6k?",
    "",
    " ".join(f"the cat number {n} played, one tree was not very new." for n in range(9)),
    "\u200b",
    "cat dog\u2026film tree \u5317\u4eac",
]
PLAIN = "the is very not one two three when where good".split()
NAMES = {"ANIMAL": ["dog", "cat"], "THING": ["film", "book", "house", "tree", "playing", "unplayed"]}


def sentences(rows=24, seed=0, longest=9) -> TaggedSentences:
    """Random words, some of several pieces; the tag can be read off the word: "new" begins a name that goes on."""
    random = np.random.default_rng(seed)
    made = []
    for _ in range(rows):
        words, tags = [], []
        for _ in range(random.integers(1, longest)):
            if random.random() < 0.6:
                words.append(str(random.choice(PLAIN)))
                tags.append("O")
                continue
            kind = str(random.choice(list(NAMES)))
            whole = random.random() < 0.4
            words += (["new"] if whole else []) + [str(random.choice(NAMES[kind]))]
            tags += [f"B-{kind}"] + ([f"I-{kind}"] if whole else [])
        made.append((words, tags))
    return listed_sentences(made, "tests")


def tagging_task(rows: dict[str, TaggedSentences], **fields) -> TaggingTask:
    """A task whose sentences are there already, by part."""
    read = reader_of(rows)
    return TaggingTask(name="tests/names", read=lambda parts, **_: read(parts), parts=tuple(rows), **fields)


def tagging_data(encoder, rows=24, **options) -> TaggingData:
    task = tagging_task({"train": sentences(rows), "validation": sentences(rows // 2 + 1, 1)}, label_names=TAGS)
    return task.load(encoder, **{"seq_length": 16, "batch_size": 8, **options})


def with_random_head(encoder, tags=TAGS) -> TokenClassifier:
    """A tagger whose tags vary from word to word."""
    model = TokenClassifier(encoder, len(tags), seed=4)
    model.classifier.kernel.assign(np.random.default_rng(5).normal(size=model.classifier.kernel.shape))
    return model


def config_of(tags=TAGS, **config) -> dict:
    """What a model folder says of a tagger."""
    settings = {"seq_length": 16, "label_pieces": "first", "tag_column": -1, "repair": False}
    labels = {"task": "tests.conll", "labels": list(tags), "scheme": "bio"}
    return {**labels, **settings, "metric_names": ["f1"], **config}


def write_model(folder: pathlib.Path, encoder: pathlib.Path, tags=TAGS, **config) -> pathlib.Path:
    """A model folder of a tagger with a random head, on the encoder of a folder."""
    model = with_random_head(load_encoder(encoder), tags)
    folder.mkdir(parents=True)
    write_model_folder(folder, model, config_of(tags, **config), {"f1": 0.5})
    return folder


def predictor(encoder, tags=TAGS, kind=None, **config) -> TagPredictor:
    """A tagger with a random head on texts."""
    return TagPredictor(with_random_head(encoder, tags), config_of(tags, **config), 4, kind)


def text_of(tags: TaggedSentences) -> str:
    """As a CoNLL file."""
    pairs = zip(tags.words, tags.tags, strict=True)
    return "\n".join("".join(f"{w} {t}\n" for w, t in zip(words, own, strict=True)) for words, own in pairs)


def labels(rows=16, length=9, classes=4, seed=1):
    """Classes, -1 on some tokens, more of them in some rows than in others."""
    random = np.random.default_rng(seed)
    found = random.integers(0, classes, (rows, length)).astype("int32")
    found[random.random((rows, length)) < np.linspace(0.1, 0.9, rows)[:, None]] = -1
    return found


def token_losses(logits, y):
    """The cross-entropy of each token and whether it has a label, in NumPy."""
    shares = np.exp(logits) / np.exp(logits).sum(axis=-1, keepdims=True)
    return -np.log(np.take_along_axis(shares, np.maximum(y, 0)[..., None], -1)[..., 0]), y != -1


def write_tfds(folder: pathlib.Path) -> pathlib.Path:
    """`ROWS` in a data folder as TFDS prepares CoNLL-2003, with the empty sentence that ends each of its parts."""
    text, labels = tfds.features.Text(), tfds.features.ClassLabel
    features = {
        "tokens": tfds.features.Sequence(text),
        "pos": tfds.features.Sequence(labels(names=["NN", "VB"])),
        "chunks": tfds.features.Sequence(labels(names=["O", "B-NP"])),
        "ner": tfds.features.Sequence(labels(names=list(NER))),
    }

    def rows(part):
        for words, tags in [*ROWS[part], ([], [])]:
            numbers = {"pos": [place % 2 for place in range(len(words))], "chunks": [0] * len(words)}
            yield {"tokens": words, **numbers, "ner": [NER.index(tag) for tag in tags]}

    signature = {name: tf.TensorSpec([None], tf.string if name == "tokens" else tf.int64) for name in features}
    parts = {"train": "train", "dev": "validation", "test": "test"}
    tfds.dataset_builders.store_as_tfds_dataset(
        name="conll2003",
        config="conll2003",
        version="1.0.0",
        data_dir=folder,
        features=tfds.features.FeaturesDict(features),
        split_datasets={
            name: tf.data.Dataset.from_generator(functools.partial(rows, part), output_signature=signature)
            for name, part in parts.items()
        },
        disable_shuffling=True,
    )
    return folder
