"""Retrieval before reading on SQuAD 1.1: is the right paragraph first, and are questions answered over the collection.

    python benchmarks/retrieval.py search --data DATA/squad --index runs/squad_index
    python benchmarks/retrieval.py read --data DATA/squad --index runs/squad_index --model runs/squad

The collection is all paragraphs of the two files, and a question's paragraph is the right one. `search` prints recall
and mean reciprocal rank (MRR) of `bk.search_index` for several weights of words, and beside it those of BM25 (k1 1.2, b
0.75; words lower-cased) and of its rank and the cosine's fused (Cormack et al., 2009: the sum of 1 / (60 + rank)). It
compares the search with a brute-force one in float64, and with scikit-learn's where that is installed.

`read` draws questions of the dev file, on whose articles the model was not trained, and prints exact match and F1 of
`bk.DocumentReader` over the whole collection: for several numbers of windows and weights of the search on one draw
(`--choose`), and for the best of these on another; beside them the same model given the right paragraph.
"""

import argparse
import collections
import json
import os
import re
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np

import bert_keras as bk
from bert_keras.question_answering.span_decoder import Spans
from bert_keras.retrieval.word_overlap import WordOverlap

ENCODER = "sample/all-MiniLM-L6-v2"
RANKS = (1, 5, 20)
WINDOWS = (1, 3, 5, 10)
WORD_WEIGHTS = (0.5, 1.0, 1.5, 2.0, 3.0)
WEIGHTS = (0.0, 5.0, 10.0, 20.0, 30.0, 50.0)
COMPARED = 500  # queries, with the brute-force search


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("command", choices=("search", "read"))
    parser.add_argument("--data", required=True, help="the folder with train-v1.1.json and dev-v1.1.json")
    parser.add_argument("--encoder", default=ENCODER)
    parser.add_argument("--pooling", default="mean")
    parser.add_argument("--seq-length", type=int, nargs="+", default=[256])
    parser.add_argument("--index", help="an index of the collection that was saved, or where to save it")
    parser.add_argument("--model", help="of `read`: a model folder of question answering")
    parser.add_argument("--questions", type=int, default=500, help="of `read`: dev questions that are scored")
    parser.add_argument("--choose", type=int, default=300, help="of `read`: others, by which numbers are chosen")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    if arguments.index and len(arguments.seq_length) > 1:
        parser.error("--index keeps an index of one --seq-length")
    {"search": search, "read": read}[arguments.command](arguments)


def squad(folder: str, version: str = "v1.1") -> tuple[dict[str, str], dict[str, list[dict[str, Any]]]]:
    """The paragraphs by name, each once, and by part the questions; one without answers has none in its paragraph."""
    rows = bk.load_task(f"squad/{version}", data_dir=folder).rows(("train", "validation"))
    names: dict[str, str] = {}
    parts = {}
    for part, examples in rows.items():
        parts[part] = []
        for question, context, answers in zip(examples.questions, examples.contexts, examples.answers, strict=True):
            name = names.setdefault(context, f"paragraph {len(names)}")
            given = {"question": question, "paragraph": name, "answers": [text for text, _ in answers]}
            parts[part].append(given)
    return {name: context for context, name in names.items()}, parts


def search(arguments: argparse.Namespace) -> None:
    paragraphs, parts = squad(arguments.data)
    asked = [row for part in parts.values() for row in part]
    queries, right = [row["question"] for row in asked], [row["paragraph"] for row in asked]
    print(f"{len(paragraphs):,} paragraphs, {len(asked):,} questions")
    names = list(paragraphs)
    numbers = {name: number for number, name in enumerate(names)}
    truth = np.array([numbers[name] for name in right])
    begin = time.perf_counter()
    lexical = bm25(list(paragraphs.values()), queries)
    bm25_ranks = ranks_of(lexical, truth)
    tell("BM25", bm25_ranks, seconds=time.perf_counter() - begin)
    for seq_length in arguments.seq_length:
        begin = time.perf_counter()
        index = made_or_loaded(arguments, paragraphs, seq_length)
        made = time.perf_counter() - begin
        begin = time.perf_counter()
        vectors = index.embedder(queries)
        asked_in = time.perf_counter() - begin
        begin = time.perf_counter()
        cosines = vectors @ index.vectors.T
        spent = time.perf_counter() - begin
        groups = np.flatnonzero(np.diff(index.windows[:, 0], prepend=-1))
        best = np.maximum.reduceat(cosines, groups, axis=1)
        tell(f"{index}", ranks_of(best, truth), made=made, questions=asked_in, product=spent)
        tell("  fused with BM25", ranks_of(fused(best, lexical), truth))
        begin = time.perf_counter()
        texts = [paragraphs[names[number]][start:end] for number, start, end in index.windows.tolist()]
        overlap = WordOverlap(texts, index.encoder.tokenizer)(queries)
        told = {"words": time.perf_counter() - begin}
        for weight in WORD_WEIGHTS:
            both = ranks_of(np.maximum.reduceat(cosines + weight * overlap, groups, axis=1), truth)
            tell(f"  word_weight={weight}", both, **told)
            told = {}
        few, ranks = queries[:COMPARED], both[:COMPARED]
        hits = index.search(few, k=max(RANKS), one_per_document=True, word_weight=WORD_WEIGHTS[-1])
        found = [[hit.document for hit in own] for own in hits]
        own = [names.index(name) + 1 if name in names else np.inf for names, name in zip(found, right, strict=False)]
        same = np.minimum(own, max(RANKS) + 1) == np.minimum(ranks, max(RANKS) + 1)
        print(f"  of {len(few)} searches with that weight {int(same.sum())} find the right paragraph at the same rank")
        compare(index, few, vectors[:COMPARED])


def made_or_loaded(arguments: argparse.Namespace, paragraphs: dict[str, str], seq_length: int) -> bk.SearchIndex:
    """The index of the collection: of `--index` where it is, else a new one, which is saved there."""
    if arguments.index and os.path.isdir(arguments.index):
        return bk.load_index(arguments.index)
    options = {"pooling": arguments.pooling, "seq_length": seq_length}
    index = bk.search_index(arguments.encoder, paragraphs, **options)
    if arguments.index:
        index.save(arguments.index)
    return index


def compare(index: bk.SearchIndex, queries: list[str], vectors: np.ndarray) -> None:
    """The search beside brute force in float64, and scikit-learn's: the same windows but for equal cosines."""
    hits = index.search(queries, k=10)
    names = list(index.documents)
    places = {(names[number], *span): row for row, (number, *span) in enumerate(index.windows.tolist())}
    ours = np.array([[places[hit.document, hit.start, hit.end] for hit in own] for own in hits])
    exact = np.einsum("qd,wd->qw", vectors.astype("float64"), index.vectors.astype("float64"))
    theirs = np.argsort(-exact, axis=1, kind="stable")[:, :10]
    lost = np.take_along_axis(exact, theirs, 1) - np.take_along_axis(exact, ours, 1)
    far = np.abs(np.array([[hit.score for hit in own] for own in hits]) - np.take_along_axis(exact, ours, 1)).max()
    told = f"  of {len(queries)} x 10 hits {int((ours == theirs).sum())} are brute force's in float64 at their place, "
    print(told + f"the others' cosines less by {np.abs(lost).max():.1e} at most; scores differ by {far:.1e} at most")
    try:
        from sklearn.neighbors import NearestNeighbors
    except ImportError:
        print("  scikit-learn is not here")
        return
    peer = NearestNeighbors(n_neighbors=10, metric="cosine", algorithm="brute").fit(index.vectors)
    same = peer.kneighbors(vectors, return_distance=False) == ours
    print(f"  of {same.size} hits {int(same.sum())} are scikit-learn's at their place")


def ranks_of(scores: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """The rank of each query's right paragraph, from 1; of equals the first one is first."""
    own = scores[np.arange(len(truth)), truth][:, None]
    before = (scores == own) & (np.arange(scores.shape[1]) < truth[:, None])
    return 1 + (scores > own).sum(axis=1) + before.sum(axis=1)


def fused(*scores: np.ndarray) -> np.ndarray:
    return sum(1 / (61 + np.argsort(np.argsort(-own, axis=1, kind="stable"), axis=1)) for own in scores)


def tell(name: str, ranks: Any, **seconds: float) -> None:
    ranks = np.asarray(ranks, "float64")
    told = ", ".join(f"recall@{rank} {(ranks <= rank).mean():.4f}" for rank in RANKS)
    spent = "".join(f", {what} {value:.1f} s" for what, value in seconds.items())
    print(f"{name}: {told}, MRR {(1 / ranks).mean():.4f}{spent}", flush=True)


def bm25(texts: list[str], queries: list[str], k1: float = 1.2, b: float = 0.75) -> np.ndarray:
    """float32 [queries, texts]."""
    words = [collections.Counter(re.findall(r"\w+", text.lower())) for text in texts]
    lengths = np.array([sum(own.values()) for own in words], "float64")
    columns: dict[str, list[tuple[int, int]]] = {}
    for number, own in enumerate(words):
        for word, count in own.items():
            columns.setdefault(word, []).append((number, count))
    weights = {}
    for word, entries in columns.items():
        rows, counts = np.array(entries).T
        rarity = np.log(1 + (len(texts) - len(rows) + 0.5) / (len(rows) + 0.5))
        scale = k1 * (1 - b + b * lengths[rows] / lengths.mean())
        weights[word] = rows, rarity * counts * (k1 + 1) / (counts + scale)
    scores = np.zeros((len(queries), len(texts)), "float32")
    for number, query in enumerate(queries):
        for word in re.findall(r"\w+", query.lower()):
            if word in weights:
                rows, values = weights[word]
                scores[number, rows] += values
    return scores


def read(arguments: argparse.Namespace) -> None:
    paragraphs, parts = squad(arguments.data)
    predictor = bk.load(arguments.model)
    predictor.reader = Remembering(predictor.reader)  # a passage is read once, whatever the weight
    index = made_or_loaded(arguments, paragraphs, arguments.seq_length[0])
    dev = parts["validation"]
    order = np.random.default_rng(arguments.seed).permutation(len(dev))
    chosen = [dev[row] for row in order[: arguments.choose]]
    scored = [dev[row] for row in order[arguments.choose : arguments.choose + arguments.questions]]
    best = (-1.0, 0, 0.0)
    for k in WINDOWS:
        for weight in WEIGHTS if k > 1 else (0.0,):
            exact, f1, _, seconds = scores(index, predictor, chosen, k, weight)
            told = {"k": k, "weight": weight, "exact_match": exact, "f1": f1, "seconds": seconds}
            print(json.dumps(told), flush=True)
            best = max(best, (f1, k, weight))
    _, k, weight = best
    print(f"chosen on {len(chosen)} questions: k={k}, passage_weight={weight}; {len(scored)} others:")
    for own, words in dict.fromkeys(((1, 1.0), (5, 1.0), (k, 1.0), (k, 0.0))):
        exact, f1, share, seconds = scores(index, predictor, scored, own, weight, words)
        told = f"exact match {exact:.2f}, F1 {f1:.2f}, from the right paragraph {share:.3f}, {seconds:.1f} s"
        print(f"  over {len(paragraphs):,} paragraphs, k={own}, word_weight={words}: {told}", flush=True)
    found = predictor([row["question"] for row in scored], [paragraphs[row["paragraph"]] for row in scored])
    exact, f1 = squad_scores(scored, [answer.answer for answer in found])
    print(f"  given the right paragraph: exact match {exact:.2f}, F1 {f1:.2f}")


class Remembering:
    """A predictor's reader that reads a question and a passage once."""

    def __init__(self, reader: Any) -> None:
        self.reader, self.preprocessor, self.known = reader, reader.preprocessor, {}

    def __call__(self, questions: list[str], contexts: list[str], n_best: int) -> tuple[Any, np.ndarray]:
        pairs = list(zip(questions, contexts, strict=True))
        new = [pair for pair in dict.fromkeys(pairs) if pair not in self.known]
        if new:
            spans, lengths = self.reader(*map(list, zip(*new, strict=True)), n_best)
            self.known |= dict(zip(new, zip(*spans, lengths, strict=True), strict=True))
        *columns, lengths = map(np.stack, zip(*(self.known[pair] for pair in pairs), strict=True))
        return Spans(*columns), lengths


def scores(
    index: bk.SearchIndex,
    predictor: bk.QuestionPredictor,
    rows: list[dict[str, Any]],
    k: int,
    weight: float,
    words: float = 1.0,
) -> tuple[float, float, float, float]:
    """Exact match, F1, the share of answers from the right paragraph, seconds."""
    reader = bk.DocumentReader(index, predictor, k=k, word_weight=words, passage_weight=weight)
    begin = time.perf_counter()
    answers = reader([row["question"] for row in rows])
    seconds = time.perf_counter() - begin
    share = np.mean([answer.document == row["paragraph"] for answer, row in zip(answers, rows, strict=True)])
    return *squad_scores(rows, [answer.answer for answer in answers]), float(share), round(seconds, 1)


def squad_scores(rows: list[dict[str, Any]], answers: list[str]) -> tuple[float, float]:
    references = [
        {"paragraphs": [{"qas": [{"id": str(number), "answers": [{"text": text} for text in row["answers"]]}]}]}
        for number, row in enumerate(rows)
    ]
    found = bk.metrics.squad_v1({str(number): answer for number, answer in enumerate(answers)}, references)
    return round(found["exact_match"], 2), round(found["f1"], 2)


if __name__ == "__main__":
    main()
