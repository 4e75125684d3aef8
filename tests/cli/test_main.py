"""The command line: what it prints, for people and for machines, and how it ends."""

import dataclasses
import json
import os
import re
import subprocess
import sys

import glue_files
import numpy as np
import pytest
import safetensors.numpy
import tuned
from encoders import VOCABULARY
from paths import ROOT
from typer.testing import CliRunner

import bert_keras.running.finetune
from bert_keras.cli.app import plain
from bert_keras.cli.main import app
from bert_keras.running.load import load
from bert_keras.text_classification.glue import glue_tasks

COMMANDS = ["finetune", "evaluate", "predict", "export", "encoders", "convert", "doctor", "plan", "vocab", "pretrain"]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("cli")


@pytest.fixture(scope="module")
def encoder(place):
    return tuned.write_encoder(place / "encoder")


@pytest.fixture(scope="module")
def models(place, encoder):
    made = {}

    def get(kind):
        if kind not in made:
            made[kind] = tuned.write_model(place / kind, encoder, kind)
        return made[kind]

    return get


def failed(result, *said):
    """Asserts status 1 and one message, no traceback."""
    status, out, err = result
    assert status == 1 and out == ""
    assert err.startswith("bert-keras: ") and "Traceback" not in err
    for pattern in said:
        assert re.search(pattern, err), err


class TestHelp:
    def test_it_lists_the_commands(self, command):
        status, out, _ = command("--help")
        assert status == 0 and all(re.search(rf"^  {name} ", out, re.M) for name in COMMANDS)

    @pytest.mark.parametrize("name", COMMANDS)
    def test_each_command_shows_an_example_of_itself(self, command, name):
        status, out, _ = command(name, "--help")
        assert status == 0 and f"Example: bert-keras {name}" in out

    def test_the_installed_script_is_this_function(self):
        setup = (ROOT / "setup.py").read_text(encoding="utf-8")
        assert "bert-keras=bert_keras.cli:main" in setup

    def test_what_is_no_command_or_option(self, command):
        status, _, err = command("fintune")
        assert status == 2 and "fintune" in err
        status, _, err = command("finetune", "glue/mrpc")
        assert status == 2 and "--encoder" in err


class TestFinetune:
    @pytest.fixture(scope="class")
    @classmethod
    def folder(cls, place, encoder):
        """A run as a user starts it."""
        options = ["--epochs", "1", "--batch-size", "16", "--seq-length", "24", "--limit", "16", "--seed", "5"]
        given = ["finetune", "samples/reviews", "--encoder", encoder, "--out", place / "run", "--native", *options]
        done = CliRunner().invoke(app, list(map(str, [*given, "--learning-rate", "0.002"])))
        assert done.exit_code == 0, done.output
        (place / "said").write_text(done.output)
        return place / "run"

    def test_it_trains_with_what_was_said(self, folder, place):
        config = json.loads((folder / "config.json").read_text())
        told = {
            name: config["recipe"][name] for name in ("epochs", "batch_size", "learning_rate", "seq_length", "seed")
        }
        assert told == {"epochs": 1, "batch_size": 16, "learning_rate": 0.002, "seq_length": 24, "seed": 5}
        assert config["limit"] == 16 and config["native"] is True
        said = (place / "said").read_text()
        assert "samples/reviews: 16 train, 56 validation" in said and "padding: " in said and "epoch 1/1" in said

    def test_the_flow(self, folder, command, tmp_path):
        metrics = json.loads((folder / "metrics.json").read_text())
        status, out, _ = command("evaluate", folder, "--json")
        assert status == 0 and json.loads(out) == pytest.approx(metrics, abs=1e-12)
        status, out, _ = command("evaluate", folder)
        assert status == 0 and re.search(rf"^accuracy +{metrics['accuracy']:.4f}$", out, re.M)
        status, out, _ = command("evaluate", folder, "--part", "test", "--json")
        assert status == 0 and set(json.loads(out)) == {"accuracy", "f1"}
        status, out, _ = command("predict", folder, "Not once did it fail.")
        assert status == 0 and json.loads(out)["text"] == "Not once did it fail."
        status, out, _ = command("export", folder, tmp_path / "served")
        assert status == 0 and out == f"{tmp_path / 'served'}\n" and (tmp_path / "served" / "saved_model.pb").is_file()
        failed(command("export", folder, tmp_path / "served"), "`out` must be new or empty")

    def test_mistakes(self, folder, command, encoder, tmp_path):
        def said(*patterns, task="samples/reviews", given=encoder, out=tmp_path / "out", more=()):
            failed(command("finetune", task, "--encoder", given, "--out", out, *more), *patterns)

        said("Did you mean .*mrpc", task="glue/mrcp")
        said("Did you mean 'samples/reviews'", task="sample/reviews")
        said("Did you mean .*bert_en_uncased_L-12_H-768_A-12", given="bert_en_uncased_L-12_H-768_A-1")
        said("`epochs` must be at least 1", more=["--epochs", "0"])
        said("`limit` must be at least 1", more=["--limit", "-3"])
        said("--resume .*--overwrite", out=folder)
        said("not be given together with overwrite", more=["--resume", "--overwrite"])
        said("`out` must be writable.*Nothing was written", out="/proc/model")
        said(r"SavedModel|saved_model.pb", given=tmp_path)
        said(r"hold the train split of 'mrpc'.*Leave data_dir out", task="glue/mrpc", more=["--data-dir", tmp_path])
        assert os.listdir(tmp_path) == []

    def test_an_interruption_says_how_to_go_on(self, command, encoder, tmp_path, monkeypatch):
        def interrupt(*args, **kwargs):
            raise KeyboardInterrupt

        monkeypatch.setattr(bert_keras.running.finetune, "load_for_run", interrupt)
        status, _, err = command("finetune", "samples/reviews", "--encoder", encoder, "--out", tmp_path / "out")
        assert status == 130
        assert err == "bert-keras: interrupted. `--resume` goes on after the last finished epoch.\n"


class TestEvaluate:
    def test_another_task_with_the_same_labels_only(self, command, models):
        failed(command("evaluate", models("single"), "--task", "glue/sst3"), "Did you mean")

    def test_other_labels(self, command, models, tmp_path):
        glue_files.write_all(tmp_path)
        result = command("evaluate", models("pairs"), "--task", "glue/wnli", "--data-dir", tmp_path)
        failed(
            result, r"`task` must have the labels of the model, \['not_equivalent', 'equivalent'\]", "not_entailment"
        )

    def test_both_parts_of_mnli(self, command, models, tmp_path):
        glue_files.write_all(tmp_path)
        status, out, _ = command("evaluate", models("mnli"), "--data-dir", tmp_path, "--json")
        assert status == 0 and set(json.loads(out)) == {"accuracy", "accuracy_mismatched"}

    def test_a_part_without_labels(self, command, models, tmp_path):
        glue_files.write_all(tmp_path)
        result = command("evaluate", models("pairs"), "--part", "test", "--data-dir", tmp_path)
        failed(result, "`part` must have labels.*leaderboard")

    def test_a_folder_that_is_none(self, command, tmp_path):
        failed(command("evaluate", tmp_path), "`folder` must be a model folder of bert_keras")


class TestPredict:
    def test_texts(self, command, models):
        status, out, _ = command("predict", models("single"), "a good film", "", "Коты! 🐈")
        assert status == 0
        answers = load(models("single"))(["a good film", "", "Коты! 🐈"])
        for line, text, answer in zip(out.splitlines(), ["a good film", "", "Коты! 🐈"], answers, strict=True):
            assert json.loads(line) == {
                "text": text,
                "label": answer.label,
                "score": pytest.approx(answer.score, abs=1e-6),
                "probabilities": pytest.approx(answer.probabilities, abs=1e-6),
            }
        assert "Коты! 🐈" in out

    def test_pairs(self, command, models):
        status, out, _ = command("predict", models("pairs"), "He left.", "He went.")
        assert status == 0 and json.loads(out).items() >= {"text": "He left.", "text_pair": "He went."}.items()
        failed(command("predict", models("pairs"), "a", "b", "c"), "`TEXT` must come in pairs for this model")

    def test_regression(self, command, models):
        status, out, _ = command("predict", models("regression"), "He left.", "He went.")
        answer = json.loads(out)
        assert status == 0 and answer["label"] is None and answer["probabilities"] is None
        assert answer["score"] == pytest.approx(load(models("regression"))("He left.", "He went.").score, abs=1e-6)

    def test_a_file_whose_lines_end_in_any_way(self, command, models, tmp_path):
        file = tmp_path / "texts.txt"
        file.write_bytes("\ufeffgood film\r\n\nline\u2028separator\x85here\nlast".encode())
        status, out, _ = command("predict", models("single"), "--file", file)
        assert status == 0
        texts = [json.loads(line)["text"] for line in out.splitlines()]
        assert texts == ["good film", "", "line\u2028separator\x85here", "last"]

    def test_standard_input(self, command, models):
        lines = [f"text number {place}" for place in range(1030)]  # more than are run together
        status, out, _ = command("predict", models("single"), "-", stdin="\n".join(lines).encode())
        assert status == 0 and [json.loads(line)["text"] for line in out.splitlines()] == lines
        status, out, _ = command("predict", models("pairs"), "-", stdin=b"a\tb\nc\td\n")
        assert [json.loads(line)["text_pair"] for line in out.splitlines()] == ["b", "d"]
        assert command("predict", models("single"), "-") == (0, "", "")

    def test_what_is_not_utf_8_is_named_by_line_and_byte(self, command, models, tmp_path):
        file = tmp_path / "texts.txt"
        file.write_bytes("fine\nna\xefve\n".encode("latin-1"))
        failed(
            command("predict", models("single"), "--file", file), "`file` must be UTF-8; line 2 of .*texts.txt.* byte 3"
        )
        failed(command("predict", models("single"), "-", stdin=b"\xff"), "line 1 of standard input is not, at byte 1")

    def test_a_line_that_is_no_pair_is_named(self, command, models):
        result = command("predict", models("pairs"), "-", stdin=b"a\tb\nalone\n")
        failed(result, "two texts with a tab between; line 2 of standard input has 1.*'alone'")
        failed(command("predict", models("pairs"), "-", stdin=b"a\tb\tc\n"), "line 1 of standard input has 3")

    def test_a_file_that_is_not_there(self, command, tmp_path):
        result = command("predict", tmp_path / "not even looked at", "--file", tmp_path / "texts.txt")
        failed(result, "`file` must be a file that can be read.*texts.txt.*No such file")

    @pytest.mark.parametrize(
        "given, said",
        [
            ([], "Give texts, or - for standard input, or --file, or --part"),
            (["a", "--file", "b"], "one of them"),
            (["a", "--part", "test", "--out", "c"], "one of them"),
            (["--part", "test"], "`out` must name the folder for the leaderboard files"),
            (["a", "--out", "c"], "--out and --task belong to --part"),
            (["a", "--task", "glue/ax"], "--out and --task belong to --part"),
            (["a", "-"], "give it alone"),
        ],
    )
    def test_options_that_contradict_each_other(self, command, tmp_path, given, said):
        failed(command("predict", tmp_path, *given), said)


class TestLeaderboard:
    """Files for the GLUE leaderboard, of test splits that have the real number of rows, or few where those are many."""

    def rows(self, path):
        header, *rows = path.read_text(encoding="utf-8").splitlines()
        assert header == "index\tprediction"
        assert [row.split("\t")[0] for row in rows] == [str(number) for number in range(len(rows))]
        return [row.split("\t")[1] for row in rows]

    def test_a_single_task(self, command, models, tmp_path):
        texts = [[str(n), f"The {'cat ' * (n % 7)}", f"A dog {n}."] for n in range(146)]
        glue_files.write(tmp_path / "WNLI" / "test.tsv", [["index", "sentence1", "sentence2"], *texts])
        result = command("predict", models("wnli"), "--part", "test", "--out", tmp_path / "out", "--data-dir", tmp_path)
        assert result == (0, f"{tmp_path / 'out' / 'WNLI.tsv'}\n", "")
        logits = load(models("wnli")).logits([row[1] for row in texts], [row[2] for row in texts])
        assert self.rows(tmp_path / "out" / "WNLI.tsv") == [str(label) for label in logits.argmax(axis=-1)]
        assert len(set(logits.argmax(axis=-1))) == 2

    def test_mnli_has_two_files_and_ax_is_predicted_by_its_model(self, command, models, tmp_path, monkeypatch):
        task = glue_tasks.GLUE_TASKS["mnli"]
        small = tuple(dataclasses.replace(s, rows=5) if s.name.startswith("test") else s for s in task.splits)
        monkeypatch.setitem(glue_tasks.GLUE_TASKS, "mnli", dataclasses.replace(task, splits=small))
        first = glue_files._MNLI_FIRST
        for name, word in {"matched": "cat", "mismatched": "dog"}.items():
            rows = [["x"] * 8 + [f"{word} " * n, f"good {word}"] for n in range(5)]
            glue_files.write(tmp_path / "MNLI" / f"test_{name}.tsv", [first, *rows])
        given = ["--part", "test", "--out", tmp_path / "out", "--data-dir", tmp_path]
        status, out, _ = command("predict", models("mnli"), *given)
        assert status == 0 and out.split() == [str(tmp_path / "out" / name) for name in ("MNLI-m.tsv", "MNLI-mm.tsv")]
        labels, predictor = tuned.KINDS["mnli"][1], load(models("mnli"))
        for name, word in {"m": "cat", "mm": "dog"}.items():
            wanted = predictor.logits([f"{word} " * n for n in range(5)], [f"good {word}"] * 5).argmax(axis=-1)
            assert self.rows(tmp_path / "out" / f"MNLI-{name}.tsv") == [labels[place] for place in wanted]

        rows = [[str(n), f"The {'cat ' * (n % 9)}", "It was good." if n % 2 else "No"] for n in range(1104)]
        glue_files.write(tmp_path / "diagnostic" / "diagnostic.tsv", [["index", "sentence1", "sentence2"], *rows])
        status, out, _ = command("predict", models("mnli"), *given, "--task", "glue/ax")
        assert status == 0 and out == f"{tmp_path / 'out' / 'AX.tsv'}\n"
        wanted = predictor.logits([row[1] for row in rows], [row[2] for row in rows]).argmax(axis=-1)
        assert self.rows(tmp_path / "out" / "AX.tsv") == [labels[place] for place in wanted]

    def test_a_task_without_files(self, command, models, tmp_path):
        result = command("predict", models("single"), "--part", "test", "--out", tmp_path / "out")
        failed(result, "must be a GLUE task, which has a file format")
        assert os.listdir(tmp_path) == []

    def test_a_part_that_the_leaderboard_does_not_take(self, command, models, tmp_path):
        glue_files.write_all(tmp_path / "data")
        given = ["--part", "validation", "--out", tmp_path / "out", "--data-dir", tmp_path / "data"]
        failed(
            command("predict", models("pairs"), *given), "`part` must be a part of glue/mrpc that the leaderboard takes"
        )
        assert not (tmp_path / "out").exists()


class TestOthers:
    def test_encoders(self, command):
        status, out, _ = command("encoders")
        assert status == 0 and out.startswith("name ")
        rows = [line.split() for line in out.splitlines()]
        row = next(
            row for row in rows if row[0] == "tensorflow/bert_en_uncased_L-12_H-768_A-12" or row[0].endswith("/4")
        )
        assert row[1:4] == ["12", "768", "12"]
        status, out, _ = command("encoders", "--json", "--language", "zh")
        entries = [json.loads(line) for line in out.splitlines()]
        assert status == 0 and entries and all(entry["language"] == "zh" for entry in entries)
        assert {"handle", "num_layers", "hidden_size", "num_heads", "parameters", "vocabulary"} <= set(entries[0])
        assert len(command("encoders", "--all")[1].splitlines()) > len(rows)
        failed(command("encoders", "--language", "klingon"), "language")

    def test_convert(self, command, tmp_path):
        folder = write_hugging_face(tmp_path / "bert")
        failed(command("convert", folder, tmp_path / "out"), "--uncased")
        status, out, _ = command("convert", folder, tmp_path / "out", "--uncased")
        assert status == 0 and out == f"{tmp_path / 'out'}\n"
        assert {"saved_model.pb", "assets/vocab.txt"} <= tuned.below(tmp_path / "out")
        failed(command("convert", folder, tmp_path / "out", "--uncased"), "must be new or empty")
        failed(command("convert", tmp_path / "nowhere", tmp_path / "other", "--uncased"), "nowhere")

    def test_doctor_ends_with_1_if_something_is_wrong(self, command, monkeypatch, tmp_path):
        monkeypatch.setenv("BERT_KERAS_CACHE", str(tmp_path / "cache"))
        status, out, _ = command("doctor")
        assert status == 0 and out.endswith("All is well.\n")
        monkeypatch.setenv("KERAS_BACKEND", "torch")
        status, out, _ = command("doctor")
        assert status == 1 and "PROBLEM  KERAS_BACKEND" in out

    def test_a_message_of_keras_loses_its_frame(self):
        told = "`inputs` must be a dict."
        framed = f"Exception encountered when calling TextClassifier.call().\n\n\x1b[1m{told}\x1b[0m\n\nArguments"
        assert plain(framed) == told
        assert plain("`a` must be b.") == "`a` must be b."

    def test_as_a_process(self, models):
        """Once as users run it: nothing of TensorFlow on standard output."""
        code = "from bert_keras.cli import main; main()"
        good = [sys.executable, "-c", code, "predict", str(models("single")), "a good film"]
        done = subprocess.run(good, capture_output=True, text=True, check=False)
        assert done.returncode == 0 and json.loads(done.stdout)["label"] in ("negative", "positive")


def write_hugging_face(folder):
    """A BERT of one layer with random weights, as `save_pretrained` writes it, without tokenizer_config.json."""
    folder.mkdir()
    width, inner, random = 8, 16, np.random.default_rng(0)
    config = {
        "model_type": "bert",
        "vocab_size": len(VOCABULARY),
        "hidden_size": width,
        "num_hidden_layers": 1,
        "num_attention_heads": 2,
        "intermediate_size": inner,
        "max_position_embeddings": 32,
        "type_vocab_size": 2,
        "hidden_act": "gelu",
        "layer_norm_eps": 1e-12,
    }
    dense = {
        "encoder.layer.0.attention.self.query": (width, width),
        "encoder.layer.0.attention.self.key": (width, width),
        "encoder.layer.0.attention.self.value": (width, width),
        "encoder.layer.0.attention.output.dense": (width, width),
        "encoder.layer.0.intermediate.dense": (inner, width),
        "encoder.layer.0.output.dense": (width, inner),
        "pooler.dense": (width, width),
    }
    norms = ["embeddings", "encoder.layer.0.attention.output", "encoder.layer.0.output"]
    shapes = {f"{name}.weight": shape for name, shape in dense.items()}
    shapes |= {f"{name}.bias": shape[:1] for name, shape in dense.items()}
    shapes |= {f"{name}.LayerNorm.{kind}": (width,) for name in norms for kind in ("weight", "bias")}
    tables = {"word": len(VOCABULARY), "position": 32, "token_type": 2}
    shapes |= {f"embeddings.{name}_embeddings.weight": (rows, width) for name, rows in tables.items()}
    tensors = {name: random.normal(size=shape).astype("float32") for name, shape in shapes.items()}
    safetensors.numpy.save_file(tensors, folder / "model.safetensors")
    (folder / "config.json").write_text(json.dumps(config))
    (folder / "vocab.txt").write_text("\n".join(VOCABULARY) + "\n")
    return folder
