"""Where a report may be written, and what is said before anything heavy is loaded."""

import os
import subprocess
import sys

import pytest

from bert_keras.inspection.reporting.page import page
from bert_keras.inspection.reporting.report_file import check_report_file, write_report_file
from bert_keras.running.folders.folder_files import _OURS, REPORT


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    return tmp_path / "model"


def test_a_report_is_made_again_and_nothing_else_is_replaced(folder, tmp_path):
    assert check_report_file(folder, None, "test") == folder / "report.html"
    file = check_report_file(folder, tmp_path / "new" / "a.htm", "train")
    write_report_file(file, page("x", "", [], [], ""))
    assert check_report_file(folder, file, "test") == file and os.listdir(file.parent) == ["a.htm"]
    (tmp_path / "mine.html").write_text("<p>mine</p>")
    with pytest.raises(FileExistsError, match=r"`out` must be new, or a report that is made again.*mine\.html"):
        check_report_file(folder, tmp_path / "mine.html", "test")
    (tmp_path / "a.html").mkdir()
    with pytest.raises(FileExistsError, match="`out` must be new, or a report"):
        check_report_file(folder, tmp_path / "a.html", "test")


@pytest.mark.parametrize(
    "arguments, error, said",
    [
        ((None, None, "test"), TypeError, "`folder` must be a path"),
        (("nowhere", None, "test"), ValueError, "`folder` must be a model folder of bert_keras.*no such folder"),
        ((".", None, "test"), ValueError, "`folder` must be a model folder of bert_keras.*It holds no config.json"),
        (("model", 3, "test"), TypeError, "`out` must be a path"),
        (("model", "report.pdf", "test"), ValueError, "`out` must be the name of an HTML file.*report.html"),
        (("model", None, "dev"), ValueError, "`part` must be one of 'train', 'validation', 'test'"),
    ],
)
def test_mistakes(folder, tmp_path, monkeypatch, arguments, error, said):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(error, match=said):
        check_report_file(*arguments)


def test_a_disk_that_cannot_be_written_leaves_what_was_there(folder, monkeypatch):
    file = folder / "report.html"
    file.write_text("before")
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match=r"`out` must .*No report was written"):
        write_report_file(file, "after")
    assert file.read_text() == "before" and sorted(os.listdir(folder)) == ["config.json", "report.html"]


def test_half_a_surrogate_pair_is_written_as_a_number(folder):
    write_report_file(folder / "report.html", "a\ud800b")
    assert (folder / "report.html").read_bytes() == b"a&#55296;b"


def test_it_says_what_the_rest_says():
    assert REPORT in _OURS


def test_it_imports_nothing_heavy():
    code = (
        "import sys, bert_keras.inspection.reporting.report_file; print('numpy' in sys.modules, 'keras' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "False False"
