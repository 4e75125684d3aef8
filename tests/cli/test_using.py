"""Commands for models that are trained: what they print, for people and for machines."""

import csv
import dataclasses
import json
import os
import subprocess
import sys

import choices
import glue_files
import pytest
import tuned
from commands import failed

import bert_keras as bk
from bert_keras.running.folders.model_folder import write_model_folder
from bert_keras.running.loading.load import load
from bert_keras.text_classification.glue import glue_tasks


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
        assert status == 0 and set(json.loads(out)) == {"part", "rows", "accuracy", "accuracy_mismatched"}

    def test_a_part_without_labels(self, command, models, tmp_path):
        glue_files.write_all(tmp_path)
        result = command("evaluate", models("pairs"), "--part", "test", "--data-dir", tmp_path)
        failed(result, "`part` must have labels.*leaderboard")

    def test_a_folder_that_is_none(self, command, tmp_path):
        failed(command("evaluate", tmp_path), "`folder` must be a model folder of bert_keras")


class TestPredictTable:
    ROWS = 'id,review\n1,a good film\n2,"a bad, long book"\n3,the dog\n'

    def test_a_table_beside_its_own_columns(self, command, models, tmp_path):
        table, out = tmp_path / "reviews.csv", tmp_path / "answered.jsonl"
        table.write_text(self.ROWS)
        given = ["--text-column", "review", "--out", out]
        status, said, _ = command("predict", models("single"), table, *given, "--prefix", "p_")
        assert status == 0 and said == f"3 rows\n{out}\n"
        rows = [json.loads(line) for line in out.read_text().splitlines()]
        texts = ["a good film", "a bad, long book", "the dog"]
        assert [(row["id"], row["review"]) for row in rows] == list(zip("123", texts, strict=True))
        assert [row["p_label"] for row in rows] == [answer.label for answer in load(models("single"))(texts)]
        failed(command("predict", models("single"), table, *given), "`out` must be new.*--overwrite")
        assert command("predict", models("single"), table, *given, "--overwrite")[0] == 0
        assert "label" in json.loads(out.read_text().splitlines()[0])

    def test_choices_in_columns(self, command, tmp_path, encoder):
        model = choices.with_random_head(tuned.load_encoder(encoder))
        (tmp_path / "model").mkdir()
        config = {"task": "swag", "seq_length": 24, "metric_names": ["accuracy"]}
        write_model_folder(tmp_path / "model", model, config, {"accuracy": 1.0})
        table, out = tmp_path / "rows.tsv", tmp_path / "answered.csv"
        table.write_text("start\tone\ttwo\nit rains\ta good film\ta dog\n")
        given = ["--prompt-column", "start", "--choices-column", "one, two", "--out", out]
        assert command("predict", tmp_path / "model", table, *given)[0] == 0
        head, row = csv.reader(out.read_text().splitlines())
        assert head == ["start", "one", "two", "choice", "index", "score", "probabilities"]
        answer = load(tmp_path / "model")("it rains", ["a good film", "a dog"])
        assert row[3:5] == [answer.choice, str(answer.index)]

    def test_a_column_that_is_not_there_is_said_before_tensorflow_is_loaded(self, models, tmp_path):
        table = tmp_path / "reviews.csv"
        table.write_text(self.ROWS)
        given = ["predict", models("single"), table, "--text-column", "reviews", "--out", tmp_path / "out.csv"]
        code = "import sys; from bert_keras.cli import main; import atexit; "
        code += "atexit.register(lambda: print('tensorflow' in sys.modules)); main()"
        done = subprocess.run([sys.executable, "-c", code, *given], capture_output=True, text=True)
        assert done.returncode == 1 and done.stdout == "False\n"
        assert "There are: 'id', 'review'. Did you mean 'review'?" in done.stderr


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
        failed(command("predict", models("single"), "--file", file), r"texts\.txt, line 2, byte 3: this must be utf-8")
        result = command("predict", models("single"), "-", stdin=b"\xff")
        failed(result, "standard input, line 1, byte 1: this must be utf-8")

    def test_a_line_that_is_no_pair_is_named(self, command, models):
        result = command("predict", models("pairs"), "-", stdin=b"a\tb\nalone\n")
        failed(result, "two texts with a tab between; line 2 of standard input has 1.*'alone'")
        failed(command("predict", models("pairs"), "-", stdin=b"a\tb\tc\n"), "line 1 of standard input has 3")

    def test_a_file_that_is_not_there(self, command, tmp_path):
        result = command("predict", tmp_path / "not even looked at", "--file", tmp_path / "texts.txt")
        failed(result, "`file` must be a file that can be read.*texts.txt.*No such file")

    @pytest.mark.parametrize("option", ["--top-k", "--null-threshold"])
    def test_options_of_another_kind_of_model_name_the_kinds_that_take_them(self, command, models, option):
        name = option.strip("-").replace("-", "_")
        result = command("predict", models("single"), "a", option, 2)
        failed(result, f"`{name}` must be given to a model of question_answering only.*This is text_classification")

    @pytest.mark.parametrize(
        "given, said",
        [
            ([], "Give texts, or - for standard input, or --file, or --part"),
            (["a", "--file", "b"], "one of them"),
            (["a", "--part", "test", "--out", "c"], "one of them"),
            (["--part", "test"], "`out` must name the folder for the leaderboard files"),
            (["a", "--out", "c"], r"`out` must end in .csv, .tsv, .jsonl, .parquet. Received: out='c'"),
            (["a", "--task", "glue/ax"], "--task belongs to --part"),
            (["a", "b", "--out", "c.csv"], "`out` must be given with one table, as an argument"),
            (["--file", "a.csv", "--out", "c.csv"], "`out` must be given with one table, as an argument"),
            (["a.csv", "--out", "c.csv", "--top-k", "2"], "without --file, --task, --data-dir and --top-k"),
            (["a", "--text-column", "b"], "`text_column` must be given with a table and --out"),
            (["--part", "test", "--out", "c", "--resume"], "`resume` must be given with a table and --out"),
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


class TestScoresByClass:
    def test_of_a_classifier_they_are_printed(self, command, models):
        status, out, _ = command("evaluate", models("single"), "--by-class")
        assert status == 0
        rows = [line.split() for line in out.splitlines() if "support" in line]
        assert [row[0] for row in rows] == ["negative", "positive"]
        assert all({"precision", "recall", "f1", "roc_auc"} <= set(row) for row in rows)
        status, out, _ = command("evaluate", models("single"), "--by-class", "--json")
        found = json.loads(out)
        assert list(found["classes"]) == ["negative", "positive"] and len(found["confusion"]) == 2
        status, out, _ = command("evaluate", models("single"), "--json")
        assert "classes" not in json.loads(out)

    def test_of_a_file_of_keras_without_classes_they_are_refused_before_anything_is_scored(
        self, command, encoder, tmp_path, monkeypatch
    ):
        loaded = bk.load_encoder(encoder, native=True)
        texts, numbers = [f"the film number {row}" for row in range(20)], [row / 7 for row in range(20)]
        data = bk.load_files(texts, loaded, label=numbers, problem_type="regression", seq_length=16)
        model = bk.TextClassifier(loaded, problem_type="regression", num_classes=1)
        model.fit(data.train, epochs=1, verbose=0)
        model.save(tmp_path / "number.keras")
        monkeypatch.setattr(bk, "evaluate", lambda *arguments, **options: pytest.fail("it was scored"))
        status, out, err = command("evaluate", tmp_path / "number.keras", "--by-class")
        assert status == 1 and out == ""
        assert "`by_class` must be False but for classifiers of texts" in err and "This is of a number." in err
