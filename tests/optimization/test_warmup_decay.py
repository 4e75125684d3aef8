"""`WarmupDecay`: rates worked out by hand."""

import math

import keras
import numpy as np
import pytest

from bert_keras.optimization.warmup_decay import WarmupDecay


def rates(schedule, *steps):
    return [float(schedule(step)) for step in steps]


def test_rates_by_hand():
    schedule = WarmupDecay(5e-5, total_steps=100, warmup_share=0.1)
    # ten steps up: 1/10 ... 10/10 of the peak; ninety down: 90/90 ... 1/90
    np.testing.assert_allclose(
        rates(schedule, 0, 4, 9, 10, 55, 99, 100, 150), [5e-6, 2.5e-5, 5e-5, 5e-5, 2.5e-5, 5e-5 / 90, 0, 0], rtol=1e-6
    )


@pytest.mark.parametrize("total", [1, 2, 7, 30, 343, 100_000])
@pytest.mark.parametrize("share", [0.0, 0.06, 0.1, 0.5, 1.0])
def test_the_peak_is_reached_exactly_and_no_update_is_lost(total, share):
    schedule = WarmupDecay(3e-5, total, share)
    values = np.array(keras.ops.convert_to_numpy(schedule(np.arange(total))))
    assert values.max() == np.float32(3e-5)
    assert values.min() > 0
    top = int(values.argmax())
    assert np.all(np.diff(values[: top + 1]) > 0) and np.all(np.diff(values[top:]) <= 0)


def test_a_cosine_by_hand():
    schedule = WarmupDecay(4.0, total_steps=10, warmup_share=0.2, schedule="cosine")
    fallen = [2 * (1 + math.cos(math.pi * done / 8)) for done in range(9)]
    np.testing.assert_allclose(rates(schedule, 0, 1, *range(2, 11)), [2.0, 4.0, *fallen], rtol=1e-5, atol=1e-6)
    # No digit of the last rates is lost in a difference: in float64 the last of 100,000 steps has this one.
    long = WarmupDecay(1.0, total_steps=100_000, warmup_share=0.0, schedule="cosine")
    assert rates(long, 99_999) == pytest.approx([math.sin(math.pi / 200_000) ** 2], rel=1e-4)


def test_a_rate_that_stays_by_hand():
    schedule = WarmupDecay(3.0, total_steps=10, warmup_share=0.3, first_step=5, schedule="constant")
    assert rates(schedule, 4, 5, 6, 7, 8, 14, 15, 99) == [0.0, 1.0, 2.0, 3.0, 3.0, 3.0, 3.0, 3.0]


def test_the_cosine_is_that_of_keras():
    theirs = keras.optimizers.schedules.CosineDecay(2e-5, decay_steps=36)
    ours = rates(WarmupDecay(2e-5, 40, 0.1, schedule="cosine"), *range(4, 40))
    np.testing.assert_allclose(ours, rates(theirs, *range(36)), rtol=1e-4)


def test_no_warm_up():
    np.testing.assert_allclose(rates(WarmupDecay(1.0, 4, 0.0), 0, 1, 2, 3), [1.0, 0.75, 0.5, 0.25])


def test_warm_up_to_the_end():
    np.testing.assert_allclose(rates(WarmupDecay(1.0, 4, 1.0), 0, 1, 2, 3), [0.25, 0.5, 0.75, 1.0])


def test_one_step_takes_the_peak():
    for share in (0.0, 0.1, 1.0):
        assert rates(WarmupDecay(0.5, 1, share), 0) == [0.5]


def test_a_schedule_that_begins_later_or_earlier():
    later = WarmupDecay(1.0, 4, 0.5, first_step=10)
    np.testing.assert_allclose(rates(later, 9, 10, 11, 12, 13, 14), [0.0, 0.5, 1.0, 1.0, 0.5, 0.0])
    earlier = WarmupDecay(1.0, 4, 0.5, first_step=-2)
    np.testing.assert_allclose(rates(earlier, 0, 1, 2), [1.0, 0.5, 0.0])


def test_the_peak_constantly_until_the_steps_are_known():
    schedule = WarmupDecay(2e-5)
    np.testing.assert_allclose(rates(schedule, 0, 10_000), [2e-5, 2e-5], rtol=1e-6)
    laid = schedule.for_steps(10, first_step=3)
    assert laid.get_config() == {
        "peak": 2e-5,
        "total_steps": 10,
        "warmup_share": 0.1,
        "first_step": 3,
        "schedule": "linear",
    }
    assert WarmupDecay(2e-5, schedule="cosine").for_steps(10).schedule == "cosine"
    assert schedule.total_steps is None


def test_the_reference_stays_below_its_peak():
    """Model Garden starts the decay at step 0: with 10 % of warm-up its rate ends at 90 % of the peak."""
    lr_schedule = pytest.importorskip(
        "official.modeling.optimization.lr_schedule", reason="Model Garden (the extra `test`) is not here"
    )
    decay = lr_schedule.PolynomialDecayWithOffset(
        offset=0, initial_learning_rate=3e-5, decay_steps=100, end_learning_rate=0.0
    )
    theirs = lr_schedule.LinearWarmup(after_warmup_lr_sched=decay, warmup_steps=10, warmup_learning_rate=0.0)
    steps = range(100)
    assert max(float(theirs(step)) for step in steps) == pytest.approx(2.7e-5, rel=1e-5)
    assert max(rates(WarmupDecay(3e-5, 100, 0.1), *steps)) == pytest.approx(3e-5, rel=1e-6)


def test_round_trip():
    schedule = WarmupDecay(1e-4, 50, 0.2, 5, "constant")
    again = keras.optimizers.schedules.deserialize(keras.optimizers.schedules.serialize(schedule))
    assert isinstance(again, WarmupDecay)
    assert again.get_config() == schedule.get_config()
    assert WarmupDecay.from_config(schedule.get_config()).get_config() == schedule.get_config()


def test_a_file_of_before_there_were_other_schedules():
    config = {"peak": 1e-4, "total_steps": 50, "warmup_share": 0.2, "first_step": 5}
    named = {"module": "bert_keras.optimization.warmup_linear_decay", "class_name": "WarmupLinearDecay"}
    named |= {"config": config, "registered_name": "bert_keras>WarmupLinearDecay"}
    found = keras.optimizers.schedules.deserialize(named)
    assert isinstance(found, WarmupDecay) and found.get_config() == config | {"schedule": "linear"}


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"peak": -1e-5}, ValueError, r"`peak` must be a finite number of at least 0.0"),
        ({"peak": "5e-5"}, TypeError, r"`peak` must be a number"),
        ({"peak": 1e-5, "total_steps": 0}, ValueError, r"`total_steps` must be at least 1"),
        ({"peak": 1e-5, "total_steps": 10.0}, TypeError, r"`total_steps` must be an integer"),
        (
            {"peak": 1e-5, "warmup_share": 1.1},
            ValueError,
            r"`warmup_share` must be a finite number between 0.0 and 1.0",
        ),
        ({"peak": 1e-5, "first_step": 0.5}, TypeError, r"`first_step` must be an integer"),
        ({"peak": 1e-5, "schedule": "polynomial"}, ValueError, r"`schedule` must be .*polynomial.* Pass 'linear'"),
    ],
)
def test_bad_arguments(arguments, error, words):
    with pytest.raises(error, match=words):
        WarmupDecay(**arguments)
