"""What is drawn follows from the trials and the seed alone; what is below the median is not worth its next epoch."""

import math

import numpy as np
import pytest
from comparisons import record

import bert_keras as bk
from bert_keras.comparing.searching.draw_settings import draw_settings, is_hopeless
from bert_keras.comparing.searching.search_space import space_of
from bert_keras.comparing.searching.trial_record import ENDED, FAILED, STOPPED, TrialRecord
from bert_keras.optimization.recipe import Recipe

pytest.importorskip("optuna", reason="Optuna is not installed: pip install optuna")

GIVEN = {"learning_rate": (1e-5, 1e-2), "tune": ["all", "lora"], "lora_rank": (1, 8)}


@pytest.fixture(scope="module")
def space():
    return space_of(GIVEN, bk.load_task("samples/reviews"), "sample", Recipe())


def ended(number, drawn, score=0.8, epochs=(0.7, 0.8)):
    return TrialRecord(number, drawn, ENDED, epochs, run=record(f"trial-{number}", 0, score))


def test_draws_follow_from_trials_and_seed(space):
    trials = [ended(0, {"learning_rate": 1e-4, "tune": 0}), TrialRecord(1, {"learning_rate": 2e-3, "tune": 0}, FAILED)]
    first = draw_settings(space, trials, "accuracy", 3)
    assert first == draw_settings(space, list(trials), "accuracy", 3) != draw_settings(space, trials, "accuracy", 4)
    assert first != draw_settings(space, trials[:1], "accuracy", 3)


def test_what_is_drawn_is_in_the_space_and_new(space):
    trials = []
    for number in range(12):
        drawn = draw_settings(space, trials, "accuracy", 0)
        assert 1e-5 <= drawn["learning_rate"] <= 1e-2 and ("lora_rank" in drawn) == (drawn["tune"] == 1)
        assert drawn not in [trial.drawn for trial in trials]
        trials.append(ended(number, drawn))
    assert {trial.drawn["tune"] for trial in trials} == {0, 1}
    small = space_of({"epochs": [1, 2]}, bk.load_task("samples/reviews"), "sample", Recipe())
    both = [TrialRecord(number, {"epochs": number}, STOPPED, (0.5,)) for number in range(2)]
    assert draw_settings(small, both[:1], "accuracy", 0) == {"epochs": 1}
    assert draw_settings(small, both, "accuracy", 0) is None


def test_later_draws_go_where_scores_are_high(space):
    def score(drawn):
        return 0.9 - 0.1 * abs(math.log10(drawn["learning_rate"]) + 3.5)

    gained = []
    for seed in range(4):
        trials = []
        for number in range(25):
            drawn = draw_settings(space, trials, "accuracy", seed)
            trials.append(ended(number, drawn, score(drawn)))
        first, later = ([score(trial.drawn) for trial in own] for own in (trials[:10], trials[10:]))
        gained.append(np.mean(later) - np.mean(first))
    assert np.mean(gained) > 0.01


def test_what_is_below_the_median(space):
    trials = [ended(n, {"learning_rate": 1e-4 * (n + 1), "tune": 0}, epochs=(0.5 + 0.1 * n, 0.8)) for n in range(4)]
    drawn = {"learning_rate": 2e-3, "tune": 1, "lora_rank": 2}
    assert is_hopeless(space, trials, "accuracy", drawn, [0.64])
    assert not is_hopeless(space, trials, "accuracy", drawn, [0.66])
    assert not is_hopeless(space, trials[:3], "accuracy", drawn, [0.1])  # before four have ended
    assert not is_hopeless(space, trials, "accuracy", drawn, [0.1, 0.81])  # its best so far counts
