"""Prompts with choices that can be learnt, and tuned models of them, for the tests of multiple choice."""

import csv
import pathlib

import numpy as np
from encoders import VOCABULARY, write_vocabulary

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.multiple_choice.multiple_choice import MultipleChoice
from bert_keras.running.model_folder import write_model_folder
from bert_keras.text.tokenizer import Tokenizer

NOUNS = "film book food room story dog cat house".split()
ENDINGS = ("was good.", "was not at the house.", "is a tree in the night.", "?")


def rows(count=24, choices=3, seed=0):
    """(prompt, choices, label): the right choice is the one with "good" in it."""
    random = np.random.default_rng(seed)
    made = []
    for number in range(count):
        noun, label = NOUNS[random.integers(len(NOUNS))], int(random.integers(choices))
        wrong = [f"the {noun} {ENDINGS[1 + (number + place) % 3]}" for place in range(choices)]
        wrong[label] = f"the {noun} {ENDINGS[0]}"
        made.append((f"we had the {noun} for {'a very ' * (number % 4)}long time", wrong, label))
    return made


def write_swag(path: pathlib.Path, made, labels=True) -> pathlib.Path:
    """A file in SWAG's layout, with columns that are not read."""
    count = len(made[0][1])
    names = ["", "video-id", "sent1", "sent2", *(f"ending{number}" for number in range(count))]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, *(["label"] if labels else [])])
        for number, (prompt, choices, label) in enumerate(made):
            begin = choices[0].split()[0]  # every choice begins with "the"
            endings = [choice.split(" ", 1)[1] for choice in choices]
            writer.writerow([number, f"v{number}", prompt, begin, *endings, *([label] if labels else [])])
    return path


def encoder(folder: pathlib.Path, **options) -> BertEncoder:
    """A native encoder of the tests' vocabulary, with its tokenizer; `folder` takes the vocabulary's file."""
    sizes = {"num_layers": 1, "hidden_size": 16, "num_heads": 2, "intermediate_size": 32, "max_positions": 64}
    options = {"initializer_range": 0.2, "seed": 3, "dropout": 0.0, "attention_dropout": 0.0, **options}
    made = BertEncoder(vocab_size=len(VOCABULARY), **sizes, **options)
    made.tokenizer = Tokenizer(write_vocabulary(folder))
    return made


def with_random_head(loaded, num_choices=3) -> MultipleChoice:
    model = MultipleChoice(loaded, num_choices, seed=4)
    model.scorer.kernel.assign(np.random.default_rng(5).normal(size=model.scorer.kernel.shape) * 2)
    return model


def write_model(folder: pathlib.Path, encoder: pathlib.Path) -> pathlib.Path:
    """Writes a model folder with a random head; the encoder is that of `tuned.write_encoder`."""
    folder.mkdir(parents=True)
    config = {"task": "swag", "seq_length": 24, "metric_names": ["accuracy"]}
    write_model_folder(folder, with_random_head(load_encoder(encoder)), config, {"accuracy": 0.5})
    return folder
