"""Kills and stops workers of launched runs at given moments; prints in a line of JSON how each run ended.

    python drive_workers.py FOLDER MOMENT...

A moment is "WHERE WHO HOW", such as "training 1 SIGSTOP"; see `WHERE`. The first run is unbroken: all others must end
with its bits. Workers are forked from this process, in which the library is imported and nothing was run, and are
started, watched and restarted by `launch` as ever.
"""

import contextlib
import hashlib
import importlib
import io
import json
import os
import pathlib
import signal
import subprocess
import sys
import threading
import time
import types

import keras
import tensorflow as tf  # noqa: F401
import tuned

import bert_keras
from bert_keras import cli
from bert_keras.cli import training
from bert_keras.training import launching

EPOCHS, WORKERS = 3, 2
OPTIONS = ["--native", "--limit", 48, "--batch-size", 8, "--seq-length", 24, "--learning-rate", "0.01"]


class Forked:
    """As much of `subprocess.Popen` as the launcher asks for, of a fork of this process that runs the same command."""

    def __init__(self, command, env, **_):
        self.stdout, self.returncode = None, None
        reading, writing = os.pipe()
        self.pid = os.fork()
        if self.pid == 0:
            os.setsid()
            os.close(reading)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.dup2(writing, 1), os.dup2(writing, 2)
            sys.stdout, sys.stderr = (io.TextIOWrapper(os.fdopen(n, "wb"), line_buffering=True) for n in (1, 2))
            signal.signal(signal.SIGINT, signal.default_int_handler), signal.signal(signal.SIGTERM, signal.SIG_DFL)
            os.environ.clear(), os.environ.update(env)
            sys.argv, training.say = ["bert-keras", *command[3:]], SAY
            status = 1
            try:
                cli.main()
                status = 0
            except SystemExit as end:
                status = end.code if isinstance(end.code, int) else 0 if end.code is None else 1
            except BaseException:
                importlib.import_module("traceback").print_exc()
            with contextlib.suppress(Exception):
                keras.backend.clear_session()
            sys.stdout.flush(), sys.stderr.flush()
            os._exit(status)
        os.close(writing)
        while os.getpgid(self.pid) != self.pid:  # as `Popen` returns when its process has a session of its own
            time.sleep(0.001)
        self.stdout = os.fdopen(reading, "rb")
        RUNNING.append((self, json.loads(env["TF_CONFIG"])["cluster"]["worker"]))

    def poll(self):
        with LOCK:  # the launcher and the one that kills both ask
            if self.returncode is None:
                pid, status = os.waitpid(self.pid, os.WNOHANG)
                self.returncode = os.waitstatus_to_exitcode(status) if pid else None
        return self.returncode

    def wait(self):
        while self.poll() is None:
            time.sleep(0.01)
        return self.returncode


SAY = training.say
RUNNING: list = []  # workers of all starts so far, with the addresses of their cluster
LOCK = threading.Lock()
SAID: list[str] = []


def listens(port, table):
    """Whether a port is listened on: at the address given (as the meeting does), or at all (as TensorFlow does)."""
    place = f":{port:04X} "
    lines = pathlib.Path(f"/proc/net/{table}").read_text().splitlines()[1:]
    return any(place in line.split(" rem")[0].split(maxsplit=1)[1][:60] and " 0A " in line for line in lines)


def port_of_worker_0():
    return int(RUNNING[0][1][0].rpartition(":")[2])


def said(words):
    return any(words in line for line in SAID)


def WHERE(out):
    """Of each moment, whether it has come."""
    checkpoints = out / "checkpoints"
    return {
        "start": lambda: True,
        "meeting": lambda: listens(port_of_worker_0(), "tcp"),
        "tensorflow": lambda: listens(port_of_worker_0(), "tcp6"),
        "reading": lambda: said("replicas (TF_CONFIG"),
        "tracing": lambda: said("trained: "),
        "training": lambda: said(f"epoch 1/{EPOCHS}"),
        "checkpoint": lambda: (checkpoints / "epoch-2.safetensors").exists() or _writes(checkpoints, 1),
        "writing": lambda: (out.parent / f".{out.name}.bert_keras").exists(),
        "end": lambda: (out / "config.json").exists(),
    }


def _writes(checkpoints, after):
    return (checkpoints / f"epoch-{after}.safetensors").exists() and (checkpoints / "writing.safetensors").exists()


def kill(where, who, how, out, done):
    """Waits for the moment, then kills or stops the worker of the first start."""
    has_come = WHERE(out)[where]
    while not done.is_set():
        if len(RUNNING) >= WORKERS and has_come():
            os.kill(RUNNING[who][0].pid, getattr(signal, how))
            done.at = time.monotonic()
            done.set()
        time.sleep(0.0005)


def launch(out, moment=None):
    """One launched run: how it ended, and what it left."""
    RUNNING.clear(), SAID.clear()
    done, begun = threading.Event(), time.monotonic()
    done.at = None
    again = []

    def say(line):
        SAID.append(line)
        if "restart 1" in line:
            again.append(time.monotonic())

    training.say = say
    if moment:
        where, who, how = moment.split()
        threading.Thread(target=kill, args=(where, int(who), how, out, done), daemon=True).start()
    run = [
        "finetune",
        "samples/reviews",
        "--encoder",
        out.parent / "encoder",
        "--out",
        out,
        "--epochs",
        EPOCHS,
        *OPTIONS,
    ]
    sys.argv = ["bert-keras", "launch", "--workers", WORKERS, "--max-restarts", 2, "--", *run]
    sys.argv = list(map(str, sys.argv))
    status = 0
    try:
        cli.main()
    except SystemExit as end:
        status = end.code or 0
    never = bool(moment) and done.at is None
    done.set()
    return {
        "moment": moment,
        "status": status,
        "never": never,
        "restarts": sum(line.startswith("launch: restart") for line in SAID),
        "seconds to restart": round(again[0] - done.at, 1) if again and done.at else None,
        "seconds": round(time.monotonic() - begun, 1),
        "launch said": [line for line in SAID if line.startswith("launch:")],
        "left": content(out),
        "beside": sorted(item.name for item in out.parent.iterdir() if item.name.startswith(f".{out.name}")),
        "lines": list(SAID),
    }


def content(out):
    """What must be the same: digests of the weights, and what was measured."""
    if not (out / "config.json").is_file():
        return None
    config = json.loads((out / "config.json").read_text())
    weights = [*(out / "encoder" / "variables").iterdir(), out / "head.weights.h5", out / "trained_rows.npy"]
    digests = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(weights)}
    history = [{n: v for n, v in entry["logs"].items() if "second" not in n} for entry in config["history"]]
    return {"digests": digests, "history": history, "best": config["best_epoch"], "metrics": config["metrics"]}


def main(base, *moments):
    base = pathlib.Path(base)
    for name in bert_keras.__all__:
        getattr(bert_keras, name)
    if not (child := os.fork()):  # this process must not have run anything when it is forked
        tuned.write_encoder(base / "encoder")
        os._exit(0)
    os.waitpid(child, 0)
    named = {name: getattr(subprocess, name) for name in ("DEVNULL", "PIPE", "STDOUT", "run")}
    launching.subprocess = types.SimpleNamespace(Popen=Forked, **named)
    for place, moment in enumerate([None, *moments]):
        found = launch(base / f"out{place}", moment)
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
