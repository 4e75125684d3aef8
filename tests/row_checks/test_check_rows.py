"""`bk.check_rows` from files to a report, by tuned and by frozen encoders, and what it refuses."""

import numpy as np
import pytest
import questions

import bert_keras as bk
from bert_keras.row_checks.checking_recipe import FROZEN

NOUNS = "film book room food phone story".split()
COLOURS = "red green blue old new big small".split()
RECIPE = bk.Recipe(epochs=10, batch_size=8, learning_rate=2e-3, pooling="mean", native=True)
WRONG = 17  # the row whose label was turned round
QUIET = {"say": lambda line: None}


def rows():
    """Texts whose class is "good" or "poor", and nothing else; one label is wrong, and the last text is cut at 16."""
    texts = [
        f"the {noun} was {word} and the {other} {colour}"
        for noun, other in zip(NOUNS, NOUNS[1:] + NOUNS[:1], strict=True)
        for colour in COLOURS
        for word in ("good", "poor")
    ]
    labels = ["yes" if "good" in text else "no" for text in texts]
    labels[WRONG] = {"yes": "no", "no": "yes"}[labels[WRONG]]
    return [*texts, "the house and the tree and the dog and the cat and the night was good"], [*labels, "yes"]


def table(**options):
    texts, labels = rows()
    dev = {"text": [texts[4].upper(), "a poor day"], "label": [labels[4], "no"]}
    parts = {"train": {"text": texts, "label": labels}, "validation": dev}
    return bk.load_files(parts, **{"seq_length": 12, **options})


@pytest.fixture(scope="module")
def report(tiny_encoder):
    return bk.check_rows(table(), tiny_encoder, folds=2, recipe=RECIPE, **QUIET)


@pytest.fixture(scope="module")
def loaded(tiny_encoder):
    return bk.load_encoder(tiny_encoder)


def test_what_a_tuned_encoder_finds(report):
    assert report.parts == {"train": 85, "validation": 2} and report.how.endswith("fine-tuned, 2 folds")
    assert report.accuracy > 0.9
    first = report.wrong_labels[0]
    assert first.place.endswith(f"row {WRONG}") and (first.label, first.expected) == ("yes", "no")
    assert first.probability > 0.5 > first.label_probability
    (double,) = [item for item in report.doubles if item.part != item.other_part]
    assert double.other_place.endswith("row 4") and not double.labels_differ
    # "good" stands in 42 rows of "yes" and one of "no", "poor" the other way round.
    assert {(word.words, word.label) for word in report.telling_words} >= {("good", "yes"), ("poor", "no")}
    (cut,) = report.cut
    assert cut.place.endswith("row 84") and cut.words == ("good",) and cut.loses_answer
    assert (cut.tokens, cut.kept) == (18, 12)  # 16 words


def test_two_calls_are_equal_and_seeds_draw_other_folds(loaded):
    said = [bk.check_rows(table(), loaded, how=FROZEN, folds=2, seed=seed, **QUIET) for seed in (0, 0, 1)]
    assert said[0] == said[1] != said[2]
    assert any(item.place.endswith(f"row {WRONG}") for item in said[0].wrong_labels)


def test_frozen_vectors_of_pairs(loaded):
    texts, labels = rows()
    files = {"text": texts, "second": [text[::-1] for text in texts], "label": labels}
    chosen = bk.load_files(files, text="text", text_pair="second", validation_share=0, seq_length=32)
    report = bk.check_rows(chosen, loaded, how=FROZEN, **QUIET)
    assert report.parts == {"train": 85} and 0.5 < report.accuracy <= 1
    assert report.how.startswith("logistic regressions") and report.how.endswith("3 folds")
    assert report.cut and all(item.rest_probability is None for item in report.cut)


def test_questions(loaded, tmp_path):
    path = questions.write_json(tmp_path / "own.json", questions.examples(12))
    chosen = bk.load_files({"train": path, "validation": path}, **questions.WINDOWS)
    report = bk.check_rows(chosen, loaded)
    assert report.accuracy is None and report.parts == {"train": 12, "validation": 12}
    assert len([item for item in report.doubles if item.how == "the same text"]) == 12
    assert report.cut == ()


@pytest.mark.parametrize(
    ("task", "options", "message"),
    [
        ({"text": ["a", "b"], "label": [0.5, 1.5]}, {}, "`task` must be texts or pairs with one class each"),
        ("samples/entities", {}, "`task` must be texts or pairs with one class each.*token_classification"),
        ({"text": ["a", "b", "c"], "label": ["x", "x", "y"]}, {}, "`task` must have 2 different texts of each class"),
        (None, {"folds": 1}, "`folds` must be between 2 and 20"),
        (None, {"how": "frozn"}, "`how` must be one of 'tuned', 'frozen'"),
        (None, {"how": FROZEN, "recipe": RECIPE}, "`recipe` must be None with how='frozen'"),
        (None, {"encoder": {"num_layers": 1}}, "`encoder` must be one that has learned something"),
        (None, {"recipe": bk.Recipe(patience=2)}, "`patience` must be left at 0 for bk.check_rows"),
        (None, {"epochs": 3}, "`epochs` must be left out: check_rows takes .*recipe=bk.Recipe"),
    ],
)
def test_what_is_refused(task, options, message, tiny_encoder):
    if isinstance(task, dict):
        task = bk.load_files(task, validation_share=0)
    options = {"encoder": tiny_encoder, **options, **QUIET}
    with pytest.raises((TypeError, ValueError), match=message):
        bk.check_rows(table() if task is None else task, **options)


def test_an_encoder_that_is_loaded_is_tuned_once_alone(loaded):
    with pytest.raises(TypeError, match="`encoder` must be the name, address or folder of an encoder"):
        bk.check_rows(table(), loaded, **QUIET)


def test_rows_without_a_label_are_counted(loaded):
    parts = {"train": {"text": rows()[0], "label": rows()[1]}, "test": {"text": ["a red day", "a blue day"]}}
    report = bk.check_rows(bk.load_files(parts, validation_share=0), loaded, how=FROZEN, **QUIET)
    assert report.parts == {"train": 85, "test": 2} and "2 rows have no label to be looked at" in report.notes
    assert np.isfinite(report.accuracy)
