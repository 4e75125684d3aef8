"""Whether a classifier knows texts that are unlike those that it was trained on, and what that costs in false alarms.

    python benchmarks/unlike_texts.py --data DATA --task sst2 --seeds 2
    python benchmarks/unlike_texts.py --data DATA --task articles --rate 2e-4 --seeds 2

For each seed the sample encoder is tuned for three epochs (native, batches of 32, 5e-5 or `--rate`): on 2,000 rows of
SST-2, or on 2,000 questions of SQuAD, of which the class is the article that they are asked of; a third of the articles
is left out. Unlike are texts of other data sets, and the questions of articles that were left out, or that stand in
SQuAD's other file. The validation rows are drawn into halves again and again. Out comes a line of JSON for each seed,
with means over the draws:

* `ways`: by way to say how unlike a text is, and by data set, the area under the ROC curve, and the false alarms where
  95 % of the unlike ones are found. "distance" is what `bk.calibrate` fits, on a quarter of the validation rows;
  "distance, train" the same of the training rows; "one mean" that without classes; "relative" the distance less that of
  one mean (Ren et al., 2021); "nearest" the cosine to the nearest of these rows; "probability" and "energy" are of the
  logits alone.
* `promise`: what `bk.calibrate(false_alarms=0.05)` did: the false alarms on the other half, in which share of the draws
  they were as few as promised, and by data set the share of texts that it called unlike.

DATA holds `glue/` in GLUE's TSV layout, and `squad/` with SQuAD's own files.
"""

import argparse
import json
import os
import pathlib
import tempfile
import time

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from scipy import special

import bert_keras as bk
from bert_keras.data.splitting import held_out
from bert_keras.metrics.ranking import roc_auc
from bert_keras.running.confidence.fit_unlike import fit_unlike
from bert_keras.text_classification.text_vectors import TextVectors
from bert_keras.tuned.ordinary_vectors import OrdinaryVectors
from bert_keras.tuned.text_batches import TextBatches

ENCODER = "sample/all-MiniLM-L6-v2"
OTHERS = {"sst2": ("cola", "mrpc", "questions"), "articles": ("cola", "mrpc", "sst2", "left_out", "questions")}
_MOST = 800  # texts of a data set


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--task", choices=tuple(OTHERS), default="sst2")
    parser.add_argument("--limit", type=int, default=2000, help="training rows")
    parser.add_argument("--epochs", type=int, default=3)
    parser.add_argument("--rate", type=float, default=5e-5, help="the peak learning rate")
    parser.add_argument("--seeds", type=int, default=2)
    parser.add_argument("--draws", type=int, default=50, help="of the halves")
    parser.add_argument("--share", type=float, default=0.05, help="of false alarms that is promised")
    parser.add_argument("--assurance", type=float, default=0.9)
    arguments = parser.parse_args()
    for seed in range(arguments.seeds):
        print(json.dumps(measured(arguments, seed)), flush=True)


def measured(arguments: argparse.Namespace, seed: int) -> dict:
    begun = time.monotonic()
    fields = {"epochs": arguments.epochs, "batch_size": 32, "learning_rate": arguments.rate}
    recipe = bk.Recipe(**fields, native=True, seed=seed)
    task, others = chosen(arguments, seed)
    with tempfile.TemporaryDirectory() as folder:
        out = pathlib.Path(folder) / "run"
        bk.finetune(task, ENCODER, out, recipe=recipe, say=lambda line: None)
        predictor = bk.load(out, native=True)
    size = predictor.model.encoder.config.hidden_size
    read = TextBatches(TextVectors(predictor.model), predictor.preprocessor, size)
    rows = task.rows(("train", "validation"))
    vectors = {name: read((list(own.texts[0]),), 32) for name, own in rows.items()}
    vectors |= {name: read((texts,), 32) for name, texts in others.items()}
    labels = {name: np.asarray(own.labels).reshape(-1) for name, own in rows.items()}
    kernel, bias = (weight.numpy() for weight in predictor.model.classifier.weights)
    logits = {name: own @ kernel + bias for name, own in vectors.items()}
    texts = rows["validation"].texts[0]
    groups = np.unique(np.asarray(texts, object), return_inverse=True)[1]
    ways, promises = {}, []
    for draw in range(arguments.draws):
        is_fitted = held_out(labels["validation"], groups, 0.5, draw)
        pair = arguments.share, arguments.assurance
        given = vectors["validation"], labels["validation"], groups, is_fitted, *pair, draw
        ordinary, promise, _ = fit_unlike(*given)
        found = {name: (ordinary.distances(vectors[name]) > promise.threshold).mean() for name in others}
        promises.append({"false_alarms": promise.share, "kept": promise.share <= arguments.share, **found})
        if draw < 10:  # areas differ little from draw to draw
            own = np.flatnonzero(is_fitted)
            own = own[~held_out(labels["validation"][own], groups[own], 0.5, draw)]  # as `fit_unlike` draws them
            fitted = vectors["validation"][own], labels["validation"][own]
            by_way = {**ways_of(*fitted), "distance, train": ways_of(vectors["train"], labels["train"])["distance"]}
            for name, way in by_way.items():
                like = way(vectors["validation"], logits["validation"])[~is_fitted]
                for other in others:
                    pair = of_pair(like, way(vectors[other], logits[other]))
                    ways.setdefault(name, {}).setdefault(other, []).append(pair)
    return {
        "task": arguments.task,
        "seed": seed,
        "classes": int(predictor.model.num_classes),
        "validation_rows": len(texts),
        "right": round(float((logits["validation"].argmax(axis=1) == labels["validation"]).mean()), 4),
        "texts": {name: len(own) for name, own in others.items()},
        "ways": {name: {other: _means(pairs) for other, pairs in own.items()} for name, own in ways.items()},
        "promise": {name: _means([one[name] for one in promises]) for name in promises[0]},
        "seconds": round(time.monotonic() - begun, 1),
    }


def chosen(arguments: argparse.Namespace, seed: int) -> tuple[bk.Task, dict[str, list[str]]]:
    """The task, and texts of others."""
    random = np.random.default_rng(seed)
    glue = {"data_dir": arguments.data / "glue"}
    others = {}
    for name in OTHERS[arguments.task]:
        if name in ("cola", "mrpc", "sst2"):
            others[name] = list(bk.load_task(f"glue/{name}", **glue).rows(("validation",))["validation"].texts[0])
    others["questions"] = [text for text, _ in questions(arguments.data / "squad" / "dev-v1.1.json")]
    if arguments.task == "sst2":
        task = bk.load_task("glue/sst2", **glue, limit=arguments.limit)
    else:
        rows = questions(arguments.data / "squad" / "train-v1.1.json")
        titles = list(dict.fromkeys(title for _, title in rows))
        left_out = {titles[place] for place in random.permutation(len(titles))[: len(titles) // 3]}
        others["left_out"] = [text for text, title in rows if title in left_out]
        rows = [row for row in dict(rows).items() if row[1] not in left_out]
        rows = [rows[place] for place in random.permutation(len(rows))]
        parts = {"train": rows[: arguments.limit], "validation": rows[arguments.limit :][:1000]}
        tables = {
            part: dict(zip(("text", "label"), zip(*own, strict=True), strict=True)) for part, own in parts.items()
        }
        task = bk.load_files({part: {name: list(own) for name, own in table.items()} for part, table in tables.items()})
    drawn = {name: random.permutation(len(texts))[:_MOST] for name, texts in others.items()}
    return task, {name: [others[name][place] for place in places] for name, places in drawn.items()}


def questions(file: pathlib.Path) -> list[tuple[str, str]]:
    """Each question with the title of its article."""
    articles = json.loads(file.read_text(encoding="utf-8"))["data"]
    pairs = [
        (one["question"].strip(), article) for article in articles for p in article["paragraphs"] for one in p["qas"]
    ]
    return [(text, article["title"]) for text, article in pairs if text]


def ways_of(vectors: np.ndarray, labels: np.ndarray) -> dict:
    """By name, from vectors and logits [texts, …] to how unlike the texts are."""
    by_class, one = OrdinaryVectors.of(vectors, labels), OrdinaryVectors.of(vectors, np.zeros(len(vectors)))
    known = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return {
        "distance": lambda own, logits: by_class.distances(own),
        "one mean": lambda own, logits: one.distances(own),
        "relative": lambda own, logits: by_class.distances(own) ** 2 - one.distances(own) ** 2,
        "nearest": lambda own, logits: -(own @ known.T).max(axis=1) / np.linalg.norm(own, axis=1),
        "probability": lambda own, logits: -special.softmax(logits, axis=1).max(axis=1),
        "energy": lambda own, logits: -special.logsumexp(logits, axis=1),
    }


def of_pair(like: np.ndarray, unlike: np.ndarray) -> tuple[float, float]:
    """The area under the ROC curve, and the false alarms where 95 % of the unlike texts are found."""
    scores, is_unlike = np.concatenate([like, unlike]), np.arange(len(like) + len(unlike)) >= len(like)
    return roc_auc(scores, is_unlike), float((like >= np.quantile(unlike, 0.05)).mean())


def _means(values: list) -> list[float] | float:
    found = np.mean(np.asarray(values, "float64"), axis=0)
    return np.round(found, 4).tolist()


if __name__ == "__main__":
    main()
