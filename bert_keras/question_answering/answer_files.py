"""`predictions.json`, `nbest_predictions.json`, `null_odds.json`: what SQuAD's scripts read."""

import json
import pathlib
from typing import Any

import numpy as np

from bert_keras.question_answering.answers import Answers, tuned_threshold
from bert_keras.question_answering.span_reader import span_probabilities

PREDICTIONS, NULL_ODDS, N_BEST_PREDICTIONS = "predictions.json", "null_odds.json", "nbest_predictions.json"
ANSWER_FILES = (PREDICTIONS, NULL_ODDS, N_BEST_PREDICTIONS)


def save_answers(
    answers: Answers, folder: pathlib.Path, has_impossible: bool, null_threshold: float | None = None
) -> list[str]:
    """Writes the three files into `folder`, which exists; a threshold that is None is tuned as `bk.evaluate` does.

    `predictions.json` holds the text of each question's answer, by id. `null_odds.json` holds the null scores: no
    answer is given where they are above the threshold. `nbest_predictions.json` holds lists of objects with `text`,
    `probability`, `start`, `end` and `logit`, best first; "" among them is "no answer", where the task has that.
    """
    if has_impossible and null_threshold is None:
        null_threshold = tuned_threshold(answers)[0]
    contents = {
        PREDICTIONS: answers.texts(null_threshold),
        NULL_ODDS: answers.null_odds,
        N_BEST_PREDICTIONS: n_best(answers, has_impossible),
    }
    for name, content in contents.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return [str(folder / name) for name in contents]


def n_best(answers: Answers, with_null: bool) -> dict[str, list[dict[str, Any]]]:
    """The best spans of each question, by id, as `nbest_predictions.json` has them."""
    shares, null_shares = (column.numpy() for column in span_probabilities(answers.spans, with_null))
    listed = {}
    for row, (name, context) in enumerate(zip(answers.questions.ids, answers.questions.contexts, strict=True)):
        columns = zip(answers.spans.starts[row], answers.spans.ends[row], answers.spans.logits[row], strict=True)
        entries = [
            {
                "text": context[start:end],
                "probability": float(shares[row, place]),
                "start": int(start),
                "end": int(end),
                "logit": float(logit),
            }
            for place, (start, end, logit) in enumerate(columns)
            if np.isfinite(logit)
        ]
        if with_null:
            null = {"text": "", "probability": float(null_shares[row]), "start": 0, "end": 0}
            entries.append({**null, "logit": float(answers.spans.null_logits[row])})
            entries.sort(key=lambda entry: -entry["logit"])
        listed[name] = entries
    return listed
