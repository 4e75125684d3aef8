"""Several processes and several devices: the numbers of one, and runs that end together, whatever happens to a worker.

TensorFlow wants its devices and workers before it starts, and to start it takes most of the time of these tests: each
of the two workers of `ended` shows several things one after the other.
"""

import json
import subprocess
import sys
import tempfile

import encoders
import numpy as np
import pytest
import tuned
import warm_python
from paths import HELPERS

from bert_keras.training.launching import _free_ports

FINETUNE = ["--native", "--limit", 24, "--batch-size", 8, "--seq-length", 24, "--learning-rate", "0.001", "--epochs", 2]


def tf_config(addresses, index):
    return json.dumps({"cluster": {"worker": addresses}, "task": {"type": "worker", "index": index}})


def finetune(task, *options):
    return ["finetune", *map(str, [task, *FINETUNE, *options])]


def start(*arguments, config=None):
    """A process with the helper's program, and what it says; with a config, one of several workers."""
    said = tempfile.TemporaryFile("w+")
    environment = {} if config is None else {"TF_CONFIG": config}
    process = warm_python.start(HELPERS / "steps_worker.py", *arguments, stdout=said, stderr=said, **environment)
    return process, said


@pytest.fixture(scope="module")
def small(tmp_path_factory):
    return tuned.write_encoder(tmp_path_factory.mktemp("launched") / "encoder")


@pytest.fixture(scope="module")
def addresses():
    """Of two workers, and of a third that waits for a fourth."""
    return [f"127.0.0.1:{port}" for port in _free_ports(4)]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("steps")


@pytest.fixture(scope="module")
def ended(small, addresses, folder):
    """What `steps_worker.py` finds where there are no other workers, and on each of two, with the commands' ends."""
    encoder = encoders.export_encoder(folder / "encoder", dropout=0.0, num_layers=1)
    running = {"alone": start(folder / "alone", encoder)}
    for index in range(2):
        # Another recipe on each; another folder of data on each; and on one of them a run whose other worker is absent.
        run = ["--encoder", small, "--out", folder / "out"]
        before = {"recipe": (finetune("samples/reviews", *run, "--seed", index), {})}
        if index == 0:
            absent = finetune("samples/reviews", *run, "--worker-timeout", 3)
            before["absent"] = (absent, {"TF_CONFIG": tf_config(addresses[2:], 0)})
        write_mrpc(folder / str(index) / "MRPC", rows=20 + index)
        after = {"data": (finetune("glue/mrpc", *run, "--data-dir", folder / str(index)), {})}
        told = [json.dumps(commands) for commands in (before, after)]
        config = tf_config(addresses[:2], index)
        running[f"worker {index}"] = start(folder / f"worker {index}", encoder, *told, config=config)
    for process, said in running.values():
        with said:
            assert process.wait(480) == 0, (said.seek(0), said.read()[-3000:])
    return {
        name: (dict(np.load(folder / f"{name}.npz")), json.loads((folder / f"{name}.json").read_text()))
        for name in running
    }


def write_mrpc(folder, rows):
    """GLUE's files of a task, with so many rows."""
    folder.mkdir(parents=True)
    for part in ("train", "dev"):
        lines = [f"{row % 2}\t{row}\t{row}\tThe film was good.\tThe book was {row}." for row in range(rows)]
        head = "Quality\t#1 ID\t#2 ID\t#1 String\t#2 String"
        (folder / f"{part}.tsv").write_text("\n".join([head, *lines]) + "\n")


def numbers(ended, where):
    """Weights, histories and logits by name, of "one" device, of "four", of "worker 0" or "worker 1"."""
    process, prefix = (where, "worker") if where.startswith("worker") else ("alone", where)
    found = ended[process][0]
    return {name.removeprefix(f"{prefix}/"): found[name] for name in found if name.startswith(f"{prefix}/")}


@pytest.mark.parametrize("kind", ["native", "hub", "spans"])
@pytest.mark.parametrize("where", ["four", "worker 0", "worker 1"])
def test_twenty_steps_end_with_the_weights_of_one_device(ended, where, kind):
    """With gradients clipped (the norm is about ten times the bound), two micro-batches, and a last batch of 3 rows."""
    one, found = numbers(ended, "one"), numbers(ended, where)
    names = [name for name in found if name.startswith(kind)]
    assert len(names) > 20 and set(found) <= set(one)
    assert where == "four" or {f"{kind}/val_loss", f"{kind}/logits 0"} <= set(names)
    for name in names:
        np.testing.assert_allclose(found[name], one[name], rtol=1e-5, atol=1e-6, err_msg=name)


def test_both_workers_end_with_the_same_bits(ended):
    first, second = numbers(ended, "worker 0"), numbers(ended, "worker 1")
    assert all(first[name].tobytes() == second[name].tobytes() for name in first if "/weight" in name)


@pytest.mark.parametrize("where", ["one", "four", "worker 0", "worker 1"])
def test_a_row_that_spoils_a_step_changes_nothing_anywhere(ended, where):
    process, prefix = (where, "worker") if where.startswith("worker") else ("alone", where)
    bad, good = ended[process][0][f"{prefix} spoiled/changed"]
    said, after = ended[process][0][f"{prefix} spoiled/said"]
    assert bad == 0 and good > 20 and after == ""
    assert said.startswith("the loss became nan in step 1 of epoch 1. The learning rate was")


def test_workers_with_another_recipe_end_with_what_differs(ended, addresses):
    wanted = f"0 on worker 0 ({addresses[0]}), 1 on worker 1 ({addresses[1]})"
    for index in range(2):
        told = ended[f"worker {index}"][1]["recipe"]
        assert told["status"] == 1
        assert f"`seed` must be the same on every worker. Received: {wanted}" in told["error"]


def test_a_worker_that_is_alone_ends_with_who_is_missing(ended, addresses):
    told = ended["worker 0"][1]["absent"]
    assert told["status"] == 1
    assert f"come up within 3 s. Received: nothing from worker 1 ({addresses[3]})" in told["error"]


def test_workers_with_other_data_end_with_what_differs(ended, addresses):
    """The folder with the task's files is another on each machine: that is found when they are read."""
    for index in range(2):
        told = ended[f"worker {index}"][1]["data"]
        assert told["status"] == 1
        words = "bert-keras: `train` must be the same on every worker as on worker 0"
        assert words in told["error"] and f"worker 1 ({addresses[1]})" in told["error"], told["error"][-3000:]


def test_what_cannot_be_leaves_nothing(ended, folder):
    assert not (folder / "out").exists()
    assert not [path.name for path in folder.iterdir() if path.name.startswith(".")]


def test_two_runs_on_one_folder(command, small, tmp_path):
    """The other one is a process that has the folder, and nothing else of a run."""
    hold = "import pathlib, sys; from bert_keras.disk import held\n"
    hold += "with held('out', pathlib.Path(sys.argv[1])): print('held', flush=True); sys.stdin.read()"
    arguments = [sys.executable, "-c", hold, str(tmp_path / "out" / "checkpoints")]
    with subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout.readline() == "held\n"
        run = finetune("samples/reviews", "--encoder", small, "--out", tmp_path / "out", "--resume")
        status, _, said = command(*run)
        other.stdin.close()
    assert status == 1
    assert "`out` must be a folder that no other run is writing" in said and f"process {other.pid} on" in said
