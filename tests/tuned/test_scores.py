"""Scores are a dict that knows what it is of."""

import copy
import json
import pickle

from bert_keras.tuned.scores import Scores


def test_scores():
    scores = Scores({"f1": 0.5}, "test", 1200, "of my.csv, held out in training")
    assert scores == {"f1": 0.5} and json.dumps(scores) == '{"f1": 0.5}'
    assert (scores.part, scores.rows, scores.of) == ("test", 1200, "test: 1,200 rows of my.csv, held out in training")
    assert Scores({}, "validation", 3).of == "validation: 3 rows"
    for again in (copy.copy(scores), pickle.loads(pickle.dumps(scores))):
        assert again == scores and again.of == scores.of
