"""Commands that say what is wrong; `verify` has its test beside `bk.verify`. And `bert-keras check --learn`."""

import json

import pytest
import tiny

from bert_keras.cli.checking import is_task_name


def test_doctor_ends_with_1_if_something_is_wrong(command, monkeypatch, tmp_path):
    monkeypatch.setenv("BERT_KERAS_CACHE", str(tmp_path / "cache"))
    status, out, _ = command("doctor")
    assert status == 0 and out.endswith("All is well.\n")
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    status, out, _ = command("doctor")
    assert status == 1 and "PROBLEM  KERAS_BACKEND" in out


class TestLearning:
    @pytest.fixture
    def tables(self, tmp_path):
        train = tmp_path / "train.csv"
        rows = [f"the {noun} was {word},{word}" for noun in tiny.WORDS for word in ("good", "poor")]
        train.write_text("\n".join(["text,label", *rows, ""]), encoding="utf-8")
        dev = tmp_path / "dev.csv"
        dev.write_text(f"text,label\n{rows[3].upper().split(',')[0]},poor\na good day,good\n", encoding="utf-8")
        return train, dev

    def test_both_reports_and_a_file_of_all_findings(self, command, tables, encoder, tmp_path):
        out = tmp_path / "found.csv"
        learn = ("--learn", "--how", "frozen", "--folds", 2, "--encoder", encoder, "--out", out)
        status, said, _ = command("check", *tables, *learn)
        assert status == 0 and "train: " in said
        assert "likely wrong labels: " in said and f"all findings are in {out}" in said
        assert "dev.csv, line 2 (validation) has the same text as train.csv, line 5 (train)" in said
        assert out.read_text(encoding="utf-8").startswith("finding,")
        status, said, errors = command("check", *tables, *learn)
        assert status != 0 and "`out` must be a new file" in errors and said == ""

    def test_one_line_of_json(self, command, tables, encoder):
        options = ("--learn", "--how", "frozen", "--folds", 2, "--encoder", encoder, "--json")
        status, said, _ = command("check", tables[0], *options)
        told = json.loads(said)
        assert status == 0 and told["parts"]["train"]["rows"] == told["learned"]["parts"]["train"] == 2 * len(
            tiny.WORDS
        )

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--folds", 3), "`folds` must be left out without --learn"),
            (("--learn", "--how", "frozen", "--epochs", 3), "`epochs` must be left out with --how frozen"),
            (("--learn", "--folds", 1), "`folds` must be at least 2"),
            (("--learn", "--precision", "float8"), "`precision` must be one of"),
            (("--learn", "--data-dir", "data"), "`data_dir` must be left out for files"),
            (("--learn", "--out", "found.txt"), r"`out` must end in .jsonl or .csv"),
        ],
    )
    def test_what_is_refused(self, command, tables, options, message):
        status, _, errors = command("check", tables[0], *options)
        assert status != 0 and message in errors

    def test_names_of_tasks(self, command):
        assert is_task_name("glue/sst2") and not is_task_name("missing.csv") and not is_task_name(__file__)
        status, _, errors = command("check", "glue/sst2", "--learn", "--text-column", "sentence")
        assert status != 0 and "`text` must be left out for glue/sst2, which is no table of texts" in errors
