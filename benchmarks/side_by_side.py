"""Ours and Hugging Face's Trainer in turn, in one run on one machine: the ratio of their seconds.

    python benchmarks/side_by_side.py --hf-python hf/bin/python --glue-dir DATA/glue --limit 1024 --epochs 1 --repeats 3

`hf/bin/python` is the environment of `huggingface_glue.py`. Each repeat runs native, Hugging Face and hub, in that
order, each in a process of its own; the median of each and the ratios of the medians come out.
"""

import argparse
import json
import pathlib
import statistics
import subprocess
import sys

HERE = pathlib.Path(__file__).parent


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--hf-python", required=True)
    parser.add_argument("--glue-dir", required=True)
    parser.add_argument("--task", default="mrpc")
    parser.add_argument("--limit", default="1024")
    parser.add_argument("--epochs", default="1")
    parser.add_argument("--repeats", type=int, default=3)
    arguments = parser.parse_args()
    shared = ["--glue-dir", arguments.glue_dir, "--task", arguments.task, "--epochs", arguments.epochs]
    shared += ["--limit", arguments.limit] if arguments.limit != "0" else []
    ours = [sys.executable, str(HERE / "bert_keras_glue.py"), *shared]
    commands = {
        "native": [*ours, "--native"],
        "huggingface": [arguments.hf_python, str(HERE / "huggingface_glue.py"), *shared],
        "hub": ours,
    }
    seconds: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(arguments.repeats):
        for name, command in commands.items():
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            seconds[name].append(json.loads(done.stdout.splitlines()[-1])["seconds"])
            print(f"{name:12}{seconds[name][-1]:8.1f} s", flush=True)
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print("medians  " + "  ".join(f"{name} {value:.1f} s" for name, value in medians.items()))
    print(
        "ratios   "
        + "  ".join(f"{n} / huggingface {medians[n] / medians['huggingface']:.2f}" for n in ("native", "hub"))
    )


if __name__ == "__main__":
    main()
