"""The benchmark: bert_keras beside Hugging Face and others, in turn, on the same rows and weights. See README.md.

python benchmarks/bench.py --data DATA [--part training] [--tasks mrpc,cola] [--rounds 10] [--quick]
"""

import argparse
import datetime
import importlib
import json
import pathlib
import tempfile

from common import report
from common.bench import REFERENCE, Bench, write_json
from common.machine import file_name, machine
from common.picture import draw
from common.versions import all_versions
from environments import python_of

HERE = pathlib.Path(__file__).resolve().parent
PARTS = ("training", "runs", "prediction", "vectors", "tokenizing", "startup")
TASKS = ("mrpc", "cola", "sst2", "squad")
ALSO = ("keras_hub", "tf_keras")
ROWS = ("512", "1024", "4096", "whole")
WAYS = ("float32", "bfloat16", "compiled")
QUICK_ROUNDS = 2


def main() -> None:
    arguments = parsed()
    facts = machine()
    print(f"{facts['processor']}, {facts['cores used']} cores used, {', '.join(facts['flags'])}")
    found = all_versions({name: python_of(name) for name in (REFERENCE, *arguments.also)})
    for name, packages in found.items():
        print(f"{name}: {', '.join(f'{package} {version}' for package, version in packages.items())}")
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(
            *(arguments.data, pathlib.Path(folder), arguments.rounds, arguments.tasks, arguments.also),
            *(arguments.quick, arguments.ways, arguments.rows),
        )
        arguments.out.mkdir(parents=True, exist_ok=True)
        today = f"{datetime.date.today()}"
        path = arguments.out / f"{today}-{file_name(facts)}{'-quick' * bench.quick}.json"
        results = json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
        results |= {"date": today, "machine": facts, "versions": found}
        for name in arguments.part:  # what was measured earlier today stays, but for what is measured anew
            results[name] = results.get(name, {}) | importlib.import_module(f"parts.{name}").run(bench)
            write_json(path, results)
    print(*report.lines(results), sep="\n")
    print(f"\nwritten: {path.name}, {draw(results, path.with_suffix('.png')).name}")


def parsed() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=folder_of_data, required=True, help="holds glue/ and squad/; see README.md")
    parser.add_argument(
        "--part", type=some_of(PARTS), default=PARTS, help=f"some of {', '.join(PARTS)}; all if not given"
    )
    parser.add_argument("--tasks", type=some_of(TASKS), default=TASKS, help=f"of training: some of {', '.join(TASKS)}")
    parser.add_argument("--rounds", type=int, default=None, help="10 if not given")
    parser.add_argument("--also", type=some_of(ALSO), default=(), help=f"in training too: some of {', '.join(ALSO)}")
    parser.add_argument(
        "--ways",
        type=some_of(WAYS),
        default=(),
        help=f"in training: some of {', '.join(WAYS)}, each in all rounds; else each system's best goes on",
    )
    parser.add_argument(
        "--rows", type=some_of(ROWS), default=ROWS, help=f"of whole runs: some of {', '.join(ROWS)} (MRPC, 3 epochs)"
    )
    parser.add_argument("--quick", action="store_true", help="a little of everything, to try the benchmark itself")
    parser.add_argument("--out", type=pathlib.Path, default=HERE / "results", help="where results are written")
    arguments = parser.parse_args()
    if arguments.rounds is None:
        arguments.rounds = QUICK_ROUNDS if arguments.quick else 10
    if arguments.rounds < 1:
        parser.error(f"--rounds must be 1 or more. Received: {arguments.rounds}.")
    return arguments


def some_of(names: tuple[str, ...]):
    """A type of argparse: names with commas between, each of `names`."""

    def read(text: str) -> tuple[str, ...]:
        asked = tuple(text.split(","))
        unknown = [name for name in asked if name not in names]
        if unknown:
            raise argparse.ArgumentTypeError(f"'{unknown[0]}' is none of {', '.join(names)}.")
        return asked

    return read


def folder_of_data(text: str) -> pathlib.Path:
    path = pathlib.Path(text).expanduser().resolve()
    missing = [name for name in ("glue", "squad") if not (path / name).is_dir()]
    if missing:
        raise argparse.ArgumentTypeError(f"'{text}' must hold the folders glue and squad; it has no {missing[0]}.")
    return path


if __name__ == "__main__":
    main()
