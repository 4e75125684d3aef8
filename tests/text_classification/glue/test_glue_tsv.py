"""GLUE's TSV files: the layouts of all tasks, what is tolerated, and what is refused with file and line."""

import glue_files
import numpy as np
import pytest
from glue_files import FILES

from bert_keras.text_classification.glue.glue_tasks import GLUE_TASKS
from bert_keras.text_classification.glue.load_glue import load_glue
from bert_keras.text_classification.glue.read_glue import read_glue

MRPC_ROWS = [
    ["Quality", "#1 ID", "#2 ID", "#1 String", "#2 String"],
    ["1", "11", "12", "The mill shut .", '" The mill closed .'],
    ["0", "13", "14", "Ships sailed .", "A port opened ."],
    ["0", "15", "16", "Rain fell .", "Snow ."],
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return glue_files.write_all(tmp_path_factory.mktemp("glue"))


@pytest.mark.parametrize(("name", "split"), FILES, ids=["-".join(key) for key in FILES])
def test_every_layout(folder, name, split):
    file, _, texts, labels = FILES[name, split]
    examples = read_glue(name, split, folder)
    glue_files.assert_read(examples, texts, labels)
    assert examples.source == str(folder / file)
    if labels is not None:
        assert examples.labels.dtype == (np.float32 if name == "stsb" else np.int32)


def test_the_fixtures_cover_every_task():
    assert {name for name, _ in FILES} == set(GLUE_TASKS)


def test_the_folder_of_one_task(folder):
    direct = read_glue("mrpc", "train", folder / "MRPC")
    glue_files.assert_read(direct, *FILES["mrpc", "train"][2:])
    glue_files.assert_read(read_glue("ax", "test", str(folder / "diagnostic")), *FILES["ax", "test"][2:])


def test_the_folder_of_another_task_is_not_taken(folder):
    with pytest.raises(FileNotFoundError, match="must hold the validation split of 'rte'"):
        read_glue("rte", "validation", folder / "WNLI")


def test_ax_in_its_other_folder(tmp_path):
    glue_files.write(tmp_path / "AX" / "AX.tsv", FILES["ax", "test"][1])
    assert len(read_glue("ax", "test", tmp_path)) == 1


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_line_ends_and_byte_order_mark(tmp_path, start, end):
    path = glue_files.write(tmp_path / "CoLA" / "train.tsv", FILES["cola", "train"][1], end, start)
    path.write_bytes(path.read_bytes() + end.encode() * 2)  # and empty lines at the end
    glue_files.assert_read(read_glue("cola", "train", tmp_path), *FILES["cola", "train"][2:])


def test_no_line_end_at_the_end(tmp_path):
    path = glue_files.write(tmp_path / "CoLA" / "train.tsv", FILES["cola", "train"][1])
    path.write_bytes(path.read_bytes().removesuffix(b"\n"))
    assert len(read_glue("cola", "train", tmp_path)) == 2


def test_limit(folder):
    """The rows that a limit leaves come as they stand in the file."""
    rows = load_glue("mnli", data_dir=folder, limit=2, split_seed=1).rows(("train",))["train"]
    _, _, texts, labels = FILES["mnli", "train"]
    assert len(rows) == 2 and rows.ids.tolist() == sorted(rows.ids)
    assert list(zip(*rows.texts, strict=True)) == [texts[row] for row in rows.ids]
    assert rows.labels.tolist() == [labels[row] for row in rows.ids]
    assert len(load_glue("mnli", data_dir=folder, limit=9).rows(("train",))["train"]) == 3
    with pytest.raises(ValueError, match="`limit` must be at least 1"):
        load_glue("mnli", data_dir=folder, limit=0)


def test_mrpc_from_the_corpus_as_published(tmp_path):
    glue_files.write(tmp_path / "MRPC" / "msr_paraphrase_train.txt", MRPC_ROWS, start="\ufeff")
    glue_files.write(
        tmp_path / "MRPC" / "msr_paraphrase_test.txt", [MRPC_ROWS[0], ["1", "21", "22", "He won .", "He ."]]
    )
    with pytest.raises(FileNotFoundError, match=r"dev_ids.tsv, which says which are which"):
        read_glue("mrpc", "train", tmp_path)
    glue_files.write(tmp_path / "MRPC" / "dev_ids.tsv", [["13", "14"]])
    glue_files.assert_read(read_glue("mrpc", "train", tmp_path), *FILES["mrpc", "train"][2:])
    glue_files.assert_read(read_glue("mrpc", "validation", tmp_path), *FILES["mrpc", "validation"][2:])
    glue_files.assert_read(read_glue("mrpc", "test", tmp_path), [("He won .", "He .")], None)
    glue_files.write_all(tmp_path)  # the GLUE files come first
    assert read_glue("mrpc", "train", tmp_path).source.endswith("train.tsv")


def _damaged(tmp_path, name, split, line, fields):
    file, rows, _, _ = FILES[name, split]
    rows = [*rows[: line - 1], fields, *rows[line:]]
    glue_files.write(tmp_path / file, rows)
    return lambda: read_glue(name, split, tmp_path)


@pytest.mark.parametrize("fields", [["1", "11", "12", "The mill shut ."], ["1", "11", "12", "The", "mill", "shut ."]])
def test_a_row_of_the_wrong_length(tmp_path, fields):
    read = _damaged(tmp_path, "mrpc", "train", 3, fields)
    with pytest.raises(
        ValueError, match=rf"MRPC/train.tsv, line 3 must have 5 columns \(Quality, .*It has {len(fields)}. Mend"
    ):
        read()


def test_damaged_rows_of_qqp_name_the_mended_release(tmp_path):
    with pytest.raises(ValueError, match=r"line 2 must have 6 columns.*It has 2.*QQP-clean.zip"):
        _damaged(tmp_path, "qqp", "train", 2, ["Why?", "1"])()


def test_an_empty_line_between_rows(tmp_path):
    with pytest.raises(ValueError, match=r"SST-2/dev.tsv, line 2 must hold a row. It is empty"):
        _damaged(tmp_path, "sst2", "validation", 2, [""])()


@pytest.mark.parametrize(
    ("name", "split", "line", "fields", "expected"),
    [
        ("sst2", "validation", 3, ["tedious", "2"], "be one of '0', '1'. Received: label='2'"),
        ("sst2", "validation", 3, ["tedious", ""], "be one of '0', '1'. Received: label=''"),
        ("sst2", "validation", 3, ["tedious", "0.0"], "be one of '0', '1'"),
        ("sst2", "validation", 3, ["tedious", "-1"], "be one of '0', '1'"),
        ("sst2", "validation", 3, ["tedious", "negative"], "be one of '0', '1'"),
        ("cola", "train", 2, ["ab01", "x", "*", "Went the he."], "be one of '0', '1'"),
        (
            "rte",
            "train",
            2,
            ["0", "Two.", "One.", "1"],
            "be one of 'entailment', 'not_entailment'. Received: label='1'",
        ),
        ("mnli", "train", 4, [*["0"] * 8, "a", "b", "neutral", "-"], "be one of 'entailment', 'neutral', 'contradict"),
        ("stsb", "train", 3, ["1"] * 9 + ["5.5"], "be a number between 0 and 5. Received: label='5.5'"),
        ("stsb", "train", 3, ["1"] * 9 + ["nan"], "be a number between 0 and 5"),
        ("stsb", "train", 3, ["1"] * 9 + [""], "be a number between 0 and 5"),
    ],
)
def test_a_label_that_is_none(tmp_path, name, split, line, fields, expected):
    read = _damaged(tmp_path, name, split, line, fields)
    with pytest.raises(ValueError, match=rf"tsv, line {line}: `label` must {expected}"):
        read()


def test_a_missing_column(tmp_path):
    glue_files.write(tmp_path / "SST-2" / "dev.tsv", [["sentences", "label"], ["tedious", "0"]])
    with pytest.raises(ValueError, match=r"line 1 must name the column 'sentence'. Found: 'sentences', .*Did you mean"):
        read_glue("sst2", "validation", tmp_path)


def test_bytes_that_are_not_utf8(tmp_path):
    path = glue_files.write(tmp_path / "SST-2" / "dev.tsv", FILES["sst2", "validation"][1])
    path.write_bytes(path.read_bytes().replace(b"tedious", b"t\xe9dious"))
    with pytest.raises(ValueError, match=r"dev.tsv, line 3, byte 2: this must be utf-8.* Convert the file"):
        read_glue("sst2", "validation", tmp_path)


@pytest.mark.parametrize("rows", [[], [["sentence", "label"]]])
def test_a_file_without_rows(tmp_path, rows):
    glue_files.write(tmp_path / "SST-2" / "dev.tsv", rows)
    with pytest.raises(ValueError, match=r"dev.tsv must hold at least one row of sst2's validation split"):
        read_glue("sst2", "validation", tmp_path)
