"""Multiple choice from a run to what is served: fine-tuning, evaluation, prediction, the command line, export."""

import json

import choices
import numpy as np
import pytest
import tensorflow as tf
import tuned

from bert_keras.encoders.load_encoder import load_encoder
from bert_keras.multiple_choice.choice_task import ChoiceTask
from bert_keras.multiple_choice.kind import MULTIPLE_CHOICE
from bert_keras.multiple_choice.load_choices import load_choices, load_swag
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_files import load_files
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.evaluate import evaluate
from bert_keras.running.export import export
from bert_keras.running.finetune import finetune
from bert_keras.running.folders.model_folder import write_model_folder
from bert_keras.running.loading.load import load

RECIPE = Recipe(epochs=2, batch_size=8, learning_rate=1e-3, dropout=0.0)


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tuned.write_encoder(tmp_path_factory.mktemp("encoder") / "encoder")


@pytest.fixture(scope="module")
def folder(tmp_path_factory, encoder):
    """A model folder with a random head."""
    path = tmp_path_factory.mktemp("model") / "swag"
    path.mkdir()
    config = {"task": "swag", "seq_length": 24, "metric_names": ["accuracy"]}
    write_model_folder(path, choices.with_random_head(load_encoder(encoder)), config, {"accuracy": 0.5})
    return path


@pytest.fixture(scope="module")
def predictor(folder):
    return load(folder, batch_size=4)


def test_names_and_rows_are_of_this_kind():
    assert MULTIPLE_CHOICE.name == "multiple_choice" and MULTIPLE_CHOICE.tasks == {"swag": load_swag}
    assert MULTIPLE_CHOICE.named("SWAG") == "swag" and MULTIPLE_CHOICE.named("squad/v1.1") is None
    assert MULTIPLE_CHOICE.opener("swag.csv") is None
    task = MULTIPLE_CHOICE.opener(choices.rows(20))()
    assert isinstance(task, ChoiceTask) and task.parts == ("train", "validation")


def test_a_run_writes_a_folder_that_answers(encoder, tmp_path):
    choices.write_swag(tmp_path / "train.csv", choices.rows(32))
    choices.write_swag(tmp_path / "val.csv", choices.rows(8, seed=1))
    said = []
    task = load_task("swag", data_dir=tmp_path, seq_length=32)
    result = finetune(task, encoder, tmp_path / "run", recipe=RECIPE, say=said.append)
    assert "  3 choices each: a batch is 24 rows of tokens" in said
    loaded = load(tmp_path / "run")
    assert loaded.config["kind"] == "multiple_choice" and loaded.config["num_choices"] == 3
    data = loaded.task_data("validation", data_dir=tmp_path)
    assert data.seq_length == 32 and evaluate(loaded.model, data) == pytest.approx(result.metrics)
    rows = choices.rows(8, seed=1)
    indices = [loaded(prompt, texts).index for prompt, texts, _ in rows]
    assert np.mean(np.array(indices) == data.split("validation").examples.labels) == result.metrics["accuracy"]
    with pytest.raises(ValueError, match=r"trained on.*.1 of 8."):
        loaded.task_data("validation", task=rows)
    own = loaded.task_data("validation", task=rows, trained_rows="keep")
    assert evaluate(loaded.model, own) == pytest.approx(result.metrics)


def test_own_rows_are_fine_tuned_on_as_they_are(encoder, tmp_path):
    task = load_files(choices.rows(32), seq_length=32)
    result = finetune(task, encoder, tmp_path / "run", recipe=RECIPE, say=lambda line: None)
    assert task.kind == "multiple_choice" and 0 <= result.metrics["accuracy"] <= 1
    assert load(tmp_path / "run").config["task"] == "choices"


def test_mistakes_are_named(predictor):
    four = load_choices(choices.rows(5, 4), predictor.model.encoder, seq_length=32)
    with pytest.raises(ValueError, match="`model` must be for choices, with num_choices=4"):
        evaluate(predictor.model, four, "train")
    with pytest.raises(ValueError, match="`data_dir` must be the folder with SWAG's files"):
        load_task("swag", predictor.model.encoder)
    with pytest.raises(ValueError, match=r"`task` must be of the kind multiple_choice.*a prompt and choices"):
        predictor.task_data(task="reviews.csv")


def test_an_export_takes_strings_and_any_number_of_choices(folder, predictor, tmp_path):
    served = tf.saved_model.load(export(folder, tmp_path / "served")).signatures["serving_default"]
    for count in (2, 3, 5):
        rows = choices.rows(4, count, seed=count)
        outputs = served(prompt=tf.constant([row[0] for row in rows]), choices=tf.constant([row[1] for row in rows]))
        wanted = predictor([row[0] for row in rows], [row[1] for row in rows])
        assert outputs["choice_id"].numpy().tolist() == [answer.index for answer in wanted]
        assert [text.decode() for text in outputs["choice"].numpy()] == [answer.choice for answer in wanted]
        np.testing.assert_allclose(outputs["probabilities"], [answer.probabilities for answer in wanted], atol=1e-5)
    nothing = served(prompt=tf.constant([], tf.string), choices=tf.zeros([0, 3], tf.string))
    assert nothing["probabilities"].shape == (0, 3)
    with pytest.raises(tf.errors.InvalidArgumentError, match="`choices` must have a row for each prompt"):
        served(prompt=tf.constant(["a", "b"]), choices=tf.constant([["c", "d"]]))


def test_the_command_line(command, folder, predictor, tmp_path):
    choices.write_swag(tmp_path / "val.csv", choices.rows(8, seed=1))
    status, out, error = command("predict", folder, "the dog", "was good", "is bad", "a tree")
    assert status == 0, error
    wanted = predictor("the dog", ["was good", "is bad", "a tree"])
    line = json.loads(out)
    assert (line["prompt"], line["choice"], line["index"]) == ("the dog", wanted.choice, wanted.index)
    assert line["probabilities"] == pytest.approx(wanted.probabilities, abs=1e-6)
    status, out, _ = command("predict", folder, "-", stdin=b"the dog\twas good\tis bad\na\tb\tc\td\n")
    assert status == 0 and [json.loads(line)["prompt"] for line in out.splitlines()] == ["the dog", "a"]
    status, _, error = command("predict", folder, "-", stdin=b"the dog\tone\n")
    assert status == 1 and "a prompt and two choices or more with tabs between, in line 1 of standard input" in error
    status, _, error = command("predict", folder, "the dog", "one")
    assert status == 1 and "`TEXT` must be a prompt and two choices or more" in error
    status, out, error = command("evaluate", folder, "--data-dir", tmp_path, "--json")
    assert status == 0, error
    assert 0 <= json.loads(out)["accuracy"] <= 1
