"""Labels that are smoothed or a teacher's: what is trained on, which runs go on, and what is refused before it runs."""

import dataclasses
import json

import numpy as np
import pytest
import tiny
import tuned
from encoders import write_vocabulary

from bert_keras.data.examples import Examples
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.kinds import KINDS
from bert_keras.running.loading.load import load
from bert_keras.running.save import save
from bert_keras.running.training_run.run import Run
from bert_keras.running.training_run.soften import check_soft, soften
from bert_keras.running.training_run.tuning import check_recipe
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.text_classifier import TextClassifier
from bert_keras.training.devices import Devices


@pytest.fixture(scope="module")
def teacher(encoder, place):
    return tuned.run(encoder, place / "teacher").folder


def softened(encoder, tmp_path, said=None, **fields):
    recipe = dataclasses.replace(tuned.RECIPE, **fields)
    say = (lambda line: None) if said is None else said.append
    return Run.prepare(tuned.reviews_task(), encoder, tmp_path / "out", recipe, None, False, False, say).data


def test_the_labels_that_are_trained_on(encoder, teacher, tmp_path):
    said = []
    recipe = {"label_smoothing": 0.2, "teacher": teacher, "teacher_share": 0.25}
    data = softened(encoder, tmp_path, said, **recipe)
    split = data.split("train")
    taught = load(teacher).probabilities(list(split.examples.texts[0]))
    labels = np.asarray(split.examples.labels)
    hard = 0.8 * np.eye(2)[labels] + 0.1
    np.testing.assert_allclose(split.targets(), 0.75 * hard + 0.25 * taught, atol=1e-6)
    agree = (taught.argmax(axis=1) == labels).mean()
    assert f"  the teacher {teacher} has answered 32 train rows, {agree:.1%} as they are labelled" in said
    assert data.split("validation").soft is None
    features, targets = next(iter(data.train))
    assert targets.shape == (len(features["input_word_ids"]), 2)
    np.testing.assert_allclose(np.sum(targets, axis=1), 1.0, atol=1e-6)


def test_a_teacher_whose_classes_stand_in_another_order(encoder, teacher, tmp_path, monkeypatch):
    data = softened(encoder, tmp_path)
    turned = dataclasses.replace(data, label_names=tuple(reversed(data.label_names)))
    alone = Recipe(teacher=teacher, teacher_share=1.0)
    one, other = (soften(d, alone, print).split("train").soft for d in (data, turned))
    np.testing.assert_allclose(one, other[:, ::-1], atol=1e-6)


def test_a_run_is_taught_goes_on_and_says_by_whom(encoder, teacher, tmp_path):
    recipe = dataclasses.replace(tuned.RECIPE, teacher=teacher, teacher_share=0.9, label_smoothing=0.1)
    result = tuned.run(encoder, tmp_path / "out", recipe=recipe)
    config = json.loads((tmp_path / "out" / "config.json").read_text())
    assert config["recipe"]["teacher"] == "teacher" and config["recipe"]["teacher_share"] == 0.9
    plain = tuned.run(encoder, tmp_path / "plain")
    assert result.history[0]["logs"]["loss"] != plain.history[0]["logs"]["loss"]
    words = "labels smoothed by 0.1; 90% of each label is the answer of teacher"
    assert words in (tmp_path / "out" / "README.md").read_text()
    again = tuned.run(encoder, tmp_path / "again", recipe=recipe)
    assert again.history == result.history


def test_on_static_shapes(encoder, tmp_path):
    recipe = dataclasses.replace(tuned.RECIPE, epochs=1, label_smoothing=0.1)
    result = tuned.run(encoder, tmp_path / "out", recipe=recipe, devices=Devices(static_shapes=True))
    assert np.isfinite(result.history[0]["logs"]["loss"])


def regression(labels=(0.5, 1.0, 2.0, 3.0)):
    texts = tiny.sentences(len(labels))
    rows = Examples((texts,), np.array(labels, "float32"), np.arange(len(labels)), "small.tsv")
    return tiny.text_task({"train": rows, "validation": rows}, "regression", seq_length=16)


def test_of_regression_the_teachers_numbers(encoder, tmp_path):
    loaded = tiny.native_encoder()
    loaded.tokenizer = Tokenizer(write_vocabulary(tmp_path))
    data = regression().load(loaded, batch_size=4)
    model = TextClassifier(loaded, 1, "regression")
    model.fit(data, verbose=0)
    save(model, tmp_path / "numbers")
    said = []
    recipe = Recipe(teacher=str(tmp_path / "numbers"))
    check_soft(recipe, regression())
    found = soften(data, recipe, said.append).split("train").soft
    taught = load(tmp_path / "numbers").probabilities(list(data.split("train").examples.texts[0]))[:, 0]
    np.testing.assert_allclose(found, 0.5 * np.array([0.5, 1.0, 2.0, 3.0]) + 0.5 * taught, atol=1e-6)
    assert "away in the mean" in said[0]
    with pytest.raises(ValueError, match=r"`label_smoothing` must be left at 0 for .*, whose rows have not one class"):
        check_soft(Recipe(label_smoothing=0.1), regression())


def test_what_is_refused_before_anything_is_read(encoder, teacher, tmp_path):
    reviews, topics = tuned.reviews_task(), regression()
    for recipe, task, words in (
        (Recipe(teacher_share=0.7), reviews, r"`teacher_share` must be left at 0.5 without a teacher.*=0.7"),
        (Recipe(teacher="nowhere"), reviews, r"The teacher cannot be used: `folder` must .*folder='nowhere'"),
        (Recipe(teacher=teacher), topics, r"`teacher` must be a model folder for what .* is, .*'regression'.* It has "),
    ):
        with pytest.raises(ValueError, match=words):
            check_soft(recipe, task)
    with pytest.raises(ValueError, match=r"`teacher` must have the labels of samples/reviews, .* It has \['negative'"):
        check_soft(Recipe(teacher=teacher), dataclasses.replace(reviews, label_names=("bad", "good")))
    words = r"`label_smoothing` must be left at 0.0 for conll2003, which has no use for it"
    with pytest.raises(ValueError, match=words):
        check_recipe(Recipe(label_smoothing=0.1), KINDS["token_classification"], "conll2003")
