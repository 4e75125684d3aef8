"""Small sets of tagged sentences and tuned taggers for the tests of tagging."""

import pathlib

import numpy as np

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.running.model_folder import write_model_folder
from bert_keras.token_classification.tagged_sentences import TaggedSentences, listed_sentences
from bert_keras.token_classification.tagging_data import TaggingData, make_tagging_data
from bert_keras.token_classification.token_classifier import TokenClassifier

TAGS = ("O", "B-ANIMAL", "I-ANIMAL", "B-THING", "I-THING")
PLAIN = "the is very not one two three when where good".split()
NAMES = {"ANIMAL": ["dog", "cat"], "THING": ["film", "book", "house", "tree", "playing", "unplayed"]}
KEPT = {"tag_column": -1, "repair": False}


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


def tagging_data(encoder, rows=24, **options) -> TaggingData:
    parts = {"train": sentences(rows), "validation": sentences(rows // 2 + 1, 1)}
    options = {"seq_length": 16, "batch_size": 8, "kept": KEPT, "label_names": TAGS, **options}
    return make_tagging_data("tests/names", parts, encoder, **options)


def with_random_head(encoder, tags=TAGS) -> TokenClassifier:
    """A tagger whose tags vary from word to word."""
    model = TokenClassifier(encoder, len(tags), seed=4)
    model.classifier.kernel.assign(np.random.default_rng(5).normal(size=model.classifier.kernel.shape))
    return model


def write_model(folder: pathlib.Path, encoder: pathlib.Path, tags=TAGS, **config) -> pathlib.Path:
    """A model folder of a tagger with a random head, on the encoder of a folder."""
    model = with_random_head(load_encoder(encoder), tags)
    folder.mkdir(parents=True)
    told = {"task": "tests.conll", "labels": list(tags), "scheme": "bio", "label_pieces": "first", "seq_length": 16}
    write_model_folder(folder, model, {**told, **KEPT, "metric_names": ["f1"], **config}, {"f1": 0.5})
    return folder


def text_of(tags: TaggedSentences) -> str:
    """As a CoNLL file."""
    pairs = zip(tags.words, tags.tags, strict=True)
    return "\n".join("".join(f"{w} {t}\n" for w, t in zip(words, own, strict=True)) for words, own in pairs)
