"""What is said where a run has learned nothing: by its loss, or by its answers of the last epoch."""

import numpy as np

import bert_keras as bk
from bert_keras.metrics.classification import accuracy
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.training_run.nothing_learned import nothing_learned
from bert_keras.tuned.given_answers import GivenAnswers

DEFAULT = Recipe()
LABELS = np.arange(40) % 2
FALLING = [{"epoch": 1, "logs": {"loss": 0.7}}, {"epoch": 2, "logs": {"loss": 0.6}}]
FLAT = [{"epoch": 1, "logs": {"loss": 0.7}}, {"epoch": 2, "logs": {"loss": 0.71}}]


class Measured:
    """In place of an evaluator that was called."""

    def __init__(self, answers):
        self.answers = answers

    def last_answers(self):
        return None if self.answers is None else GivenAnswers(np.asarray(self.answers), LABELS, accuracy)


def told(answers, history, kind="text_classification", recipe=DEFAULT):
    return nothing_learned(kind, recipe, Measured(answers), history)


def test_each_reason_is_said_with_what_may_help():
    seeds = " Other seeds may, or another learning rate (bk.find_learning_rate), "
    ending = "layer_decay=0.9, reinit_layers=1, or more rows."
    start = "it seems that nothing was learned. "
    of_texts = f"{seeds}pooling='mean', {ending}"
    assert told([1] * 40, FALLING) == [f"{start}It gives every dev row the same answer.{of_texts}"]
    (line,) = told(LABELS[::-1], FALLING)  # none of them is right
    assert line.startswith(f"{start}Its answers score 0.0000 on the dev rows, and the same answers dealt out at random")
    (line,) = told(None, FLAT, "question_answering")
    assert line.startswith(f"{start}The loss of its training did not fall: 0.7000 in the first epoch, 0.7100 in the")
    assert line.endswith(seeds + ending)
    (line,) = told([1] * 40, FALLING, recipe=Recipe(pooling="mean", reinit_layers=2))
    assert line.endswith(f"{seeds}layer_decay=0.9, or more rows.")
    assert told([1] * 40, FALLING, recipe=Recipe(packed=True))[0].endswith(seeds + ending)


def test_nothing_is_said_of_what_has_learned_or_is_not_judged():
    assert told(LABELS, FALLING) == told(None, FALLING) == []
    assert told(None, FLAT, "masked_lm") == told(None, []) == []


def told_by_a_run(encoder, folder, dev, epochs):
    texts = [f"the {word} was {kind}" for word in ("food", "film", "dog", "night") for kind in ("good", "bad")] * 4
    parts = {"train": (texts, [int(text.endswith("good")) for text in texts]), "validation": dev}
    table = bk.load_files(
        {name: {"text": own, "label": labels} for name, (own, labels) in parts.items()}, text="text", seq_length=16
    )
    lines = []
    recipe = Recipe(epochs=epochs, batch_size=8, learning_rate=1e-2, native=True, seed=1)
    result = bk.finetune(table, encoder, folder, recipe=recipe, say=lines.append)
    return result.metrics["accuracy"], [line for line in lines if "nothing was learned" in line]


def test_a_run_says_it(encoder, tmp_path):
    """Dev texts that are all one text can have but one answer."""
    accuracy, lines = told_by_a_run(encoder, tmp_path / "run", (["good"] * 24, [0, 1] * 12), 1)
    assert accuracy == 0.5
    assert len(lines) == 1 and lines[0].startswith("it seems that nothing was learned. It gives every dev row the same")


def test_a_run_that_learns_does_not(encoder, tmp_path):
    dev = [f"the {word} was {kind}" for word in ("dog", "film", "food", "night") for kind in ("good", "bad")]
    assert told_by_a_run(encoder, tmp_path / "run", (dev * 3, [1, 0] * 12), 8) == (1.0, [])
