"""A whole run of tagging: folder, scores, the same again, own files, and the command line up to a served model."""

import json
import os
import pathlib
import subprocess
import sys

import pytest
import tagging
import tuned

from bert_keras.optimization.recipe import Recipe
from bert_keras.running.finetune import finetune
from bert_keras.running.load import load

RECIPE = Recipe(epochs=3, batch_size=8, learning_rate=3e-2, seq_length=16)
SERVE = """
import json, sys
import tensorflow as tf, tensorflow_text
served = tf.saved_model.load(sys.argv[1])
found = served.signatures["serving_default"](text=tf.constant(json.load(sys.stdin)))
print(json.dumps([[entry.decode() for entry in row if entry] for row in found["entity"].numpy().tolist()]))
assert "bert_keras" not in sys.modules
"""


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("tag finetuning")


@pytest.fixture(scope="module")
def encoder(place):
    return tuned.write_encoder(place / "encoder")


@pytest.fixture(scope="module")
def corpus(place):
    folder = place / "corpus"
    folder.mkdir()
    for name, rows in {
        "train": tagging.sentences(160),
        "dev": tagging.sentences(20, 1),
        "test": tagging.sentences(20, 2),
    }.items():
        (folder / f"{name}.conll").write_text(tagging.text_of(rows), encoding="utf-8")
    return folder


def run(corpus, encoder, out, **options):
    given = {"recipe": RECIPE, "native": True, "say": lambda line: None}
    return finetune(str(corpus), encoder, out, **{**given, **options})


@pytest.fixture(scope="module")
def tuned_run(corpus, encoder, place):
    lines = []
    return run(corpus, encoder, place / "run", say=lines.append), lines


def read(folder, name):
    return json.loads((pathlib.Path(folder) / name).read_text(encoding="utf-8"))


def test_the_folder_holds_tags_in_order_scores_and_the_sentences_facts(tuned_run):
    result, lines = tuned_run
    config = read(result.folder, "config.json")
    assert (config["kind"], config["task"], config["scheme"]) == ("token_classification", "corpus/", "bio")
    assert config["labels"] == list(tagging.TAGS) and config["metric_names"] == ["f1", "precision", "recall"]
    kept = {"label_pieces": "first", "tag_column": -1, "repair": False, "seq_length": 16, "num_classes": 5}
    assert {name: config[name] for name in kept} == kept
    assert read(result.folder, "metrics.json") == result.metrics and {"f1", "f1_THING"} < set(result.metrics)
    assert result.metrics["f1"] == max(entry["logs"]["val_f1"] for entry in result.history) > 0.1
    assert "  5 tags (bio): O B-ANIMAL I-ANIMAL B-THING I-THING" in lines
    assert any(line.startswith("  train: ") and "several windows" in line for line in lines)


def test_a_second_run_is_equal_to_the_bit(tuned_run, corpus, encoder, place):
    result, _ = tuned_run
    again = run(corpus, encoder, place / "again")
    assert again.metrics == result.metrics
    assert tuned.same_weights(pathlib.Path(result.folder), pathlib.Path(again.folder))


def test_the_command_line_trains_evaluates_predicts_and_exports(corpus, encoder, place, command):
    out, served = place / "cli", place / "served"
    sizes = ["--epochs", 2, "--batch-size", 8, "--learning-rate", "3e-2", "--seq-length", 16]
    files = [corpus / "train.conll", "--validation", corpus / "dev.conll"]
    code, said, error = command(
        "finetune", *files, "--encoder", encoder, "--out", out, *sizes, "--label-pieces", "all", "--native"
    )
    assert code == 0, error
    assert "token" in read(out, "config.json")["kind"] and read(out, "config.json")["label_pieces"] == "all"
    code, scores, error = command("evaluate", out, "--task", corpus, "--part", "test", "--json")
    assert code == 0, error
    assert {"f1", "precision", "recall"} < set(json.loads(scores))
    code, said, error = command("evaluate", out)
    assert code != 0 and "Pass the file (--task FILE)" in error
    text = "the new dog is not in the house. very good film, one tree"
    code, said, error = command("predict", out, text)
    predictor = load(out)
    entries = json.loads(said)["entities"]
    assert [entry["text"] for entry in entries] == [one.text for one in predictor(text)]
    assert all(text[entry["start"] : entry["end"]] == entry["text"] for entry in entries)
    code, said, error = command("predict", out, "--part", "test", "--task", corpus, "--out", place / "written")
    assert code == 0 and said.strip() == str(place / "written" / "test.conll")
    code, said, error = command("export", out, served)
    assert code == 0, error
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", SERVE, str(served)], input=json.dumps([text, ""]),
        capture_output=True, text=True, cwd="/", env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [[one.text for one in predictor(text)], []]


def test_a_model_is_not_evaluated_on_tags_that_it_has_not(tuned_run, place):
    other = place / "other.conll"
    other.write_text("dog B-COLOUR\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"be the labels of the model: O, B-ANIMAL.*B-COLOUR.*line 1 of other.conll"):
        load(tuned_run[0].folder).task_data("test", other)


@pytest.mark.parametrize(
    "options, words",
    [
        ({"recipe": Recipe(doc_stride=5)}, r"`doc_stride` must be left at 128 for .*no use for it"),
        ({"data_dir": "x"}, r"`data_dir` must be None for a file of your own"),
        ({"recipe": Recipe(tag_column=5)}, r"`tag_column` must be between -2 and 1"),
    ],
)
def test_what_has_no_use_is_refused(corpus, encoder, tmp_path, options, words):
    with pytest.raises(ValueError, match=words):
        run(corpus, encoder, tmp_path / "none", **options)


def test_only_taggers_take_the_fields_of_tags(encoder, tmp_path):
    with pytest.raises(ValueError, match="`label_pieces` must be left at first for samples/reviews"):
        tuned.run(encoder, tmp_path / "none", recipe=Recipe(label_pieces="all"))
