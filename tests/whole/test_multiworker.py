"""Several processes and several devices: the numbers of one, and runs that end together, whatever happens to a worker.

Each case is a process of its own, as TensorFlow wants its devices and workers before it starts.
"""

import json
import os
import re
import signal
import subprocess
import sys
import time

import encoders
import numpy as np
import pytest
import tuned
from paths import HELPERS

from bert_keras.disk import held
from bert_keras.running.evaluate import evaluate
from bert_keras.running.load_task import load_task
from bert_keras.running.model_folder import load_model
from bert_keras.training.launching import _free_ports


def start(program, arguments=(), addresses=(), index=0):
    """A process; with addresses, one of several workers."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(HELPERS.parent), str(HELPERS)])}
    environment.pop("TF_CONFIG", None)
    if addresses:
        task = {"cluster": {"worker": list(addresses)}, "task": {"type": "worker", "index": index}}
        environment["TF_CONFIG"] = json.dumps(task)
    command = [sys.executable, *map(str, [*program, *arguments])]
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    return subprocess.Popen(command, env=environment, **pipes)


def ended(process, timeout=240):
    said = process.communicate(timeout=timeout)[0]
    assert process.returncode == 0, said[-3000:]
    return said


def loopback(count):
    return [f"127.0.0.1:{port}" for port in _free_ports(count)]


@pytest.fixture(scope="module")
def encoder(tmp_path_factory):
    return encoders.export_encoder(tmp_path_factory.mktemp("multiworker") / "encoder", dropout=0.0)


@pytest.fixture(scope="module")
def trained(encoder, tmp_path_factory):
    """What tests/steps_worker.py finds, by the devices and workers it ran on."""
    folder = tmp_path_factory.mktemp("steps")
    program, addresses = [HELPERS / "steps_worker.py"], loopback(2)
    running = {name: start(program, [folder / name, encoder, count]) for name, count in {"one": 1, "four": 4}.items()}
    for index in range(2):
        running[f"worker {index}"] = start(program, [folder / f"worker {index}", encoder, 1, "scope"], addresses, index)
    for process in running.values():
        ended(process)
    return {name: np.load(folder / f"{name}.npz") for name in running}


@pytest.mark.parametrize("kind", ["native", "hub", "spans"])
@pytest.mark.parametrize("where", ["four", "worker 0", "worker 1"])
def test_twenty_steps_end_with_the_weights_of_one_device(trained, where, kind):
    """With gradients clipped (the norm is about ten times the bound), two micro-batches, and a last batch of 3 rows."""
    one, found = trained["one"], trained[where]
    names = [name for name in found.files if name.startswith(kind)]
    assert len(names) > 20 and set(found.files) <= set(one.files)
    assert where == "four" or {f"{kind}/val_loss", f"{kind}/logits 0"} <= set(names)
    for name in names:
        np.testing.assert_allclose(found[name], one[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_both_workers_end_with_the_same_bits(trained):
    first, second = trained["worker 0"], trained["worker 1"]
    assert all(first[name].tobytes() == second[name].tobytes() for name in first.files if "/weight" in name)


FINETUNE = ["-m", "bert_keras", "finetune", "samples/reviews", "--native", "--limit", 24, "--batch-size", 8]
FINETUNE += ["--seq-length", 24, "--learning-rate", "0.001", "--epochs", 2]


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return tuned.write_encoder(tmp_path_factory.mktemp("launched") / "encoder")


def test_a_launched_run_is_restarted_after_a_worker_was_killed(small, tmp_path):
    """Only worker 0 writes; what it has written is the model that was scored."""
    out = tmp_path / "out"
    process = start(
        ["-m", "bert_keras", "launch", "--workers", 2, "--max-restarts", 1, "--"],
        [*FINETUNE[2:], "--encoder", small, "--out", out],
    )
    said, killed = [], None
    for line in process.stdout:
        said.append(line)
        if killed is None and line.startswith("[0] epoch 1/2"):
            workers = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
            os.kill(int(workers[1]), signal.SIGKILL)
            killed = time.monotonic()
        if killed is not None and line.startswith("launch: restart 1 of 1"):
            assert time.monotonic() - killed < 15  # ten of them for the other worker to end
    process.communicate(timeout=60)
    text = "".join(said)
    assert process.returncode == 0, text[-3000:]
    assert "launch: worker 1 was killed by signal 9; stopping the others" in text
    assert "[0] resuming after epoch 1" in text and text.count("[0] epoch 1/2") == 1
    assert re.search(r"\[1\] worker 1 of 2: MultiWorkerMirroredStrategy with 2 replicas .*; worker 0 reports", text)
    assert not re.search(r"\[1\] .*(model folder|epoch 1)", text)
    model, config = load_model(out)
    assert config["best_epoch"] in (1, 2) and len(config["history"]) == 2
    data = load_task("samples/reviews", model.encoder, seq_length=24, parts=("validation",))
    assert evaluate(model, data) == pytest.approx(config["metrics"], abs=1e-6)
    assert sorted(item.name for item in tmp_path.iterdir()) == ["out"]


def test_workers_with_other_data_end_with_what_differs(small, tmp_path):
    """The folder with the task's files is another on each machine: that is found when they are read."""
    for index, rows in enumerate((20, 21)):
        folder = tmp_path / str(index) / "MRPC"
        folder.mkdir(parents=True)
        for part in ("train", "dev"):
            lines = [f"{row % 2}\t{row}\t{row}\tThe film was good.\tThe book was {row}." for row in range(rows)]
            head = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String"
            (folder / f"{part}.tsv").write_text("\n".join([head, *lines]) + "\n")
    addresses = loopback(2)
    words = ["-m", "bert_keras", "finetune", "glue/mrpc", *FINETUNE[4:], "--encoder", small, "--out", tmp_path / "out"]
    runs = [start(words, ["--data-dir", tmp_path / str(i)], addresses, i) for i in range(2)]
    for process in runs:
        said = process.communicate(timeout=240)[0]
        assert process.returncode == 1
        assert "bert-keras: `train` must be the same on every worker as on worker 0" in said, said[-3000:]
        assert f"worker 1 ({addresses[1]})" in said
    assert not (tmp_path / "out").exists()


def test_workers_with_another_recipe_or_none_at_all(small, tmp_path):
    out, addresses = tmp_path / "out", loopback(4)
    runs = [start(FINETUNE, ["--encoder", small, "--out", out, "--seed", i], addresses[:2], i) for i in range(2)]
    options = ["--encoder", small, "--out", tmp_path / "other", "--worker-timeout", 3]
    alone = start(FINETUNE, options, addresses[2:], 0)
    for process in runs:
        said = process.communicate(timeout=120)[0]
        assert process.returncode == 1
        wanted = f"0 on worker 0 ({addresses[0]}), 1 on worker 1 ({addresses[1]})"
        assert f"`seed` must be the same on every worker. Received: {wanted}" in said
    said = alone.communicate(timeout=120)[0]
    assert alone.returncode == 1
    assert f"come up within 3 s. Received: nothing from worker 1 ({addresses[3]})" in said
    assert list(tmp_path.iterdir()) == []


def test_two_runs_on_one_folder(small, tmp_path):
    with held("out", tmp_path / "out" / "checkpoints"):
        process = start(FINETUNE, ["--encoder", small, "--out", tmp_path / "out", "--resume"])
        said = process.communicate(timeout=120)[0]
    assert process.returncode == 1
    assert "`out` must be a folder that no other run is writing" in said and f"process {os.getpid()} on" in said
