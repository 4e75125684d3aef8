"""Prompts with choices that can be learnt, and models of them, for the tests of multiple choice."""

import csv
import pathlib

import numpy as np
from encoders import VOCABULARY, write_vocabulary

from bert_keras.encoders.bert_encoder import BertEncoder
from bert_keras.multiple_choice.choice_predictor import ChoicePredictor
from bert_keras.multiple_choice.multiple_choice import MultipleChoice
from bert_keras.text.tokenizer import Tokenizer

NOUNS = "film book food room story dog cat house".split()
ENDINGS = ("was good.", "was not at the house.", "is a tree in the night.", "?")


def rows(count=24, choices=3, seed=0):
    """(prompt, choices, label): the right choice is the one with "good" in it."""
    random = np.random.default_rng(seed)
    prompts = []
    for number in range(count):
        noun, label = NOUNS[random.integers(len(NOUNS))], int(random.integers(choices))
        wrong = [f"the {noun} {ENDINGS[1 + (number + place) % 3]}" for place in range(choices)]
        wrong[label] = f"the {noun} {ENDINGS[0]}"
        prompts.append((f"we had the {noun} for {'a very ' * (number % 4)}long time", wrong, label))
    return prompts


def write_swag(path: pathlib.Path, prompts, labels=True) -> pathlib.Path:
    """A file in SWAG's layout, with columns that are not read."""
    count = len(prompts[0][1])
    names = ["", "video-id", "sent1", "sent2", *(f"ending{number}" for number in range(count))]
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([*names, *(["label"] if labels else [])])
        for number, (prompt, choices, label) in enumerate(prompts):
            begin = choices[0].split()[0]  # every choice begins with "the"
            endings = [choice.split(" ", 1)[1] for choice in choices]
            writer.writerow([number, f"v{number}", prompt, begin, *endings, *([label] if labels else [])])
    return path


def encoder(folder: pathlib.Path, **options) -> BertEncoder:
    """A native encoder of the tests' vocabulary, with its tokenizer; `folder` takes the vocabulary's file."""
    sizes = {"num_layers": 1, "hidden_size": 16, "num_heads": 2, "intermediate_size": 32, "max_positions": 64}
    options = {"initializer_range": 0.2, "seed": 3, "dropout": 0.0, "attention_dropout": 0.0, **options}
    native = BertEncoder(vocab_size=len(VOCABULARY), **sizes, **options)
    native.tokenizer = Tokenizer(write_vocabulary(folder))
    return native


def with_random_head(loaded, num_choices=3) -> MultipleChoice:
    model = MultipleChoice(loaded, num_choices, seed=4)
    model.scorer.kernel.assign(np.random.default_rng(5).normal(size=model.scorer.kernel.shape) * 2)
    return model


def predictor(folder: pathlib.Path, **options) -> ChoicePredictor:
    """A predictor with a random head; `folder` takes the vocabulary's file."""
    return ChoicePredictor(with_random_head(encoder(folder)), {"task": "swag", "seq_length": 24}, **options)
