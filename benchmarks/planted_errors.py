"""Errors that are planted in SST-2, and how many of them `bk.check_rows` finds.

    python benchmarks/planted_errors.py --data DATA --how tuned --precision bfloat16 --out results.json
    python benchmarks/planted_errors.py --data DATA --how frozen --limit 8000
    python benchmarks/planted_errors.py --data DATA --how tuned --precision bfloat16 --seed 1 --chances chances.npz
    python benchmarks/planted_errors.py --choose chances.npz

DATA is a TFDS data folder with glue/sst2, or holds GLUE's TSV files in glue/SST-2. Planted are, by a seed:

* labels: 2% of the training rows have the other label;
* doubles: training rows of 8 words and more stand in the dev part, too: as they are, in capitals, with other white
  space, without a word, and with another word;
* words: a word that means nothing stands in training rows of one label, and nowhere else;
* ends: training rows stand behind 150 words of no opinion, so that they are cut off at 128 tokens.

It prints how many of each were found, and how many of the alarms about labels are right, where every alarm about a
label that was not turned round counts as wrong, though SST-2 has mistakes of its own. `--chances` keeps what the models
said of each row, and `--choose` prints from such a file what other shares than `LEAST_RIGHT` would have found.
"""

import argparse
import json
import os
import pathlib
import re
import time
from collections.abc import Callable

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

FILLER = "this is the part of the page that says when it was written and where , and by whom it was sent on ".split()
WORD = "quvilo"
WAYS = {  # of doubling a row
    "as it is": lambda words, random: " ".join(words),
    "in capitals": lambda words, random: " ".join(words).upper(),
    "other white space": lambda words, random: "  " + "   ".join(words),
    "without a word": lambda words, random: " ".join(np.delete(words, random.integers(len(words)))),
    "another word": lambda words, random: " ".join(_changed(words, int(random.integers(len(words))))),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, help="TFDS's data folder, or one that holds glue/")
    parser.add_argument("--how", choices=("tuned", "frozen"), default="tuned")
    parser.add_argument("--limit", type=int, help="training rows; all if not given")
    parser.add_argument("--folds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=2)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--share", type=float, default=0.02, help="of the labels that are turned round")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=pathlib.Path, help="a file for the figures, as JSON")
    parser.add_argument("--chances", type=pathlib.Path, help="a file for what the models said of each row, as .npz")
    parser.add_argument("--choose", type=pathlib.Path, help="such a file; nothing is trained")
    arguments = parser.parse_args()
    if arguments.choose:
        return choose(arguments.choose)
    if not arguments.data:
        parser.error("--data says where SST-2 is")

    import dataclasses

    import bert_keras as bk
    from bert_keras.row_checks import check_rows
    from bert_keras.row_checks.checking_recipe import CHECKING_RECIPE

    limit = {} if arguments.limit is None else {"limit": arguments.limit}
    folder = arguments.data / "glue" if (arguments.data / "glue" / "SST-2").is_dir() else arguments.data
    rows = bk.load_task("glue/sst2", data_dir=folder, **limit).rows(("train", "validation"))
    parts = {name: (list(own.texts[0]), np.array(own.labels)) for name, own in rows.items()}
    planted = plant(parts, arguments.share, arguments.seed)
    table = bk.load_files({name: {"text": texts, "label": labels} for name, (texts, labels) in parts.items()})
    options = {"how": arguments.how, "folds": arguments.folds, "seed": arguments.seed}
    if arguments.how == "tuned":
        changed = {"epochs": arguments.epochs, "precision": arguments.precision}
        options["recipe"] = dataclasses.replace(CHECKING_RECIPE, **changed)
    if arguments.chances:
        check_rows.likely_errors = keeping(check_rows.likely_errors, arguments.chances, planted["labels"])
    start = time.monotonic()
    report = bk.check_rows(table, arguments.encoder, **options)
    figures = {"rows": {name: len(texts) for name, (texts, _) in parts.items()}, **vars(arguments)}
    figures |= {"seconds": round(time.monotonic() - start), "accuracy": report.accuracy, **found_of(report, planted)}
    print(report)
    print(json.dumps(figures, indent=1, default=str))
    if arguments.out:
        arguments.out.write_text(json.dumps(figures, indent=1, default=str))


def plant(parts: dict[str, tuple[list[str], np.ndarray]], share: float, seed: int) -> dict[str, dict[int, str]]:
    """Plants errors in the parts, in place; returns by kind of error the rows, each with the way it was planted."""
    random = np.random.default_rng(seed)
    (texts, labels), (dev_texts, dev_labels) = parts["train"], parts["validation"]
    turned = random.choice(len(texts), int(share * len(texts)), replace=False)
    labels[turned] = 1 - labels[turned]
    long = random.permutation([row for row in range(len(texts)) if len(texts[row].split()) >= 8])
    doubled, behind = long[:50], long[50:80]
    doubles = {}
    more = []
    for number, row in enumerate(doubled):
        way = list(WAYS)[number % len(WAYS)]
        doubles[len(dev_texts)] = way
        dev_texts.append(WAYS[way](texts[row].split(), random))
        more.append(labels[row])
    parts["validation"] = dev_texts, np.concatenate([dev_labels, more])
    positive = random.permutation(np.setdiff1d(np.flatnonzero(labels == 1), [*turned, *doubled, *behind]))
    for row in positive[: max(60, len(texts) // 200)]:
        texts[row] = f"{texts[row].strip()} {WORD}"
    for row in behind:
        texts[row] = " ".join([*(FILLER * 7)[:150], texts[row]])
    return {
        "labels": dict.fromkeys(turned.tolist(), "turned round"),
        "doubles": doubles,
        "words": {0: WORD},
        "ends": dict.fromkeys(behind.tolist(), "cut off"),
    }


def found_of(report, planted: dict[str, dict[int, str]]) -> dict[str, dict[str, float]]:
    """How many of the planted errors a report names."""
    errors = report.wrong_labels
    right = sum(item.part == "train" and _row(item.place) in planted["labels"] for item in errors)
    doubled = {_row(item.place) for item in report.doubles if item.part == "validation"}
    words = [item.words for item in report.telling_words]
    cut = {_row(item.place): item for item in report.cut if item.part == "train"}
    ends = planted["ends"].keys() & cut.keys()
    missed = sorted({way for row, way in planted["doubles"].items() if row not in doubled})
    return {
        "labels": {
            "planted": len(planted["labels"]),
            "alarms": len(errors),
            "found": right,
            "share_found": right / max(len(planted["labels"]), 1),
            "share_right": right / max(len(errors), 1),
        },
        "doubles": {
            "planted": len(planted["doubles"]),
            "found": len(planted["doubles"].keys() & doubled),
            "ways_missed": missed,
            "others": len(doubled - planted["doubles"].keys()),
        },
        "words": {"planted": 1, "found": int(WORD in words), "place": words.index(WORD) + 1 if WORD in words else 0},
        "ends": {
            "planted": len(planted["ends"]),
            "found": len(ends),
            "said_to_lose_their_answer": sum(cut[row].loses_answer for row in ends),
        },
    }


def keeping(likely_errors: Callable, file: pathlib.Path, planted: dict[int, str]) -> Callable:
    """`likely_errors`, which writes what it is given to a file."""

    def kept(rows, places, chances, label_names):
        part = [rows.parts[place] == "train" and _row(rows.places[place]) in planted for place in places]
        np.savez(file, chances=chances.astype("float32"), labels=rows.labels[places], planted=part)
        return likely_errors(rows, places, chances, label_names)

    return kept


def choose(file: pathlib.Path) -> None:
    from bert_keras.row_checks import likely_errors

    kept = np.load(file)
    for share in (0.5, 0.55, 0.6, likely_errors.LEAST_RIGHT, 0.65, 2 / 3, 0.7, 0.75):
        likely_errors.LEAST_RIGHT = share
        named = likely_errors.alarms(kept["chances"], kept["labels"])
        right = int(kept["planted"][named].sum())
        told = f"{right / max(len(named), 1):.3f} right, {right / kept['planted'].sum():.3f} found"
        print(f"{share:.3f}: {len(named):,} alarms, {told}")


def _changed(words: list[str], place: int) -> list[str]:
    return [*words[:place], "something", *words[place + 1 :]]


def _row(place: str) -> int:
    return int(re.search(r"(\d+)$", place).group())


if __name__ == "__main__":
    main()
