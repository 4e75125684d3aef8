"""`PartFolder`: pieces that are kept, gone on with and put together; and which files may be written."""

import os

import pytest

from bert_keras.data.tables.table_form import TableForm
from bert_keras.running.part_folder import PartFolder, check_out_file, part_path


def parts(tmp_path, ending=".csv"):
    return PartFolder(tmp_path / f"out{ending}", TableForm(ending, ["a"]))


@pytest.mark.parametrize("ending", [".csv", ".jsonl", ".parquet"])
def test_pieces_become_the_file_and_the_folder_goes(tmp_path, ending):
    own = parts(tmp_path, ending)
    with own.begun({"model": 1}, resume=False) as done:
        assert done == 0
        own.add(0, 2, {"a": ["x", "y"]})
        own.add(2, 3, {"a": ["z"]})
        assert not own.out.exists()
        own.finish()
    assert os.listdir(tmp_path) == [own.out.name]
    if ending == ".csv":
        assert own.out.read_text() == "a\nx\ny\nz\n"


def test_finished_rows_are_kept_up_to_the_first_gap(tmp_path):
    own = parts(tmp_path)
    with own.begun({"model": 1}, resume=True):
        own.add(0, 2, {"a": ["x", "y"]})
        own.add(2, 3, {"a": ["z"]})
        own.add(4, 5, {"a": ["beyond"]})
        (own.path / ".rows-000000000003-000000000004.csv").write_text("half a li")
    with parts(tmp_path).begun({"model": 1}, resume=True) as done:
        assert done == 3
        own.add(3, 4, {"a": ["w"]})
    with parts(tmp_path).begun({"model": 1}, resume=True) as done:
        assert done == 5
        own.finish()
    assert own.out.read_text() == "a\nx\ny\nz\nw\nbeyond\n"


def test_a_run_that_does_not_resume_begins_anew(tmp_path):
    own = parts(tmp_path)
    with own.begun({"model": 1}, resume=False):
        own.add(0, 2, {"a": ["x", "y"]})
    with parts(tmp_path).begun({"model": 2}, resume=False) as done:
        assert done == 0


def test_another_run_is_not_gone_on_with(tmp_path):
    with parts(tmp_path).begun({"model": 1, "columns": ("a",)}, resume=False):
        pass
    with parts(tmp_path).begun({"model": 1, "columns": ("a",)}, resume=True):
        pass
    words = r"`resume` must be left out where the interrupted run was another.*model was 1 and is 2\..*--overwrite"
    with (
        pytest.raises(ValueError, match=words),
        parts(tmp_path).begun({"model": 2, "columns": ("a",)}, resume=True),
    ):
        pass
    for content in ("", "[1]", "[" * 100_000):
        (note,) = tmp_path.rglob("run.json")
        note.write_text(content)
        words = r"`resume` must be left out where the note of the interrupted run, run.json, is damaged.*--overwrite"
        with pytest.raises(ValueError, match=words), parts(tmp_path).begun({"model": 1}, resume=True):
            pass


def test_one_process_at_a_time(tmp_path):
    with (
        parts(tmp_path).begun({}, resume=True),
        pytest.raises(FileExistsError, match=f"no other run is writing.*process {os.getpid()}"),
        parts(tmp_path).begun({}, resume=True),
    ):
        pass


def test_files_that_may_be_written(tmp_path):
    out = tmp_path / "out.csv"
    assert check_out_file("in.csv", str(out), False, False) == out
    assert check_out_file("in.csv", out, True, False) == out
    part_path(out).mkdir()
    with pytest.raises(FileExistsError, match=r"out.csv.part is of an interrupted run: pass --resume"):
        check_out_file("in.csv", out, False, False)
    assert check_out_file("in.csv", out, True, False) == check_out_file("in.csv", out, False, True) == out
    out.write_text("a\n")
    assert check_out_file("in.csv", out, True, False) == out  # a run that overwrites was interrupted
    part_path(out).rmdir()
    with pytest.raises(FileExistsError, match=r"`out` must be new.*Pass --overwrite"):
        check_out_file("in.csv", out, False, False)
    with pytest.raises(FileExistsError, match=r"`out` must be new.*It is whole: there is no run to go on with"):
        check_out_file("in.csv", out, True, False)
    assert check_out_file("in.csv", out, False, True) == out


@pytest.mark.parametrize(
    ("out", "error", "words"),
    [
        ("out.xlsx", ValueError, r"`out` must end in .csv, .tsv, .jsonl, .parquet"),
        ("out", ValueError, r"`out` must end in"),
        ("in.csv", ValueError, "`out` must be another file than the one that is read"),
        ("a/../in.csv", ValueError, "`out` must be another file"),
        ("missing/out.csv", FileNotFoundError, r"There is no folder .*missing: make it first"),
        ("folder.csv", FileExistsError, "There is a folder of that name"),
    ],
)
def test_files_that_may_not(tmp_path, out, error, words):
    for name in ("a", "folder.csv"):
        (tmp_path / name).mkdir()
    with pytest.raises(error, match=words):
        check_out_file(tmp_path / "in.csv", tmp_path / out, False, False)


def test_what_is_no_path_and_both_at_once(tmp_path):
    with pytest.raises(TypeError, match="`out` must be the path of a file"):
        check_out_file("in.csv", None, False, False)
    with pytest.raises(ValueError, match="`resume` must not be given together with overwrite"):
        check_out_file("in.csv", tmp_path / "out.csv", True, True)
