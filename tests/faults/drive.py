"""Kills writers of a folder at each of their file calls; prints in a line of JSON what was left (test_faults.py).

    LD_PRELOAD=faults.so python drive.py FOLDER SCENARIO HOW STEP [TWICE]

Every kill is of a process of its own, forked from this one, and so is the one that puts things right.
"""

import ctypes
import itertools
import json
import os
import pathlib
import shutil
import sys
import warnings

from in_child import in_child

from bert_keras import disk

HOWS = {"kill": 1, "half": 2, "full once": 3, "full": 4}
STATUS = 77
OLD = {"config": b"old" * 9, "deep/weights": b"o" * 3000}
NEW = {"config": b"new" * 9, "deep/weights": b"n" * 3000, "deep/er/vocabulary": b"words"}
faults = ctypes.CDLL(None)
faults.fault_arm.argtypes = [ctypes.c_long, ctypes.c_int]
faults.fault_count.restype = ctypes.c_long


def lay(folder: pathlib.Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def content(folder: pathlib.Path) -> dict[str, bytes] | None:
    if not folder.exists():
        return None
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def in_a_process(work, at: int, how: int) -> tuple[int, str]:
    """Its exit status, and what it warned of, or the error it ended with."""

    def armed() -> tuple[int, str]:
        status, said = 0, ""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            faults.fault_arm(at, how)
            try:
                work()
            except OSError as error:
                status, said = 1, f"{type(error).__name__}: {error}"
            finally:
                faults.fault_disarm()
        said = said or " ".join(str(warning.message) for warning in caught)
        return status, said or str(faults.fault_count()) * (how == 0)

    return in_child(armed)


def main(base: str, scenario: str, how: str, step: int, twice: bool) -> dict:
    begins, exchanges = scenario.split(" ")
    faults.fault_no_exchange(int(exchanges == "renamed"))
    before = {"absent": None, "empty": {}, "old": OLD}[begins]
    root = pathlib.Path(base) / "root"
    target = root / "model"

    def fresh() -> None:
        shutil.rmtree(root, ignore_errors=True)
        root.mkdir(parents=True)
        if before is not None:
            target.mkdir()
            lay(target, before)

    def write() -> None:
        with disk.replacing(target) as new:
            lay(new, NEW)

    def careless() -> None:
        """As a library without this one's care does it, which the harness must find wanting."""
        new, old = root / ".new", root / ".old"
        new.mkdir()
        lay(new, NEW)
        os.replace(target, old)
        os.replace(new, target)
        shutil.rmtree(old)

    def recover() -> None:
        disk.recover("out", target)

    if exchanges == "careless":
        write = careless
    kills, wrong, ends = 0, [], {"old": 0, "new": 0}

    def look(place: str, said: str) -> None:
        found, names = content(target), sorted(os.listdir(root))
        if found not in (before, NEW) or names != (["model"] if found is not None else []):
            wrong.append([place, sorted(found or ()), names, said])
        elif "is whole and in its place" in said and found != NEW:
            wrong.append([place, "said to be the new one", names, said])
        elif "is as it was before" in said and found != before:
            wrong.append([place, "said to be the old one", names, said])
        else:
            ends["new" if found == NEW else "old"] += 1

    fresh()
    calls = int(in_a_process(write, 0, 0)[1])
    for at in range(1, calls + 1, step):
        fresh()
        status, said = in_a_process(write, at, HOWS[how])
        if how.startswith("full"):
            if status == 0:
                if content(target) != NEW:
                    wrong.append([f"call {at}", "no error, and not the new one", [], said])
                continue
            kills += 1
            if status != 1 or "No space left" not in said:
                wrong.append([f"call {at}", "another end", [], f"{status} {said}"])
            look(f"call {at}", "")
            if content(target) != before:
                wrong.append([f"call {at}", "an error, and not what was there before", [], said])
            continue
        if status != STATUS:
            wrong.append([f"call {at}", "another end", [], f"{status} {said}"])
            continue
        kills += 1
        for second in itertools.count(1, step) if twice else (None,):
            if second is not None:
                fresh()
                in_a_process(write, at, HOWS[how])  # the same death again
                status, said = in_a_process(recover, second, HOWS["kill"])
                if status != STATUS:
                    break
                kills += 1
            status, said = in_a_process(recover, 0, 0)
            said = "" if said.isdigit() else said
            if status:
                wrong.append([f"call {at}", "recovery failed", sorted(os.listdir(root)), said])
            look(f"call {at}" + (f", then call {second} of the recovery" if second else ""), said)
    return {"calls": calls, "kills": kills, "wrong": wrong, "ends": ends}


if __name__ == "__main__":
    folder, scenario, how, step, *twice = sys.argv[1:]
    print(json.dumps(main(folder, scenario, how, int(step), twice == ["twice"])))
