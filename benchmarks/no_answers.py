"""Questions over many documents of which about half have no answer there: SQuAD 2.0.

    python benchmarks/no_answers.py --data DATA/squad --index runs/squad_v2_index --model runs/squad_v2

The collection is all paragraphs of the two files. Questions of the dev file, on whose articles the model was not
trained, are asked of `bk.DocumentReader` with several numbers of windows and weights of the search. What speaks for "no
answer" is read in three ways, all of numbers that a `bk.DocumentAnswer` holds:

* least: the null score of the passage that speaks least for it, which is the rule of `bk.DocumentReader`;
* own: the null score of the passage that the answer is from;
* joint: the same, less the weight of the search times how much nearer that passage was found than the nearest.

For each a threshold is chosen on one draw of the questions (`--choose`), by F1, and the scores are of another. Beside
them stand those by the model's own threshold, and the same model given the right paragraph, with both. `auc` is the
chance that of two questions, one of each kind, the one without an answer has more that speaks for "no answer".
"""

import argparse
import json
import os
import time
from typing import Any

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import numpy as np
from retrieval import ENCODER, Remembering, made_or_loaded, squad

import bert_keras as bk
from bert_keras.metrics.ranking import roc_auc

WINDOWS = (1, 3, 5)
WEIGHTS = (0.0, 10.0, 20.0, 40.0)
NEVER, ALWAYS = 1e9, -1e9  # thresholds: an answer in any case, and none in any case


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True, help="the folder with train-v2.0.json and dev-v2.0.json")
    parser.add_argument("--model", required=True, help="a model folder that was tuned on SQuAD 2.0")
    parser.add_argument("--encoder", default=ENCODER)
    parser.add_argument("--pooling", default="mean")
    parser.add_argument("--seq-length", type=int, default=256)
    parser.add_argument("--index", help="an index of the collection that was saved, or where to save it")
    parser.add_argument("--questions", type=int, default=1000, help="that are scored")
    parser.add_argument("--choose", type=int, default=500, help="others, by which thresholds are chosen")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    paragraphs, parts = squad(arguments.data, "v2.0")
    predictor = bk.load(arguments.model, native=True)
    predictor.reader = Remembering(predictor.reader)  # a passage is read once, whatever the weight
    index = made_or_loaded(arguments, paragraphs, arguments.seq_length)
    dev = parts["validation"]
    order = np.random.default_rng(arguments.seed).permutation(len(dev))[: arguments.choose + arguments.questions]
    rows = [dev[place] for place in order]
    is_chosen = np.arange(len(rows)) < arguments.choose
    without = sum(not row["answers"] for row in rows)
    print(f"{len(paragraphs):,} paragraphs, {len(rows):,} questions, {without:,} of them without an answer", flush=True)

    contexts = [paragraphs[row["paragraph"]] for row in rows]
    given = predictor([row["question"] for row in rows], contexts, null_threshold=NEVER)
    tell("given the right paragraph", rows, given, [answer.null_score for answer in given], is_chosen, predictor)
    for k in WINDOWS:
        for weight in WEIGHTS if k > 1 else (0.0,):
            begin = time.perf_counter()
            reader = bk.DocumentReader(index, predictor, k=k, passage_weight=weight)
            asked = [row["question"] for row in rows]
            best, none = reader(asked, null_threshold=NEVER), reader(asked, null_threshold=ALWAYS)
            found = [answer.document == row["paragraph"] for answer, row in zip(best, rows, strict=True)]
            spent = time.perf_counter() - begin
            print(f"k={k}, passage_weight={weight}: right paragraph {np.mean(found):.3f}, {spent:.0f} s", flush=True)
            for rule, odds in odds_of(best, none, weight).items():
                tell(f"  {rule}", rows, best, odds, is_chosen, predictor)


def odds_of(best: list[Any], none: list[Any], weight: float) -> dict[str, list[float]]:
    """By rule, what speaks for "no answer" of each question."""
    nearer = [one.passage_score - other.passage_score for one, other in zip(best, none, strict=True)]
    own = [answer.null_score for answer in best]
    rules = {"least": [answer.null_score for answer in none], "own": own}
    return {**rules, "joint": [score - weight * more for score, more in zip(own, nearer, strict=True)]}


def tell(name: str, rows: list[dict], answers: list[Any], odds: list[float], is_chosen: Any, predictor: Any) -> None:
    """Prints the scores of the rows that no threshold was chosen on."""
    chosen = squad_scores(rows, answers, odds, is_chosen, NEVER)
    threshold = chosen["best_f1_threshold"]
    told = {"auc": roc_auc(odds, [not row["answers"] for row in rows]), "threshold": threshold}
    for which, value in (("chosen", threshold), ("own", predictor.null_threshold)):
        found = squad_scores(rows, answers, odds, ~is_chosen, value)
        names = ("exact_match", "f1", "has_answer_f1", "no_answer_f1")
        told[which] = {key: round(found[key], 2) for key in names}
    print(f"{name}: {json.dumps(told)}", flush=True)


def squad_scores(rows: list[dict], answers: list[Any], odds: list[float], which: Any, threshold: float) -> dict:
    numbers = np.flatnonzero(which)
    questions = [
        {"id": str(number), "answers": [{"text": text} for text in rows[number]["answers"]]} for number in numbers
    ]
    texts = {str(number): answers[number].answer for number in numbers}
    null_odds = {str(number): float(odds[number]) for number in numbers}
    references = [{"paragraphs": [{"qas": questions}]}]
    return bk.metrics.squad_v2(texts, references, null_odds, null_threshold=threshold)


if __name__ == "__main__":
    main()
