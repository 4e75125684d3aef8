"""What options of a recipe give, in paired seeds beside the default: smoothing, rates by layer, layers anew, a teacher,
two passes, a focal loss, averaged weights.

    python benchmarks/recipes.py --data-dir DATA/glue --task glue/sst2 --limit 2000 --seeds 5 --out runs/recipes

The first comparison is of all layers, the second of half of them, with and without a teacher: a model with all of its
layers, that was tuned on the same rows with another seed. Each is a `bk.compare` with the default as baseline; a run
that was interrupted goes on.
"""

import argparse
import pathlib

import bert_keras as bk

TEACHERS_SEED = 1000  # none of the students'


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--task", default="glue/sst2")
    parser.add_argument("--data-dir", required=True)
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--layers", type=int, default=3, help="of the students")
    parser.add_argument("--students-rate", type=float, default=2e-4)
    parser.add_argument("--limit", type=int, default=2000)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--seq-length", type=int, default=128)
    parser.add_argument("--only", nargs="*", help="names of the first comparison; the second is then left out")
    parser.add_argument("--rate", type=float, default=bk.Recipe.learning_rate, help="of the first comparison")
    parser.add_argument("--out", type=pathlib.Path, required=True)
    given = parser.parse_args()
    task = bk.load_task(given.task, data_dir=given.data_dir, limit=given.limit, seq_length=given.seq_length)
    shared = {"epochs": given.epochs, "native": True}

    def recipe(**fields: object) -> bk.Recipe:
        return bk.Recipe(**shared, **fields)

    whole = {
        "default": recipe(learning_rate=given.rate),
        "label smoothing 0.1": recipe(learning_rate=given.rate, label_smoothing=0.1),
        "layer decay 0.9": recipe(learning_rate=given.rate, layer_decay=0.9),
        "top layer anew": recipe(learning_rate=given.rate, reinit_layers=1),
        "r-drop 1": recipe(learning_rate=given.rate, r_drop=1.0),
        "focal 2": recipe(learning_rate=given.rate, focal=2.0),
        "averages 0.9": recipe(learning_rate=given.rate, ema=0.9),
        "averages 0.98": recipe(learning_rate=given.rate, ema=0.98),
    }
    whole = {name: own for name, own in whole.items() if name == "default" or name in (given.only or whole)}
    options = {"seeds": given.seeds, "baseline": "default", "keep": "none", "resume": True}
    print(bk.compare(task, whole, given.out / "whole", encoder=given.encoder, **options))
    if given.only:
        return
    teacher = given.out / "teacher"
    if not (teacher / "config.json").is_file():
        bk.finetune(task, given.encoder, teacher, recipe=recipe(seed=TEACHERS_SEED), resume=True)
    own = {"learning_rate": given.students_rate, "pooling": "mean"}  # whose pooler was made for more layers
    students = {"default": recipe(**own)}
    for share in (0.5, 1.0):
        students[f"taught {share:g}"] = recipe(teacher=str(teacher), teacher_share=share, **own)
    short = {"handle": given.encoder, "num_layers": given.layers}
    print(bk.compare(task, students, given.out / "short", encoder=short, **options))


if __name__ == "__main__":
    main()
