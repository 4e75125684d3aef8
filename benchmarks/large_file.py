"""A CSV that is larger than memory should hold: seconds to read and tokenize it, and the memory that takes.

    python benchmarks/large_file.py --megabytes 1000            # to disk, as files of more than 256 MiB are
    python benchmarks/large_file.py --megabytes 100 --in-memory

It writes a CSV of words drawn by a seed, some 180 characters a row, loads it with `bk.load_files` and reads
one epoch's first 200 batches. Memory is that of the process beyond what it had before, without the pages of files
that the system may drop at any time (RssAnon of Linux).
"""

import argparse
import json
import pathlib
import random
import tempfile
import threading
import time

import bert_keras as bk

WORDS = "the film was long and a story of people who never find what they look for in it but good".split()


def write(path: pathlib.Path, size: int) -> int:
    """Writes a CSV of about `size` bytes; returns its rows."""
    draw, rows, written = random.Random(0), 0, 0
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write("text,label\n")
        while written < size:
            words = draw.choices(WORDS, k=draw.randint(10, 70))
            written += file.write(f"{' '.join(words)} {rows},{draw.choice('abc')}\n")
            rows += 1
    return rows


def anonymous() -> int:
    """Bytes of memory of this process that are no file's."""
    lines = pathlib.Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("RssAnon"))


class Peak(threading.Thread):
    """The most memory while a block runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most, self._ended = 0, threading.Event()

    def run(self) -> None:
        while not self._ended.wait(0.05):
            self.most = max(self.most, anonymous())

    def __enter__(self) -> "Peak":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._ended.set()
        self.join()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--megabytes", type=float, default=1000)
    parser.add_argument("--in-memory", action="store_true")
    parser.add_argument("--vocab", help="a vocabulary; that of the sample encoder if not given")
    arguments = parser.parse_args()
    tokenizer = bk.Tokenizer(arguments.vocab) if arguments.vocab else bk.load_encoder("sample").tokenizer
    tokenizer(["warm up"])
    with tempfile.TemporaryDirectory() as folder:
        path = pathlib.Path(folder) / "large.csv"
        rows = write(path, int(arguments.megabytes * 1e6))
        before, start = anonymous(), time.monotonic()
        with Peak() as reading:
            table = bk.load_files(path, in_memory=True if arguments.in_memory else False)
        read = time.monotonic() - start
        with Peak() as tokenizing:
            data = table.load(tokenizer, seq_length=128, batch_size=32)
        tokenized = time.monotonic() - start - read
        with Peak() as batching:
            batches = sum(1 for _ in data.train.take(200))
    told = {
        "rows": rows,
        "file_mb": round(arguments.megabytes),
        "in_memory": arguments.in_memory,
        "seconds": {"reading": round(read, 1), "tokenizing": round(tokenized, 1)},
        "rise_mb": {
            name: round((peak.most - before) / 1e6)
            for name, peak in (("reading", reading), ("tokenizing", tokenizing), ("200 batches", batching))
        },
        "batches": batches,
    }
    print(json.dumps(told))


if __name__ == "__main__":
    main()
