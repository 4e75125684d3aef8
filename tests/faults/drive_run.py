"""Kills runs and exports at their file calls, start after start, and prints in a line of JSON how they ended.

    LD_PRELOAD=faults.so python drive_run.py ENCODER FOLDER KIND DEATHS SEED

KIND is "native", "hub", "pretrain" or "export". Each start goes on with what the one before left, in a process that
is forked from this one, in which nothing was run. It dies at a call that is drawn, before it or with half of a write
done; half of the draws are of the first quarter of the calls that a start has which nothing breaks, the others of
all. A start that ends before its call comes is compared with a run that nothing broke, and the next one begins anew.
So it goes on until there were so many deaths. "within" are the starts that found a checkpoint within an epoch.
"export" is compared by its manifest, after each death too.
"""

import ctypes
import dataclasses
import hashlib
import json
import pathlib
import random
import shutil
import sys
from collections.abc import Callable

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "helpers"))

import tensorflow as tf
import tuned
from in_child import in_child

import bert_keras as bk
from bert_keras.manifest import Manifest
from bert_keras.training.checkpoints import WITHIN

HOWS = {"kill": 1, "half": 2}
DIED = 77
EVERY_STEP = {"epochs": 2, "batch_size": 4, "checkpoint_every": "1 step"}
COLOURS = {"grass": "green", "snow": "white", "coal": "black", "blood": "red"}
TEXTS = [f"the {thing} is {colour}" for thing, colour in COLOURS.items()] * 10
faults = ctypes.CDLL(None)
faults.fault_arm.argtypes = [ctypes.c_long, ctypes.c_int]
faults.fault_count.restype = ctypes.c_long


def finetuned(encoder: pathlib.Path, out: pathlib.Path, native: bool) -> list:
    recipe = dataclasses.replace(tuned.RECIPE, native=native, **EVERY_STEP)
    return tuned.run(encoder, out, recipe=recipe, resume=True).history


def pretrained(encoder: pathlib.Path, out: pathlib.Path) -> list:
    task = bk.load_masked(TEXTS, rows="texts", validation_share=0.2, seq_length=16)
    recipe = bk.Recipe(learning_rate=2e-2, **EVERY_STEP)
    return bk.pretrain(task, str(encoder), out, recipe=recipe, resume=True, say=lambda line: None).history


def exported(folder: pathlib.Path, out: pathlib.Path) -> list:
    bk.export(folder, out, say=lambda line: None)
    return []


def of_weights(out: pathlib.Path) -> str:
    """A digest of a trained folder's weights and scores."""
    digest = hashlib.sha256((out / "metrics.json").read_bytes())
    encoder = out / "encoder" if (out / "encoder").exists() else out
    checkpoint = tf.train.load_checkpoint(str(encoder / "variables" / "variables"))
    for name in sorted(checkpoint.get_variable_to_shape_map()):
        if "VARIABLE_VALUE" in name:
            digest.update(name.encode() + checkpoint.get_tensor(name).tobytes())
    if encoder != out:
        digest.update((out / "head.weights.h5").read_bytes())
    return digest.hexdigest()


def of_manifest(out: pathlib.Path) -> str:
    """`whole`, or what a folder's manifest does not agree with."""
    return str(Manifest(out).faults() or "whole") if Manifest(out).exists() else "no manifest"


WORKS: dict[str, tuple[Callable, Callable]] = {
    "native": (lambda encoder, out: finetuned(encoder, out, True), of_weights),
    "hub": (lambda encoder, out: finetuned(encoder, out, False), of_weights),
    "pretrain": (pretrained, of_weights),
    "export": (exported, of_manifest),
}


def started(kind: str, given: pathlib.Path, out: pathlib.Path, call: int = 0, how: str = "kill") -> tuple[int, str]:
    """The exit status of one start, and in JSON its calls, its history, and the digest of what it wrote."""
    work, digest = WORKS[kind]

    def run() -> tuple[int, str]:
        faults.fault_arm(call, HOWS[how])
        try:
            history = work(given, out)
        except FileExistsError as error:
            if "Its model is finished" not in str(error):
                raise
            history = None  # the start before died behind its last change
        faults.fault_disarm()
        return 0, json.dumps({"calls": faults.fault_count(), "history": history, "digest": digest(out)})

    return in_child(run)


def main(encoder: pathlib.Path, folder: pathlib.Path, kind: str, deaths: int, seed: int) -> dict:
    given, out = encoder, folder / "out"
    if kind == "export":
        given = folder / "model"
        in_child(lambda: (0, str(tuned.run(encoder, given))))
    status, said = started(kind, given, folder / "whole")
    if status:
        return {"deaths": 0, "wrong": [["whole", status, said]]}
    whole = json.loads(said)
    names = sorted([*(path.name for path in folder.iterdir()), "out"])
    draws, died, ended, within, wrong = random.Random(seed), 0, 0, 0, []
    chain = []
    while died < deaths or chain:
        last = died >= deaths
        few = whole["calls"] // 4 if draws.random() < 0.5 else whole["calls"]
        death = (0 if last else draws.randint(1, few), draws.choice(list(HOWS)))
        chain.append(death)
        within += (out / "checkpoints" / WITHIN).exists()
        status, said = started(kind, given, out, *death)
        if status == DIED:
            died += 1
            if kind == "export" and out.exists() and of_manifest(out) != "whole":
                wrong.append([chain, "after a death", of_manifest(out)])
            continue
        found = json.loads(said) if status == 0 else None
        left = sorted(path.name for path in folder.iterdir())
        same = found and found["digest"] == whole["digest"] and found["history"] in (None, whole["history"])
        if not same or left != names or (out / "checkpoints").exists():
            wrong.append([chain, status, said, left])
        ended, chain = ended + 1, []
        shutil.rmtree(folder / "out", ignore_errors=True)
    return {"deaths": died, "ends": ended, "within": within, "calls": whole["calls"], "wrong": wrong}


if __name__ == "__main__":
    encoder, folder, kind, deaths, seed = sys.argv[1:]
    print(json.dumps(main(pathlib.Path(encoder), pathlib.Path(folder), kind, int(deaths), int(seed))))
