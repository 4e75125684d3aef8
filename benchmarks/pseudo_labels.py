"""Texts without labels: whether a model's own answers to them, trained on beside the labelled rows, give a better one.

    python benchmarks/pseudo_labels.py --data-dir DATA/glue --labelled 256 --unlabelled 4000 --seeds 5

By each seed rows of SST-2 are drawn, some whose labels are used and others whose labels are not looked at. A first
model is tuned on the labelled rows. Then, each with the same recipe and seed: one on the labelled rows for as many
steps as the last one, one on them and on the rows that the first model answers with `--above` or more, and one on them
and on all others. Rows with a model's answers weigh `--share` of all rows, so that many of them do not drown the few. A
line of JSON is printed for each run, then the differences with their intervals.
"""

import argparse
import os
import pathlib
import tempfile
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from common.paired_ways import paired_ways

import bert_keras as bk

BATCH = 32


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--labelled", type=int, default=256)
    parser.add_argument("--unlabelled", type=int, default=4000)
    parser.add_argument("--above", type=float, default=0.9)
    parser.add_argument("--share", type=float, default=0.5)
    parser.add_argument("--steps", type=int, default=80, help="of the first model")
    parser.add_argument("--rate", type=float, default=1e-4)
    parser.add_argument("--precision", default="bfloat16")
    parser.add_argument("--seeds", type=int, default=5)
    given = parser.parse_args()
    rows = bk.load_task("glue/sst2", data_dir=given.data_dir).rows(("train", "validation"))
    parts = {name: (np.array(own.texts[0], object), np.array(own.labels)) for name, own in rows.items()}
    paired_ways(run for seed in range(given.seeds) for run in runs_of(parts, given, seed))


def runs_of(parts: dict[str, Any], given: argparse.Namespace, seed: int) -> Any:
    """The name, seed, accuracy on the dev part and facts of each run of a seed."""
    texts, labels = parts["train"]
    drawn = np.random.default_rng(seed).permutation(len(texts))[: given.labelled + given.unlabelled]
    own, others = drawn[: given.labelled], drawn[given.labelled :]

    def run(folder: pathlib.Path, steps: int, more: Any = None) -> float:
        columns = {"text": list(texts[own]), "label": list(labels[own]), "weight": [1.0] * len(own)}
        if more is not None:
            said, their = more
            weight = given.share / (1 - given.share) * len(own) / max(len(said), 1)
            columns["text"] += list(said)
            columns["label"] += list(their)
            columns["weight"] += [weight] * len(said)
        table = bk.load_files(
            {
                "train": columns,
                "validation": {"text": list(parts["validation"][0]), "label": list(parts["validation"][1])}
                | {"weight": [1.0] * len(parts["validation"][0])},
            },
            text="text",
            label="label",
            weight="weight",
        )
        epochs = max(1, round(steps * BATCH / len(columns["text"])))
        recipe = bk.Recipe(epochs=epochs, learning_rate=given.rate, native=True, precision=given.precision, seed=seed)
        result = bk.finetune(table, given.encoder, folder, recipe=recipe, say=lambda line: None)
        return float(result.history[-1]["logs"]["val_accuracy"])

    with tempfile.TemporaryDirectory() as place:
        first = pathlib.Path(place) / "first"
        yield "labelled rows", seed, run(first, given.steps), {}
        model = bk.load(first)
        chances = model.probabilities(list(texts[others]))
        answers = np.array([int(name) for name in model.labels])[chances.argmax(axis=1)]
        sure = chances.max(axis=1) >= given.above
        steps = -(-(given.labelled + given.unlabelled) // BATCH) * 2
        yield "labelled rows, as many steps", seed, run(pathlib.Path(place) / "longer", steps), {}
        for name, chosen in (("sure answers", sure), ("all answers", np.full(len(others), True))):
            right = float((answers[chosen] == labels[others][chosen]).mean()) if chosen.any() else 0.0
            facts = {"answers": int(chosen.sum()), "right": round(right, 4)}
            more = (texts[others][chosen], answers[chosen])
            yield name, seed, run(pathlib.Path(place) / name.replace(" ", "-"), steps, more), facts


if __name__ == "__main__":
    main()
