"""`entity_counts`: added up they are `entity_scores`, which is tested against seqeval."""

import numpy as np
import pytest

from bert_keras.metrics.class_scores import scores_of_counts
from bert_keras.metrics.entities import entity_scores
from bert_keras.metrics.entity_counts import entity_counts

TAGS = ("O", "O", "B-PER", "I-PER", "B-LOC", "I-LOC", "B-ORG")


def sentences(seed, count=40):
    random = np.random.default_rng(seed)
    return [[TAGS[number] for number in random.integers(len(TAGS), size=2 + row % 7)] for row in range(count)]


def test_added_up_they_are_the_scores():
    labels = sentences(0)
    predictions = [list(tags) for tags in labels]
    for row, tags in enumerate(sentences(1)):
        predictions[row][: row % 3] = tags[: row % 3]
    kinds, counts = entity_counts(predictions, labels)
    wanted = entity_scores(predictions, labels)
    assert kinds == ("LOC", "ORG", "PER") and counts.shape == (40, 3, 3)
    by_kind = scores_of_counts(*counts.sum(axis=0).T)
    for place, kind in enumerate(kinds):
        for name in ("precision", "recall", "f1"):
            assert getattr(by_kind, name)[place] == pytest.approx(wanted[f"{name}_{kind}"])
    over_all = scores_of_counts(*counts.sum(axis=(0, 1)))
    assert 0.0 < over_all.f1 < 1.0
    assert [over_all.f1, over_all.precision, over_all.recall] == pytest.approx(
        [wanted[name] for name in ("f1", "precision", "recall")]
    )


def test_mistakes():
    with pytest.raises(ValueError, match="`predictions` must have as many sentences as labels, 0, and one at least"):
        entity_counts([], [])
    with pytest.raises(ValueError, match="`predictions` must have 2 tags in sentence 0"):
        entity_counts([["O"]], [["O", "O"]])
