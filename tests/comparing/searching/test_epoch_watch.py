"""`EpochWatch`: it is asked after each epoch but the last, with the scores of those before, too."""

import types

import pytest

from bert_keras.comparing.searching.epoch_watch import EpochWatch, StoppedEarly


def watched(is_hopeless, before=(0.5,)):
    run = types.SimpleNamespace(recipe=types.SimpleNamespace(epochs=3))
    run.data = types.SimpleNamespace(metrics=("f1", "accuracy"))
    run.checkpoints = types.SimpleNamespace(
        history=[{"epoch": n + 1, "logs": {"val_f1": score}} for n, score in enumerate(before)]
    )
    return EpochWatch(run, is_hopeless)


def test_scores_of_a_run_that_goes_on_are_all_of_its_epochs():
    asked = []
    watch = watched(lambda scores: asked.append(scores))
    watch.on_epoch_end(1, {"val_f1": 0.6, "val_accuracy": 0.1})
    assert asked == [[0.5, 0.6]] and watch.scores == [0.5]  # the second is noted by a checkpoint, later


def test_it_ends_a_run_that_is_hopeless():
    watch = watched(lambda scores: True, ())
    with pytest.raises(StoppedEarly):
        watch.on_epoch_end(0, {"val_f1": 0.2})
    assert watch.scores == [0.2]


def test_the_last_epoch_is_never_too_much():
    watched(lambda scores: pytest.fail("it was asked"), (0.5, 0.6)).on_epoch_end(2, {"val_f1": 0.2})
    watched(None).on_epoch_end(1, {"val_f1": 0.2})
