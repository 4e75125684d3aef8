"""Multiple choice from a run to what is served: fine-tuning, evaluation, prediction, the command line, export."""

import json

import choices
import numpy as np
import pytest
import tensorflow as tf
import tuned
from tags import HOSTILE, Tags

from bert_keras.multiple_choice.choice_predictor import Choice
from bert_keras.multiple_choice.load_choices import load_choices
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.evaluate import evaluate
from bert_keras.running.export import export
from bert_keras.running.finetune import finetune
from bert_keras.running.load import load


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tuned.write_encoder(tmp_path_factory.mktemp("encoder") / "encoder")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    return choices.write_model(tmp_path_factory.mktemp("model") / "swag", encoder)


@pytest.fixture(scope="module")
def predictor(folder):
    return load(folder, batch_size=4)


def by_hand(predictor, prompt, texts):
    """Softmax over the scores of each pair alone."""
    model, make = predictor.model, predictor.model.encoder.preprocessor(24)
    kernel, bias = (weight.numpy() for weight in model.scorer.weights)
    pooled = [model.encoder(make([prompt], [text]))["pooled_output"].numpy()[0] for text in texts]
    logits = (np.array(pooled) @ kernel + bias)[:, 0]
    return np.exp(logits) / np.exp(logits).sum()


def test_a_run_writes_a_folder_that_answers(encoder, tmp_path):
    choices.write_swag(tmp_path / "train.csv", choices.rows(32))
    choices.write_swag(tmp_path / "val.csv", choices.rows(8, seed=1))
    recipe = Recipe(epochs=2, batch_size=8, learning_rate=1e-3, seq_length=32, dropout=0.0)
    said = []
    result = finetune("swag", encoder, tmp_path / "run", recipe=recipe, data_dir=tmp_path, say=said.append)
    assert "  3 choices each: a batch is 24 rows of tokens" in said
    loaded = load(tmp_path / "run")
    assert loaded.config["kind"] == "multiple_choice" and loaded.config["num_choices"] == 3
    data = loaded.task_data("validation", data_dir=tmp_path)
    assert evaluate(loaded.model, data) == pytest.approx(result.metrics)
    given = [loaded(prompt, texts).index for prompt, texts, _ in choices.rows(8, seed=1)]
    assert np.mean(np.array(given) == data.split("validation").examples.labels) == result.metrics["accuracy"]


def test_answers_are_softmax_over_each_pair_alone_for_any_number_of_choices(predictor):
    rows = [(prompt, texts[: 2 + place % 2]) for place, (prompt, texts, _) in enumerate(choices.rows(7))]
    rows.append(("the dog", [f"the {noun}" for noun in choices.NOUNS]))
    together = predictor([prompt for prompt, _ in rows], [texts for _, texts in rows])
    for (prompt, texts), answer in zip(rows, together, strict=True):
        wanted = by_hand(predictor, prompt, texts)
        np.testing.assert_allclose(answer.probabilities, wanted, atol=1e-5)
        assert answer.index == wanted.argmax() and answer.choice == texts[answer.index]
        assert answer.score == answer.probabilities[answer.index]
        assert predictor(prompt, texts).probabilities == pytest.approx(answer.probabilities, abs=1e-6)
    assert predictor([], []) == []


def test_mistakes_in_prompts_and_choices_are_named(predictor, tmp_path):
    with pytest.raises(ValueError, match="`choices` must be 2 or more"):
        predictor("a", ["b"])
    with pytest.raises(TypeError, match=r"`choices` must be str. Received: choices=3. It is number 1"):
        predictor(["a", "a"], [["b", "c"], ["b", 3]])
    with pytest.raises(ValueError, match="`choices` must be a list of lists of str, one for each of 2 prompts"):
        predictor(["a", "b"], [["c", "d"]])
    with pytest.raises(TypeError, match="`choices` must be a list of str"):
        predictor("a", "bc")
    with pytest.raises(TypeError, match="`prompt` must be str"):
        predictor([None], [["b", "c"]])
    four = load_choices(choices.rows(5, 4), predictor.model.encoder, seq_length=32)
    with pytest.raises(ValueError, match="`model` must be for choices, with num_choices=4"):
        evaluate(predictor.model, four, "train")


def test_an_export_takes_strings_and_any_number_of_choices(folder, predictor, tmp_path):
    served = tf.saved_model.load(export(folder, tmp_path / "served")).signatures["serving_default"]
    for count in (2, 3, 5):
        made = choices.rows(4, count, seed=count)
        given = served(prompt=tf.constant([row[0] for row in made]), choices=tf.constant([row[1] for row in made]))
        wanted = predictor([row[0] for row in made], [row[1] for row in made])
        assert given["choice_id"].numpy().tolist() == [answer.index for answer in wanted]
        assert [text.decode() for text in given["choice"].numpy()] == [answer.choice for answer in wanted]
        np.testing.assert_allclose(given["probabilities"], [answer.probabilities for answer in wanted], atol=1e-5)
    nothing = served(prompt=tf.constant([], tf.string), choices=tf.zeros([0, 3], tf.string))
    assert nothing["probabilities"].shape == (0, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="`choices` must have a row for each prompt"):
        served(prompt=tf.constant(["a", "b"]), choices=tf.constant([["c", "d"]]))


def test_the_command_line(command, folder, predictor, tmp_path):
    choices.write_swag(tmp_path / "val.csv", choices.rows(8, seed=1))
    status, out, error = command("predict", folder, "the dog", "was good", "is bad", "a tree")
    assert status == 0, error
    wanted = predictor("the dog", ["was good", "is bad", "a tree"])
    told = json.loads(out)
    assert (told["prompt"], told["choice"], told["index"]) == ("the dog", wanted.choice, wanted.index)
    assert told["probabilities"] == pytest.approx(wanted.probabilities, abs=1e-6)
    status, out, _ = command("predict", folder, "-", stdin=b"the dog\twas good\tis bad\na\tb\tc\td\n")
    assert status == 0 and [json.loads(line)["prompt"] for line in out.splitlines()] == ["the dog", "a"]
    status, _, error = command("predict", folder, "-", stdin=b"the dog\tone\n")
    assert status == 1 and "a prompt and two choices or more with tabs between, in line 1 of standard input" in error
    status, _, error = command("predict", folder, "the dog", "one")
    assert status == 1 and "`TEXT` must be a prompt and two choices or more" in error
    status, out, error = command("evaluate", folder, "--data-dir", tmp_path, "--json")
    assert status == 0, error
    assert 0 <= json.loads(out)["accuracy"] <= 1


def test_a_notebook_shows_the_choice_as_text():
    found = Tags(Choice(HOSTILE, 1, 0.75, (0.25, 0.75))._repr_html_())
    assert found.text == f"{HOSTILE}0 0.2501 0.750" and "script" not in found.names
