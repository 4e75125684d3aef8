"""`Interval`: what words mean, and which are refused."""

import pytest

from bert_keras.optimization.interval import Interval
from bert_keras.optimization.recipe import Recipe


@pytest.mark.parametrize(
    ("words", "interval"),
    [
        ("500 steps", Interval(steps=500)),
        ("1 step", Interval(steps=1)),
        ("20steps", Interval(steps=20)),
        ("10 minutes", Interval(seconds=600.0)),
        ("0.5min", Interval(seconds=30.0)),
        ("1 minute", Interval(seconds=60.0)),
        ("epoch", Interval()),
    ],
)
def test_what_words_mean(words, interval):
    assert Interval.of("checkpoint_every", words) == interval
    assert Recipe(checkpoint_every=words).checkpoint_every == words


@pytest.mark.parametrize("words", ["", "500", "0 steps", "0 minutes", "2.5 steps", "-1 steps", "10 hours", "never"])
def test_other_words_are_refused_with_those_there_are(words):
    with pytest.raises(ValueError, match=r"`checkpoint_every` must be .*'500 steps'.*'10 minutes'.*'epoch'.*Received"):
        Recipe(checkpoint_every=words)


@pytest.mark.parametrize("number", [500, 10.0, None, True])
def test_a_number_does_not_say_of_what(number):
    with pytest.raises(TypeError, match=r"`checkpoint_every` must be whole steps, as '500 steps'"):
        Recipe(checkpoint_every=number)


def test_when_it_is_over():
    assert [Interval(steps=3).is_over(steps, 1e9) for steps in (2, 3, 4)] == [False, True, True]
    assert [Interval(seconds=3.0).is_over(10**9, seconds) for seconds in (2.9, 3.0)] == [False, True]
    assert not Interval().is_over(10**9, 1e9)
