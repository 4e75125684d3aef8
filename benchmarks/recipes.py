"""What options of a recipe give, in paired seeds beside the default: smoothing, rates by layer, layers anew, a teacher,
two passes, a focal loss, averaged weights, the mean of tokens, schedules of the rate, another task before.

    python benchmarks/recipes.py --data-dir DATA/glue --task glue/sst2 --limit 2000 --seeds 5 --out runs/recipes
    python benchmarks/recipes.py --task runs/answers --seeds 5 --out runs/recipes-answers  # see answer_sentences.py

A task is a name, or a folder with train.csv and dev.csv.
The first comparison is of all layers, the second of half of them, with and without a teacher: a model with all of its
layers, that was tuned on the same rows with another seed. Each is a `bk.compare` with the default as baseline; a run
that was interrupted goes on. `--only` leaves the second out, `--students` the first.
"""

import argparse
import pathlib
from collections.abc import Callable
from typing import Any

import bert_keras as bk

OTHER_SEED = 1000  # none of the contestants'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="glue/sst2")
    parser.add_argument("--data-dir", help="TFDS's, or one with GLUE's files; for names of tasks")
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--layers", type=int, default=3, help="of the students")
    parser.add_argument("--students-rate", type=float, default=2e-4)
    parser.add_argument("--limit", type=int, default=2000)
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--first", help="a task that an encoder is tuned on before: 'another task first'")
    parser.add_argument("--first-limit", type=int, help="how many of its rows; all of them unless said")
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seq-length", type=int, default=128)
    parser.add_argument("--only", nargs="*", help="names of the first comparison; the second is then left out")
    parser.add_argument("--students", action="store_true", help="the second comparison alone")
    parser.add_argument("--rate", type=float, default=bk.Recipe.learning_rate, help="of all layers")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    given = parser.parse_args()
    options = {"limit": given.limit, "seq_length": given.seq_length}
    task = task_of(given.task, given.data_dir, options)
    shared = {"epochs": given.epochs, "native": True, "precision": given.precision}

    def recipe(**fields: object) -> bk.Recipe:
        return bk.Recipe(**shared, **fields)

    compared = {"seeds": given.seeds, "baseline": "default", "keep": "none", "resume": True}
    if not given.students:
        whole = whole_ways(given, recipe)
        print(bk.compare(task, whole, given.out / "whole", encoder=given.encoder, **compared))
    if given.only:
        return
    teacher = given.out / "teacher"
    if not (teacher / "config.json").is_file():
        own = recipe(seed=OTHER_SEED, learning_rate=given.rate)
        bk.finetune(task, given.encoder, teacher, recipe=own, resume=True)
    own = {"learning_rate": given.students_rate, "pooling": "mean"}  # whose pooler was made for more layers
    students = {"default": recipe(**own)}
    for share in (0.5, 1.0):
        students[f"taught {share:g}"] = recipe(teacher=str(teacher), teacher_share=share, **own)
    short = {"handle": given.encoder, "num_layers": given.layers}
    print(bk.compare(task, students, given.out / "short", encoder=short, **compared))


def whole_ways(given: argparse.Namespace, recipe: Callable[..., bk.Recipe]) -> dict[str, Any]:
    """The first comparison's contestants, with the encoder of another task where one is asked for."""
    whole: dict[str, Any] = {
        "default": recipe(learning_rate=given.rate),
        "label smoothing 0.1": recipe(learning_rate=given.rate, label_smoothing=0.1),
        "layer decay 0.9": recipe(learning_rate=given.rate, layer_decay=0.9),
        "top layer anew": recipe(learning_rate=given.rate, reinit_layers=1),
        "r-drop 1": recipe(learning_rate=given.rate, r_drop=1.0),
        "focal 2": recipe(learning_rate=given.rate, focal=2.0),
        "averages 0.9": recipe(learning_rate=given.rate, ema=0.9),
        "averages 0.98": recipe(learning_rate=given.rate, ema=0.98),
        "mean of tokens": recipe(learning_rate=given.rate, pooling="mean"),
        "cosine": recipe(learning_rate=given.rate, schedule="cosine"),
        "rate stays": recipe(learning_rate=given.rate, schedule="constant"),
        "rate stays, averages 0.97": recipe(learning_rate=given.rate, schedule="constant", ema=0.97),
    }
    whole = {name: own for name, own in whole.items() if name == "default" or name in (given.only or whole)}
    if given.first:
        first = given.out / "first"
        if not (first / "config.json").is_file():
            options = {"seq_length": given.seq_length} | ({"limit": given.first_limit} if given.first_limit else {})
            before = task_of(given.first, given.data_dir, options)
            own = recipe(seed=OTHER_SEED, learning_rate=given.rate)
            bk.finetune(before, given.encoder, first, recipe=own, resume=True)
        whole["another task first"] = {"encoder": first, "recipe": whole["default"]}
    return whole


def task_of(name: str, data_dir: str | None, options: dict[str, int]) -> Any:
    """The task of a name, or of a folder's train.csv and dev.csv."""
    folder = pathlib.Path(name)
    if folder.is_dir():
        return bk.load_files({"train": folder / "train.csv", "validation": folder / "dev.csv"}, **options)
    return bk.load_task(name, data_dir=data_dir, **options)


if __name__ == "__main__":
    main()
