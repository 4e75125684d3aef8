"""Kills runs at the file calls of their checkpoints within epochs; prints in a line of JSON how they ended.

    LD_PRELOAD=faults.so python drive_run.py ENCODER FOLDER CHAINS

CHAINS is JSON: of each chain the deaths of a run, one after another, each as [write, call, how]: at which of this
start's checkpoints, at which call of its writing, 0 for behind it, and "kill" or "half". Every start is a process,
forked from this one, in which nothing was run.
"""

import ctypes
import dataclasses
import hashlib
import json
import os
import pathlib
import signal
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "helpers"))

import tuned
from in_child import in_child

from bert_keras.training.checkpoints import Checkpoints

HOWS = {"kill": 1, "half": 2}
RECIPE = dataclasses.replace(tuned.RECIPE, batch_size=8)  # four steps an epoch, and two epochs
faults = ctypes.CDLL(None)
faults.fault_arm.argtypes = [ctypes.c_long, ctypes.c_int]
faults.fault_count.restype = ctypes.c_long


def started(work) -> tuple[int, str]:
    """The exit status of a process that does some work, and what it gave back."""
    return in_child(lambda: (0, work()))


def run(encoder: pathlib.Path, out: pathlib.Path, every: str, death=None) -> str:
    """A run, resumed where there is one, to its end: a digest of its weights, scores and history."""
    if death is not None:
        die_in(*death)
    result = tuned.run(encoder, out, recipe=dataclasses.replace(RECIPE, checkpoint_every=every), resume=True)
    digest = hashlib.sha256(json.dumps(result.history).encode())
    for name, weight in sorted(tuned.weights_of(out).items()):
        if "_CHECKPOINTABLE" not in name:
            digest.update(name.encode() + weight.tobytes())
    return digest.hexdigest()


def die_in(write: int, call: int, how: str) -> None:
    """Has this process die at a call of one of its checkpoints."""
    whole, left = Checkpoints.write_within, [write]

    def written(self, *place) -> None:
        left[0] -= 1
        if left[0]:
            return whole(self, *place)
        faults.fault_arm(call, HOWS[how])
        whole(self, *place)
        faults.fault_disarm()
        if call == 0:
            print(json.dumps({"calls": faults.fault_count()}), flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        raise RuntimeError(f"there are {faults.fault_count()} calls alone")

    Checkpoints.write_within = written


def main(encoder: str, folder: str, chains: list) -> dict:
    encoder, folder = pathlib.Path(encoder), pathlib.Path(folder)
    status, wanted = started(lambda: run(encoder, folder / "whole", "epoch"))
    wrong = [] if status == 0 else [["whole", status, wanted]]
    for number, chain in enumerate(chains):
        out = folder / str(number)
        for death in chain:
            status, said = started(lambda death=death, out=out: run(encoder, out, "1 step", death))
            if status not in (77, -signal.SIGKILL):
                wrong.append([death, status, said])
        status, found = started(lambda out=out: run(encoder, out, "1 step"))
        if status or found != wanted:
            wrong.append([chain, status, found])
        left = sorted(path.name for path in folder.iterdir())
        if left != sorted(["whole", *map(str, range(number + 1))]) or (out / "checkpoints").exists():
            wrong.append([chain, "left", left])
    return {"kills": sum(map(len, chains)), "wrong": wrong}


if __name__ == "__main__":
    print(json.dumps(main(*sys.argv[1:3], json.loads(sys.argv[3]))))
