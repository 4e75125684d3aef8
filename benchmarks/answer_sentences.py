"""Own data of RTE's size, for benchmarks: does this sentence answer that question?

    python benchmarks/answer_sentences.py --data DATA --out runs/answers

Of SQuAD 1.1's train and dev files in DATA/squad it draws questions, each with one sentence of its paragraph: the one
that holds the answer, or another one. It writes train.csv (2,490 pairs, as RTE has) and dev.csv (1,000), with columns
`question`, `sentence` and `label`: half "answers", half "other".
"""

import argparse
import csv
import json
import pathlib
import re
from collections.abc import Iterator

import numpy as np

PARTS = {"train": ("train-v1.1.json", 2490), "dev": ("dev-v1.1.json", 1000)}
LABELS = ("other", "answers")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True, help="a folder with squad/")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", type=pathlib.Path, required=True, help="a folder for train.csv and dev.csv")
    given = parser.parse_args()
    given.out.mkdir(parents=True, exist_ok=True)
    for part, (name, rows) in PARTS.items():
        random = np.random.default_rng(given.seed)
        pairs = list(pairs_of(given.data / "squad" / name, random))
        drawn = random.permutation(len(pairs))[:rows]
        with open(given.out / f"{part}.csv", "w", newline="", encoding="utf-8") as file:
            lines = csv.writer(file)
            lines.writerow(["question", "sentence", "label"])
            for number, place in enumerate(drawn):
                question, sentences = pairs[place]
                lines.writerow([question, sentences[number % 2], LABELS[number % 2]])


def pairs_of(path: pathlib.Path, random: np.random.Generator) -> Iterator[tuple[str, tuple[str, str]]]:
    """Each question with another sentence of its paragraph, and the one that answers."""
    for article in json.loads(path.read_text(encoding="utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            bounds = [0, *(found.end() for found in re.finditer(r"[.!?]\s+(?=[A-Z])", paragraph["context"]))]
            sentences = [paragraph["context"][a:b].strip() for a, b in zip(bounds, [*bounds[1:], None], strict=True)]
            if len(sentences) < 2:
                continue
            for question in paragraph["qas"]:
                start = question["answers"][0]["answer_start"]
                holds = sum(bound <= start for bound in bounds) - 1
                others = [place for place in range(len(sentences)) if place != holds]
                other = others[int(random.integers(len(others)))]
                yield question["question"], (sentences[other], sentences[holds])


if __name__ == "__main__":
    main()
