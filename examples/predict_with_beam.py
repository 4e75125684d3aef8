"""A table of texts answered by Apache Beam on two processes of this computer, and the job run a second time.

    pip install apache-beam
    python examples/predict_with_beam.py [--small]

Trains on 400 review sentences that come with the library, exports, and answers a CSV of 2,000 rows in which some are
broken. On 2 CPU cores, busy with other programs, --small took 44 s of CPU time (2 min 51 s by the clock) and its 194
answers had accuracy 0.603, after one epoch of 32 sentences.
"""

import argparse
import csv
import json
import os
import pathlib
import shutil

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import apache_beam as beam
from apache_beam.options.pipeline_options import PipelineOptions

import bert_keras as bk
from bert_keras.beam import PredictToFiles, ReadCsv

TABLE, ANSWERS = pathlib.Path("runs/beam/table.csv"), pathlib.Path("runs/beam/answers")
SAMPLES = pathlib.Path(bk.__file__).parent / "data" / "samples"


def write_table(count: int) -> None:
    """A table with an id, a text and the right label; every 50th row has no text, and every 70th is not UTF-8."""
    with open(SAMPLES / "reviews_test.tsv", encoding="utf-8", newline="") as file:
        reviews = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    with open(TABLE, "w", encoding="utf-8", errors="surrogateescape", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(["number", "review", "right"])
        for number in range(count):
            review = reviews[number % len(reviews)]
            text = "" if number % 50 == 0 else review["sentence"] + ("\udcff" if number % 70 == 0 else "")
            writer.writerow([number, text, review["label"]])


def answer(export: str, processes: int) -> None:
    """The job. What it finds of an earlier run it keeps."""
    options = [f"--direct_num_workers={processes}", "--direct_running_mode=multi_processing"]
    with beam.Pipeline("DirectRunner", options=PipelineOptions(options)) as pipeline:
        rows = pipeline | ReadCsv(str(TABLE))
        asked = {"id": "number", "columns": {"text": "review"}, "keep": ["right"], "outputs": ["label"], "shards": 8}
        rows | PredictToFiles(export, ANSWERS, **asked)


def records(name: str) -> list[dict]:
    return [json.loads(line) for path in sorted(ANSWERS.glob(f"{name}-*")) for line in path.open(encoding="ascii")]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="one epoch of 32 sentences, and 200 rows")
    small = parser.parse_args().small
    shutil.rmtree("runs/beam", ignore_errors=True)
    TABLE.parent.mkdir(parents=True)
    write_table(200 if small else 2000)
    task = bk.load_task("samples/reviews", seq_length=64, limit=32 if small else None)
    recipe = bk.Recipe(epochs=1 if small else 4, batch_size=16, learning_rate=1e-4)
    export = bk.export(bk.finetune(task, "sample", "runs/beam/model", recipe=recipe).folder, "runs/beam/export")
    answer(export, processes=2)
    answered, failed = records("answers"), records("failed")
    right = sum(row["label"] == row["right"] for row in answered) / len(answered)
    print(f"{len(answered)} rows answered, {len(failed)} set aside; accuracy {right:.3f}")
    for row in failed[:2]:
        print(f"  row {row['number']}: {row['reason']}")
    lost = sorted(ANSWERS.glob("answers-*"))[0]
    lost.unlink()  # as if the job had broken off before it
    answer(export, processes=1)
    print(f"run again: {lost.name} is there: {lost.is_file()}, {len(records('answers'))} rows answered")


if __name__ == "__main__":
    main()
