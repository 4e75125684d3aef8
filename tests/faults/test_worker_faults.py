"""Launched runs whose workers are killed (SIGKILL) or stopped (SIGSTOP): each ends with the bits of the unbroken one.

One moment; `make faults` has all of them.
"""

import json
import os
import pathlib
import re
import subprocess
import sys

import pytest
import warm_python

from bert_keras.running.choosing.load_task import load_task
from bert_keras.running.evaluate import evaluate
from bert_keras.running.folders.model_folder import load_model

ALL = os.environ.get("BERT_KERAS_FAULTS") == "all"
SAMPLE = ["training 1 SIGKILL"]
MOMENTS = [
    "start 0 SIGKILL",
    "start 1 SIGSTOP",
    "meeting 0 SIGKILL",
    "meeting 0 SIGSTOP",
    "meeting 1 SIGKILL",
    "meeting 1 SIGSTOP",
    "tensorflow 0 SIGKILL",
    "tensorflow 0 SIGSTOP",
    "tensorflow 1 SIGKILL",
    "reading 1 SIGSTOP",
    "tracing 0 SIGKILL",
    "tracing 1 SIGKILL",
    "training 0 SIGKILL",
    "training 0 SIGSTOP",
    "training 1 SIGKILL",
    "training 1 SIGSTOP",
    "checkpoint 0 SIGKILL",
    "checkpoint 0 SIGSTOP",
    "checkpoint 1 SIGSTOP",
    "writing 0 SIGKILL",
    "writing 0 SIGSTOP",
    "writing 1 SIGKILL",
    "end 0 SIGKILL",
    "end 0 SIGSTOP",
    "end 1 SIGKILL",
]
CHOSEN = MOMENTS if ALL else SAMPLE


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    return tmp_path_factory.mktemp("workers")


@pytest.fixture(scope="module")
def ended(base):
    """What the driver tells of each run, by its moment; None is the unbroken one."""
    if not sys.platform.startswith("linux"):
        pytest.skip("the moments are found by Linux's /proc")
    driver = pathlib.Path(__file__).parent / "drive_workers.py"
    environment = warm_python.environment_for()
    environment["PYTHONPATH"] += f"{os.pathsep}{pathlib.Path(warm_python.__file__).parent}"
    command = [sys.executable, driver, base, *CHOSEN]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=200 + 150 * len(CHOSEN))
    assert done.returncode == 0, done.stderr[-3000:]
    told = [json.loads(line) for line in done.stdout.splitlines()]
    for place, run in enumerate(told):
        run["out"] = base / f"out{place}"
        if ALL:
            print(run["moment"], run["status"], run["seconds to restart"], run["launch said"])
    return {run["moment"]: run for run in told}


@pytest.mark.parametrize("moment", CHOSEN)
def test_whenever_a_worker_is_lost_the_run_ends_with_the_bits_of_the_unbroken_one(ended, moment):
    run, unbroken = ended[moment], ended[None]
    assert unbroken["status"] == 0 and unbroken["restarts"] == 0 and len(unbroken["left"]["history"]) == 3
    assert not run["never"], "the moment did not come"
    assert run["status"] == 0, "\n".join(run["lines"])
    assert run["left"] == unbroken["left"] and run["beside"] == []
    _, who, how = moment.split()
    what = "was killed by signal 9" if how == "SIGKILL" else "was stopped for 5 s (SIGSTOP)"
    assert run["launch said"][0].startswith(f"launch: worker {who} {what}")
    assert run["restarts"] <= 1 and (run["seconds to restart"] or 0) < 20


def test_only_worker_0_reports_and_what_it_wrote_is_the_model_that_was_scored(ended):
    run = ended["training 1 SIGKILL"]
    text = "\n".join(run["lines"])
    assert "[0] resuming after epoch 1" in text and text.count("[0] epoch 1/3") == 1
    assert re.search(r"\[1\] worker 1 of 2: MultiWorkerMirroredStrategy with 2 replicas .*; worker 0 reports", text)
    assert not re.search(r"\[1\] .*(model folder|epoch \d)", text)
    model, config = load_model(run["out"])
    data = load_task("samples/reviews", model.encoder, seq_length=24, parts=("validation",))
    assert evaluate(model, data) == pytest.approx(config["metrics"], abs=1e-6)
