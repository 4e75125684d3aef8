"""A GLUE task, from its data to dev scores and the file for the leaderboard.

    python examples/glue_task.py mrpc --data-dir TFDS [--encoder NAME]

MRPC, sample encoder, 2 CPU cores: accuracy 0.787, F1 0.858, 401 s of training, by the same call on the command line
(docs/measurements.md); this script itself was run with --small alone.
"""

import argparse
import os
import pathlib

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import bert_keras as bk

PAIRS = [("The mill shut in May.", "In May the mill closed."), ("Rain fell all day.", "The shop opened late.")]
COLUMNS = ("Quality", "#1 ID", "#2 ID", "#1 String", "#2 String")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("task", nargs="?", default="mrpc", help="cola, sst2, mrpc, qqp, stsb, mnli, qnli, rte, wnli")
    parser.add_argument("--data-dir", help="TFDS's data folder, or that of GLUE's TSV files; TFDS's own if left out")
    parser.add_argument("--encoder", default="sample")
    parser.add_argument("--out", default="runs/glue", help="folder of the model folder; what is in it is replaced")
    parser.add_argument("--small", action="store_true", help="MRPC's files with two pairs of our own, one epoch")
    arguments = parser.parse_args()
    name, data_dir, out = arguments.task, arguments.data_dir, pathlib.Path(arguments.out)
    if arguments.small:
        name, data_dir = "mrpc", out / "data"
        write_pairs(data_dir / "MRPC")

    task = bk.load_glue(name, data_dir=data_dir)
    recipe = bk.Recipe(epochs=1) if arguments.small else bk.Recipe()  # BERT's own: 3 epochs, batch 32, 5e-5
    result = bk.finetune(task, arguments.encoder, out / name, recipe=recipe, overwrite=True)
    print(f"\n{name} dev: " + ", ".join(f"{metric} {value:.3f}" for metric, value in result.metrics.items()))
    if not arguments.small:  # the leaderboard takes each row of the real test part exactly once
        data = task.load(result.model.encoder, parts=("test",))
        for path in bk.write_predictions(result.model, data, out / "leaderboard"):
            print(f"for gluebenchmark.com: {path}")


def write_pairs(folder: pathlib.Path) -> None:
    """Files in MRPC's layout."""
    folder.mkdir(parents=True, exist_ok=True)
    lines = ["\t".join(COLUMNS), *("\t".join((str(1 - row), "1", "2", *pair)) for row, pair in enumerate(PAIRS))]
    for part in ("train", "dev"):
        (folder / f"{part}.tsv").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
