"""The launcher, with small programs in place of training: logs, exit statuses, restarts, and nothing left behind."""

import os
import signal
import subprocess
import sys
import time

import pytest

from bert_keras.training import launching
from bert_keras.training.launching import launch

PRELUDE = """
import json, os, pathlib, signal, sys, time
config = json.loads(os.environ["TF_CONFIG"])
index = config["task"]["index"]
"""


def program(code):
    return [sys.executable, "-c", PRELUDE + code]


def run(code, workers=2, **options):
    lines, start = [], time.monotonic()
    status = launch(program(code), workers, say=lines.append, **options)
    return status, lines, time.monotonic() - start


def test_each_worker_has_its_place_and_its_prefix():
    status, lines, _ = run('print(config["cluster"]["worker"][index], flush=True); print("é", file=sys.stderr)', 3)
    assert status == 0 and len(lines) == 6
    addresses = {line for line in lines if "127.0.0.1" in line}
    assert {line[:3] for line in addresses} == {"[0]", "[1]", "[2]"} and len({line[4:] for line in addresses}) == 3
    assert {"[0] é", "[1] é", "[2] é"} <= set(lines)


def test_when_one_fails_the_others_are_stopped():
    status, lines, seconds = run("time.sleep(60) if index else sys.exit(3)")
    assert status == 3 and seconds < 8
    assert lines == ["launch: worker 0 ended with status 3; stopping the others"]


def test_a_worker_that_does_not_listen_is_killed(monkeypatch):
    monkeypatch.setattr(launching, "GRACE", 1.0)
    code = """
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf", flush=True)
time.sleep(1 + 60 * index)
os.kill(os.getpid(), signal.SIGKILL)
"""
    status, lines, seconds = run(code)
    assert status == 128 + 9 and seconds < 8
    assert lines[-1] == "launch: worker 0 was killed by signal 9; stopping the others"


def test_a_worker_that_is_stopped_ends_the_run_and_is_named(monkeypatch):
    """The others would wait; a stop that is shorter than the limit is nothing."""
    monkeypatch.setattr(launching, "STOPPED", 1.0)
    code = """
if index == 1:
    import subprocess
    resume = "import os, signal, sys, time; time.sleep(0.4); os.kill(int(sys.argv[1]), signal.SIGCONT)"
    subprocess.Popen([sys.executable, "-S", "-c", resume, str(os.getpid())])
    os.kill(os.getpid(), signal.SIGSTOP)
    print("went on", flush=True)
    os.kill(os.getpid(), signal.SIGSTOP)
time.sleep(60)
"""
    status, lines, seconds = run(code)
    assert status == 128 + signal.SIGSTOP and seconds < 8
    assert lines == ["[1] went on", "launch: worker 1 was stopped for 1 s (SIGSTOP); ending all workers"]


def test_a_run_goes_on_after_a_worker_was_stopped(monkeypatch):
    monkeypatch.setattr(launching, "STOPPED", 0.3)
    lines = []
    stopping = program("os.kill(os.getpid(), signal.SIGSTOP) if index else time.sleep(60)")
    assert launch(stopping, 2, max_restarts=1, again=lambda: program("print('again')"), say=lines.append) == 0
    assert lines[:2] == [
        "launch: worker 1 was stopped for 0.3 s (SIGSTOP); ending all workers",
        "launch: restart 1 of 1",
    ]


TELL = "print(os.environ['BERT_KERAS_CLUSTER_TOKEN'])"


def test_workers_of_one_machine_have_a_new_token_each_start(monkeypatch):
    monkeypatch.setenv("BERT_KERAS_CLUSTER_TOKEN", "an old one of the user's")
    seen = [run(TELL)[1] for _ in range(2)]
    assert all(len({line[4:] for line in lines}) == 1 and len(lines[0]) == 4 + 64 for lines in seen)
    assert seen[0][0][4:] != seen[1][0][4:]


def test_workers_of_several_machines_have_the_users_token(monkeypatch):
    hosts, lines = ["127.0.0.1:2222", "203.0.113.1:2222"], []
    monkeypatch.setenv("BERT_KERAS_CLUSTER_TOKEN", "t" * 20)
    assert launch(program(TELL), hosts=hosts, say=lines.append) == 0 and lines == ["[0] " + "t" * 20]
    monkeypatch.setenv("BERT_KERAS_CLUSTER_TOKEN", "short")
    with pytest.raises(ValueError, match=r"`BERT_KERAS_CLUSTER_TOKEN` must have at least 16 characters"):
        launch(program(TELL), hosts=hosts, say=lines.append)


def test_a_run_goes_on_after_a_failure_as_often_as_was_said(tmp_path):
    """The first start fails, the second runs another command."""
    lines = []
    failing = program("sys.exit(index)")
    status = launch(failing, 2, max_restarts=2, again=lambda: program("print('again')"), say=lines.append)
    assert status == 0
    assert lines[:2] == ["launch: worker 1 ended with status 1; stopping the others", "launch: restart 1 of 2"]
    assert sorted(lines[2:]) == ["[0] again", "[1] again"]
    lines.clear()
    assert launch(failing, 2, max_restarts=2, say=lines.append) == 1
    assert [line for line in lines if "restart" in line] == ["launch: restart 1 of 2", "launch: restart 2 of 2"]


def test_a_mistake_is_not_repeated():
    status, lines, _ = run("sys.exit(2) if index else time.sleep(60)", max_restarts=3)
    assert status == 2
    assert lines == ["launch: worker 1 ended with status 2; stopping the others"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_stopping_the_launcher_stops_the_workers_and_what_they_started(number, tmp_path):
    code = f"""
import subprocess
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
(pathlib.Path({str(tmp_path)!r}) / str(index)).write_text(f"{{os.getpid()}} {{child.pid}}")
time.sleep(60)
"""
    call = f"launch({program(code)!r}, 2, max_restarts=1)"
    own = f"from bert_keras.training.launching import launch; import sys; sys.exit({call})"
    process = subprocess.Popen([sys.executable, "-c", own], stdout=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while len(list(tmp_path.iterdir())) < 2 and time.monotonic() < deadline:
        time.sleep(0.05)
    time.sleep(0.3)
    process.send_signal(number)
    said = process.communicate(timeout=30)[0]
    assert process.returncode == 128 + number and said == "launch: stopping all workers\n"
    for pid in [int(pid) for file in tmp_path.iterdir() for pid in file.read_text().split()]:
        with pytest.raises(ProcessLookupError):
            for _ in range(50):  # a child's child is reaped by the system, soon
                os.kill(pid, 0)
                time.sleep(0.1)


def test_with_hosts_each_machine_starts_its_worker(monkeypatch):
    hosts = ["203.0.113.1:2222", "127.0.0.1:2222"]  # the first is an address of documentation, no machine's
    lines = []
    monkeypatch.delenv("BERT_KERAS_CLUSTER_TOKEN", raising=False)
    assert launch(program("print(index, config['cluster'])"), hosts=hosts, say=lines.append) == 0
    assert lines[0].startswith("launch: BERT_KERAS_CLUSTER_TOKEN is not set: who reaches the port of the first host")
    assert lines[1:] == [f"[1] 1 {{'worker': {hosts}}}"]
    assert launch(program("print(index)"), hosts=hosts, index=0, say=lines.append) == 0 and lines[-1] == "[0] 0"


def test_gpus_are_shared_out(monkeypatch):
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "4,5,6,7,8")
    lines = run("print(os.environ['CUDA_VISIBLE_DEVICES'])")[1]
    assert sorted(lines) == ["[0] 4,6,8", "[1] 5,7"]
    lines = run("print(os.environ['CUDA_VISIBLE_DEVICES'])", 1)[1]
    assert lines == ["[0] 4,5,6,7,8"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "-1")
    assert sorted(run("print(os.environ['CUDA_VISIBLE_DEVICES'])")[1]) == ["[0] -1", "[1] -1"]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "`workers` must be given, or hosts, one of them"),
        ({"workers": 2, "hosts": ["a:1"]}, "`workers` must be given, or hosts"),
        ({"workers": -1}, "`workers` must be at least 0"),
        ({"workers": 2, "max_restarts": -1}, "`max_restarts` must be at least 0"),
        (
            {"hosts": ["203.0.113.1:1", "203.0.113.2:1"]},
            "`hosts` must hold this machine's address once, and none.*--index",
        ),
        ({"hosts": ["127.0.0.1:1", "127.0.0.1:2"]}, "`hosts` must hold this machine's address once, and 2 of them"),
        ({"hosts": ["a:1", "b:1"], "index": 2}, "`index` must be between 0 and 1, the number of the last host"),
    ],
)
def test_what_cannot_be(options, words):
    with pytest.raises(ValueError, match=words):
        launch(program("raise SystemExit('started')"), **options)


class TestCommandLine:
    def test_only_finetune_is_launched(self, command):
        status, _, error = command("launch", "--workers", 2, "--", "predict", "x")
        assert status == 1 and "`command` must be finetune" in error

    def test_what_cannot_be_ends_a_worker_as_a_mistake(self, command, monkeypatch):
        wrong = ("finetune", "samples/reviews", "--encoder", "nothing", "--out", "x", "--epochs", 0)
        assert command(*wrong)[0] == 1
        monkeypatch.setenv("BERT_KERAS_LAUNCHED", "1")
        assert command(*wrong)[0] == 2

    @pytest.fixture
    def given(self, monkeypatch):
        """What the command hands to `launch`, which starts nothing."""
        given = {}

        def start(command, workers, **options):
            given.update(options, command=command)
            return 0

        monkeypatch.setattr("bert_keras.cli.training.start", start)
        return given

    def test_a_restart_resumes(self, command, given, tmp_path):
        out = tmp_path / "x"
        words = ["finetune", "samples/reviews", "--out", str(out), "--overwrite"]
        assert command("launch", "--hosts", "a:1,b:2", "--max-restarts", 3, "--", *words)[0] == 0
        assert given["command"][1:] == ["-m", "bert_keras", *words]
        assert given["again"]()[1:] == ["-m", "bert_keras", *words[:-1], "--resume"]
        assert given["hosts"] == ["a:1", "b:2"] and given["max_restarts"] == 3 and given["index"] is None

    def test_a_restart_before_the_run_had_begun_and_one_after_it_had_ended(self, command, given, tmp_path):
        """A finished model in the folder is the one to be overwritten as long as it is the same one."""
        out = tmp_path / "x"
        (out / "encoder").mkdir(parents=True)
        (out / "config.json").write_text("{}")
        for place in (["--out", str(out)], [f"--out={out}"]):
            words = ["finetune", "samples/reviews", *place, "--overwrite"]
            assert command("launch", "--workers", 2, "--max-restarts", 1, "--", *words)[0] == 0
            assert given["again"]() == given["command"]
        (out / "config.json").write_text('{"epochs": 2}')
        assert given["again"]() is None
        (out / "checkpoints").mkdir()
        assert given["again"]()[-1] == "--resume"

    def test_a_run_that_had_ended_is_not_started_again(self):
        lines = []
        for restarts in (0, 2):
            failing = program("sys.exit(index)")
            assert launch(failing, 2, max_restarts=restarts, again=lambda: None, say=lines.append) == 0
            assert lines[-1] == "launch: the model folder is whole: the run had ended"
