"""`unlearned`: runs that learned nothing are known by their loss, or by answers that chance could give."""

import numpy as np
import pytest

from bert_keras.metrics.classification import accuracy, pearson
from bert_keras.tuned.given_answers import GivenAnswers
from bert_keras.tuned.unlearned import unlearned

LABELS = np.random.default_rng(0).integers(0, 2, 200)
HISTORY = [{"epoch": 1, "logs": {"loss": 0.7}}, {"epoch": 2, "logs": {"loss": 0.6}}]


def by_chance(answers, labels, statistic):
    return unlearned(GivenAnswers(answers, labels, statistic), HISTORY)


def test_a_loss_that_does_not_fall():
    flat = [{"epoch": 1, "logs": {"loss": 0.69}}, {"epoch": 2, "logs": {"loss": 0.6901}}]
    assert unlearned(None, flat) == (
        "The loss of its training did not fall: 0.6900 in the first epoch, 0.6901 in the last."
    )
    assert unlearned(None, HISTORY) == "" == unlearned(None, flat[:1])


def test_an_answer_that_is_always_the_same():
    assert by_chance(np.ones(200, int), LABELS, accuracy) == "It gives every dev row the same answer."


def test_answers_that_chance_could_give():
    dealt = np.random.default_rng(1).permutation(LABELS)
    told = by_chance(dealt, LABELS, accuracy)
    assert told.startswith(f"Its answers score {np.mean(dealt == LABELS):.4f} on the dev rows, and the same answers")


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_answers_that_know_a_little(share):
    """Also where nearly all rows are of one class, and always answering that would score more."""
    random = np.random.default_rng(2)
    labels = (random.random(1000) < share).astype(int)
    answers = np.where(random.random(1000) < 0.3, labels, random.permutation(labels))
    assert by_chance(answers, labels, accuracy) == ""


def test_numbers():
    values = np.random.default_rng(3).normal(size=300)
    noise = np.random.default_rng(5).normal(size=300)
    assert by_chance(values + 2 * noise, values, pearson) == ""
    assert "dealt out at random" in by_chance(noise, values, pearson)


def test_few_draws_do_where_scoring_is_slow():
    counted = []

    def statistic(own, true):
        counted.append(1)
        return accuracy(own, true)

    answers = np.concatenate([1 - LABELS[:1], LABELS[1:]])  # which are not all right, as that would need no draws
    assert unlearned(GivenAnswers(answers, LABELS, statistic, is_slow=True), HISTORY) == "" and len(counted) == 21


def test_rows_that_cannot_tell_do_not():
    """A few rows, rows of one label, and answers that are all right, though one row alone has another label."""
    alternating = np.arange(40) % 2
    assert by_chance(np.ones(19, int), alternating[:19], accuracy) == ""
    assert by_chance(np.ones(20, int), alternating[:20], accuracy) == "It gives every dev row the same answer."
    assert by_chance(np.ones(40, int), np.ones(40, int), accuracy) == ""
    rare = (np.arange(40) == 7).astype(int)
    assert by_chance(rare, rare, accuracy) == "" != by_chance(np.roll(rare, 1), rare, accuracy)
