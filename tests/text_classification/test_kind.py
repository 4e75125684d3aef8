"""A user's own table from the file to the exported model: `bk.finetune`, `evaluate`, `load`, and the command line."""

import json

import pandas
import pytest
import tables
import tiny
import tuned

from bert_keras.data.tables.open_table import open_table
from bert_keras.features import PROBLEM_TYPES
from bert_keras.optimization.recipe import Recipe
from bert_keras.running.choosing.load_files import load_files
from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.evaluate import evaluate
from bert_keras.running.export import export
from bert_keras.running.finetune import finetune
from bert_keras.running.folders.folder_files import read_config
from bert_keras.running.loading.load import load
from bert_keras.text.tokenizer import Tokenizer
from bert_keras.text_classification.kind import TEXT_CLASSIFICATION
from bert_keras.text_classification.reviews import load_reviews, read_reviews

RECIPE = Recipe(epochs=1, batch_size=16, learning_rate=1e-3)
NATIVE = Recipe(epochs=1, batch_size=16, learning_rate=1e-3, native=True)


def quiet(_):
    pass


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return tuned.write_encoder(tmp_path_factory.mktemp("encoder") / "encoder")


@pytest.fixture(scope="module")
def reviews(tmp_path_factory):
    """The library's reviews as a user's CSV, with labels of their own."""
    folder = tmp_path_factory.mktemp("reviews")
    return {
        part: tables.write_csv(folder / f"{part}.csv", texts[:rows], labels[:rows])
        for part, rows, (texts, labels) in (("train", 96, library("train")), ("test", 40, library("test")))
    }


def library(part):
    rows = read_reviews(f"reviews_{part}.tsv")
    return list(rows.texts[0]), [("bad, I say", "good")[label] for label in rows.labels]


@pytest.fixture(scope="module")
def model_folder(encoder, reviews, tmp_path_factory):
    out = tmp_path_factory.mktemp("run") / "model"
    table = load_files(reviews["train"], text="review", label="stars", class_weight="balanced", seq_length=24)
    said = []
    result = finetune(table, encoder, out, recipe=RECIPE, say=said.append)
    assert set(result.metrics) == {"accuracy", "f1_macro"}
    text = "\n".join(said)
    assert "train.csv: 86 train, 10 validation" in text and "classes: 0 'bad, I say', 1 'good'" in text
    assert "held out of train" in text and "weights of the classes in training: bad, I say " in text
    return out


@pytest.mark.parametrize("problem_type", PROBLEM_TYPES)
def test_a_model_is_made_for_the_data(vocab_file, problem_type):
    data = tiny.task_data(Tokenizer(vocab_file), problem_type)
    recipe = Recipe(dropout=0.25, seed=5)
    model = TEXT_CLASSIFICATION.make_model(data, tiny.native_encoder(), recipe)
    assert (model.problem_type, model.num_classes, model.dropout, model.seed) == (
        problem_type,
        data.num_classes,
        0.25,
        5,
    )
    assert TEXT_CLASSIFICATION.name == model.kind == data.kind == "text_classification"
    assert TEXT_CLASSIFICATION.recipe_fields == (
        "dropout",
        "pooling",
        "reinit_layers",
        "label_smoothing",
        "teacher",
        "teacher_share",
        "packed",
        "r_drop",
        "focal",
    )


def test_labels_come_back_as_the_users_words(model_folder):
    config = read_config(model_folder)
    assert config["labels"] == ["bad, I say", "good"] and config["task"] == "train.csv"
    assert config["reading"] == {
        "text": "review",
        "text_pair": None,
        "label": "stars",
        "problem_type": "single_label_classification",
        "label_names": ["bad, I say", "good"],
        "label_separator": None,
    }
    assert load(model_folder)("the room was red").label in ("bad, I say", "good")


def test_another_file_of_the_kind_is_measured(model_folder, reviews):
    predictor = load(model_folder)
    texts, labels = (column[:40] for column in library("test"))
    right = sum(answer.label == label for answer, label in zip(predictor(texts), labels, strict=True))
    frame = pandas.DataFrame({"stars": labels, "review": texts})
    for task in (reviews["test"], str(reviews["test"]), open_table(frame), frame):
        data = predictor.task_data("test", task)
        assert evaluate(predictor.model, data, "test")["accuracy"] == pytest.approx(right / 40)
    with pytest.raises(ValueError, match=r"trained on .train.csv., which is not here: pass that"):
        predictor.task_data("test")
    frame["stars"] = "worse"
    with pytest.raises(ValueError, match=r"files, row 0: `label` must be one of the classes.*'worse'"):
        predictor.task_data("test", frame)


def test_the_command_line_from_file_to_answers(encoder, reviews, tmp_path, command):
    out = tmp_path / "model"
    options = ("--epochs", 1, "--batch-size", 16, "--seq-length", 24, "--learning-rate", 1e-3)
    columns = ("--text-column", "review", "--label-column", "stars")
    own = (reviews["train"], "--validation", reviews["test"], "--class-weight", "balanced")
    status, said, err = command("finetune", *own, "--encoder", encoder, "--out", out, *columns, *options)
    assert status == 0, err
    assert "train.csv+test.csv: 96 train, 40 validation" in said
    status, said, _ = command("evaluate", out, "--task", reviews["test"], "--part", "test", "--json")
    assert status == 0 and json.loads(said)["accuracy"] == read_config(out)["metrics"]["accuracy"]
    status, said, _ = command("predict", out, "the room was red")
    assert status == 0 and json.loads(said)["label"] in ("bad, I say", "good")
    assert command("export", out, tmp_path / "served")[0] == 0


def test_several_labels_and_numbers_train_and_export(encoder, tmp_path):
    texts, labels = (column[:48] for column in library("train"))
    several = [f"{label}|long" if len(text) > 70 else label for text, label in zip(texts, labels, strict=True)]
    numbers = [len(text) / 100 for text in texts]
    for kind, values, options in (("several", several, {"label_separator": "|"}), ("numbers", numbers, {})):
        table = load_files(texts, label=values, seq_length=24, **options)
        result = finetune(table, encoder, tmp_path / kind, recipe=RECIPE, say=quiet)
        answer = load(tmp_path / kind)("the room was red")
        if kind == "several":
            assert set(answer.probabilities) == {"bad, I say", "good", "long"} and "f1_micro" in result.metrics
        else:
            assert isinstance(answer.score, float) and answer.label is None and "pearson" in result.metrics
        export(tmp_path / kind, tmp_path / f"{kind}-served")


def test_a_file_trains_as_the_same_rows_of_a_task_do(encoder, tmp_path):
    files = {
        part: {"text": rows.texts[0], "label": [("negative", "positive")[label] for label in rows.labels]}
        for part, rows in load_reviews(limit=64).rows(("train", "validation")).items()
    }
    own = finetune(load_files(files, seq_length=24), encoder, tmp_path / "own", recipe=NATIVE, say=quiet)
    task = load_task("samples/reviews", limit=64, seq_length=24)
    named = finetune(task, encoder, tmp_path / "named", recipe=NATIVE, say=quiet)
    assert own.metrics["accuracy"] == named.metrics["accuracy"]
    assert tuned.same_weights(tmp_path / "own", tmp_path / "named")


def test_mistakes_of_the_command_line(encoder, reviews, tmp_path, command):
    broken = tmp_path / "broken.csv"
    broken.write_text("review,stars\na,good\nb,bad,worse\n")
    run = ("--encoder", encoder, "--out", tmp_path / "out")
    cases = [
        (
            (reviews["train"], "--text-column", "revue", *run),
            "`text` must be a column of train.csv. Received: text='revue'",
        ),
        ((reviews["train"], *run), "`label` must name the column of the labels"),
        ((broken, "--label-column", "stars", *run), "broken.csv, line 3: each row must have 2 columns"),
        (("glue/mrpc", "--text-column", "a", *run), "`text` must be left out for glue/mrpc, which is no table"),
        ((tmp_path / "none.csv", *run), "`files` must be a file that is there"),
    ]
    for arguments, words in cases:
        status, _, err = command("finetune", *arguments)
        assert status == 1 and words in err and "Traceback" not in err, (arguments, err)
    assert not (tmp_path / "out").exists()
