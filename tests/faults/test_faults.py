"""Folders are replaced whole or not at all, whichever file call a writer dies at, and when the disk is full.

Runs and exports that die at their file calls, and are started again, end as those that nothing killed.

A sample of the deaths; `make faults` has all of them, and those of the process that puts things right, too.
"""

import json
import os
import pathlib
import shutil
import subprocess
import sys
import textwrap

import pytest
import tuned
from paths import ROOT

HERE = pathlib.Path(__file__).parent
ALL = os.environ.get("BERT_KERAS_FAULTS") == "all"
SCENARIOS = [f"{begins} {how}" for begins in ("absent", "empty", "old") for how in ("exchanged", "renamed")]
SAMPLE = 7  # every seventh call of each scenario
DEATHS = {"native": 400, "hub": 300, "pretrain": 250, "export": 100} if ALL else {"native": 2}  # of starts


@pytest.fixture(scope="module")
def library(tmp_path_factory):
    compiler = shutil.which("cc")
    if compiler is None or not sys.platform.startswith("linux"):
        pytest.skip("the library that ends processes at a file call needs Linux and a C compiler (cc)")
    out = tmp_path_factory.mktemp("faults") / "faults.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", out, HERE / "faults.c", "-ldl"], check=True)
    return out


def python(library, *arguments):
    environment = {**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(ROOT)}
    command = [sys.executable, *map(str, arguments)]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=10_000)
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout


def driven(library, folder, scenario, how, step=1 if ALL else SAMPLE, *more):
    found = json.loads(python(library, HERE / "drive.py", folder, scenario, how, step, *more))
    if ALL:
        print(f"{scenario}, {how} {' '.join(more)}: {found['kills']} of {found['calls']} calls; {found['ends']}")
    return found


@pytest.mark.parametrize(
    ("scenario", "how"),
    [(scenario, "kill") for scenario in SCENARIOS]
    + [(scenario, "half") for scenario in (SCENARIOS if ALL else ["old exchanged"])],
)
def test_after_any_death_the_folder_is_the_old_or_the_new_one(library, tmp_path, scenario, how):
    found = driven(library, tmp_path, scenario, how)
    assert found["wrong"] == [] and found["kills"] == sum(found["ends"].values()) >= 5
    assert min(found["ends"].values()) > 0  # some deaths are before the change and some behind it


@pytest.mark.parametrize("how", ["full", "full once"])
def test_a_full_disk_is_an_error_and_leaves_what_was_there_and_nothing_else(library, tmp_path, how):
    for scenario in SCENARIOS if ALL else ["old exchanged"]:
        found = driven(library, tmp_path, scenario, how, 1)
        assert found["wrong"] == [] and found["kills"] == found["ends"]["old"] > 10


def test_a_death_while_a_death_is_mended_is_mended_too(library, tmp_path):
    for scenario in SCENARIOS if ALL else ["old renamed"]:
        found = driven(library, tmp_path, scenario, "kill", 1 if ALL else 13, "twice")
        assert found["wrong"] == [] and sum(found["ends"].values()) > 4


def test_the_harness_finds_a_library_without_care_wanting(library, tmp_path):
    found = driven(library, tmp_path, "old careless", "kill", 1)
    assert any(files == [] for _, files, *_ in found["wrong"])  # a death that lost the old one and the new one


def test_the_disk_has_all_files_and_folders_before_the_change_and_the_names_after_it(library, tmp_path):
    calls = tmp_path / "calls"
    code = f"""
        import ctypes, os, pathlib
        from bert_keras import disk
        faults = ctypes.CDLL(None)
        (pathlib.Path({str(tmp_path)!r}) / "model").mkdir()
        faults.fault_report(os.open({str(calls)!r}, os.O_WRONLY | os.O_CREAT))
        with disk.replacing({str(tmp_path / "model")!r}) as new:
            (new / "deep").mkdir()
            for name in ("one", "deep/two"):
                (new / name).write_text(name)
    """
    python(library, "-c", textwrap.dedent(code))
    told = [line.split("\t") for line in calls.read_text().splitlines()]
    names = [call for call, *_ in told]
    if "exchange" not in names:
        pytest.skip("this C library has no renameat2")
    change = names.index("exchange")
    place = tmp_path / ".model.bert_keras"
    before = {path for call, path, _ in told[:change] if call == "fsync"}
    assert before >= {str(place / path) for path in ("", "new", "new/one", "new/deep", "new/deep/two")}
    after = [path for call, path, _ in told[change:] if call == "fsync"]
    assert str(tmp_path) in after and str(place) in after
    for name in ("one", "deep/two"):  # nothing is written after it was brought to the disk
        path = str(place / "new" / name)
        last_write = max(i for i, (call, p, _) in enumerate(told) if p == path and call == "write")
        assert last_write < max(i for i, (call, p, _) in enumerate(told) if p == path and call == "fsync") < change


@pytest.mark.parametrize(("kind", "deaths"), DEATHS.items())
def test_whichever_file_calls_starts_die_at_the_last_one_ends_as_one_that_nothing_killed(
    library, tmp_path, kind, deaths
):
    found = json.loads(python(library, HERE / "drive_run.py", tuned.shared_encoder(), tmp_path, kind, deaths, 16))
    if ALL:
        told = "{deaths} deaths at {calls} calls of a run, {within} starts within an epoch, {ends} ends"
        print(f"{kind}: {told.format(**found)}")
        assert kind == "export" or found["within"] > deaths // 5
    assert found["wrong"] == [] and found["deaths"] == deaths and found["ends"] >= 1
