"""From a command's task and options to the data chosen; `bert-keras check` is in the tests of `check_files`."""

import dataclasses
import inspect
import json

import pytest

import bert_keras as bk
from bert_keras.cli.tasks import TASK_OPTIONS, reading_options, task_options
from bert_keras.running.kinds import KINDS

COLUMNS = {"text_column": "text", "label_column": "stars"}
DEFAULTS = {parameter.name: parameter.default for parameter in TASK_OPTIONS}
TABLE = "text,stars,much\n" + "".join(f"{word} {n},{word},{n}\n" for n in range(20) for word in ("good", "bad"))


def chosen(task, **options):
    """What a command's task and these options become, the others left as they are."""
    assert set(options) <= set(DEFAULTS)
    return bk.load_task(str(task), **task_options(str(task), {**DEFAULTS, **options}))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "reviews.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


class TestNames:
    def test_a_task_with_options_of_its_kind(self):
        task = chosen("samples/reviews", limit=3, seq_length=24, long_text="windows", max_windows=2, split_seed=5)
        assert (task.name, task.limit, task.seq_length, task.split_seed) == ("samples/reviews", 3, 24, 5)
        assert (task.long_text, task.max_windows) == ("windows", 2)
        task = chosen("samples/questions", doc_stride=9, max_query_length=8, max_answer_length=7)
        assert task.settings() == {"seq_length": 384, "doc_stride": 9, "max_query_length": 8, "max_answer_length": 7}
        assert len(chosen("samples/reviews", limit=3).rows(("train",))["train"]) == 3

    @pytest.mark.parametrize(("typed", "column"), [("ner", "ner"), ("2", 2), ("-1", -1), (None, -1)])
    def test_a_column_of_tags_is_a_number_or_a_name(self, typed, column):
        task = chosen("samples/entities", tag_column=typed, label_pieces="all", repair=True)
        assert task.tag_column == column
        assert task.label_pieces == "all" and task.repair is True
        assert chosen("samples/entities").repair is False

    def test_a_data_folder(self, tmp_path):
        with pytest.raises(FileNotFoundError, match=r"hold the train split of 'mrpc'"):
            chosen("glue/mrpc", data_dir=str(tmp_path)).rows(("train",))

    def test_what_a_task_has_no_use_for(self):
        with pytest.raises(
            TypeError, match=r"`doc_stride` must be left out for samples/reviews, of text_classification"
        ):
            chosen("samples/reviews", doc_stride=64)
        with pytest.raises(ValueError, match="`validation` must be None for samples/reviews, which has its own"):
            chosen("samples/reviews", validation="more.csv")

    @pytest.mark.parametrize("task", ["glue/mrpc", "squad/v1.1", "samples/reviews"])
    def test_options_of_a_table_are_refused(self, task):
        for option, name in {"text_column": "text", "class_weight": "class_weight", "separator": "separator"}.items():
            with pytest.raises(ValueError, match=f"`{name}` must be left out for {task}, which is no table of texts"):
                chosen(task, **{option: "x"})


class TestTables:
    def test_a_file_and_its_columns(self, table):
        task = chosen(table, weight_column="much", class_weight="balanced", limit=8, **COLUMNS)
        assert isinstance(task, bk.TextTable) and task.text_columns == ("text",)
        assert task.label_names == ("bad", "good") and task.limit == 8
        assert task.examples["train"].weights.max() > 2

    def test_shares_and_the_seed_that_draws_them(self, table):
        whole = chosen(table, **COLUMNS)
        assert {part: len(rows) for part, rows in whole.examples.items()} == {"train": 36, "validation": 4}
        shares = {"validation_share": 0.2, "test_share": 0.3}
        first, again, other = (chosen(table, split_seed=seed, **shares, **COLUMNS) for seed in (1, 1, 2))
        assert {part: len(rows) for part, rows in first.examples.items()} == {"train": 20, "validation": 8, "test": 12}
        assert first.split_seed == 1
        texts = [set(task.examples["test"].texts[0]) for task in (first, again, other)]
        assert texts[0] == texts[1] != texts[2]
        assert set(chosen(table, validation_share=0.0, **COLUMNS).examples) == {"train"}

    def test_another_file_that_measures(self, table, tmp_path):
        other = tmp_path / "other.csv"
        other.write_text("text,stars\na new one,good\n")
        task = chosen(table, validation=str(other), **COLUMNS)
        assert task.examples["validation"].texts[0] == ["a new one"] and len(task.examples["train"]) == 40

    def test_how_a_file_is_read(self, tmp_path):
        path, other = tmp_path / "odd.csv", tmp_path / "odd-dev.csv"
        path.write_bytes('"caf\xe9";good\n"th\xe9;bad\n'.encode("cp1252"))
        other.write_bytes("p\xe2t\xe9;bad\n".encode("cp1252"))
        reading = {"separator": ";", "encoding": "cp1252", "no_quotes": True, "columns": "text, stars"}
        task = chosen(path, validation=str(other), **reading, **COLUMNS)
        assert list(task.examples["train"].texts[0]) == ['"caf\xe9"', '"th\xe9']
        assert list(task.examples["validation"].texts[0]) == ["p\xe2t\xe9"]
        kept = {"separator": ";", "encoding": "cp1252", "columns": ["text", "stars"], "quotes": False}
        assert task.reading["file_options"] == kept
        assert task.origin.files == {"train": "odd.csv", "validation": "odd-dev.csv"}

    def test_classes_by_their_names(self, table):
        task = chosen(table, label_names="good, bad, so so", unknown_labels="leave_out", **COLUMNS)
        assert task.label_names == ("good", "bad", "so so")
        assert task.reading["unknown_labels"] == "leave_out"

    def test_a_column_that_is_not_there(self, table):
        with pytest.raises(ValueError, match=r"`label` must be a column of reviews\.csv.*Did you mean 'stars'"):
            chosen(table, text_column="text", label_column="star")


def test_options_that_read_are_taken_out_where_they_were_given():
    options = {**DEFAULTS, "columns": "a, b ,c", "no_quotes": True, "limit": 3}
    assert reading_options(options) == {"columns": ["a", "b", "c"], "quotes": False}
    assert options["limit"] == 3 and not {"columns", "no_quotes", "separator", "encoding"} & set(options)
    assert reading_options(dict(DEFAULTS)) == {}


def test_every_option_is_one_of_the_librarys_and_tells_its_default():
    """An option that is not given is not passed on: the library's default counts, and the help repeats it."""
    fields = {field.name: field for kind in KINDS.values() for field in dataclasses.fields(kind.task)}
    elsewhere = {"data_dir", "validation", "validation_share", "test_share", "text", "text_pair", "label", "weight"}
    elsewhere |= {"class_weight", "label_separator", "unlabelled", "unknown_labels"}
    elsewhere |= {"separator", "encoding", "no_quotes"}
    for parameter in TASK_OPTIONS:
        names = {parameter.name, parameter.name.removesuffix("_column")}
        assert names & (set(fields) | elsewhere), parameter.name
    told = {parameter.name: parameter.annotation.__metadata__[0].help for parameter in TASK_OPTIONS}
    for name in ("long_text", "max_windows", "doc_stride", "max_query_length", "max_answer_length", "label_pieces"):
        assert f"{fields[name].default}" in told[name] and "not given" in told[name]
    for kind in ("text_classification", "question_answering"):
        assert f"{inspect.signature(KINDS[kind].task).parameters['seq_length'].default}" in told["seq_length"]


def test_the_command_that_examines_a_table(command, table, encoder):
    status, said, _ = command("check", table, "--label-column", "stars", "--json")
    assert status == 0 and json.loads(said)["parts"]["train"]["rows"] == 40
    assert json.loads(said)["unit"] == "words"
    status, said, _ = command("check", table, "--label-column", "stars", "--encoder", encoder, "--json")
    assert status == 0 and json.loads(said)["unit"] == "tokens"
    status, said, _ = command("check", table, table, "--text-column", "text", "--label-column", "stars")
    assert status == 0 and "40 texts of validation stand in train" in said
    with table.open("a") as file:
        file.write("good,,1\nbad,,1\n")
    status, said, _ = command("check", table, "--label-column", "stars")
    assert status == 0 and "2 of 42 train rows have no label and are left out" in said
    with table.open("a") as file:
        file.write("good,-,1\nbad,-,1\n" + "bad,,1\n" * 4)
    status, said, _ = command("check", table, "--label-column", "stars", "--unlabelled=-")
    assert status == 1 and "without a label" in said and "2 of 48 train rows have the label '-'" in said
    status, _, error = command("check", table, "--label-column", "star")
    assert status == 1 and "Did you mean 'stars'" in error
