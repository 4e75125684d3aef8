"""`LaidDecay`: to the last digit the rates that a graph has of a schedule in constants, over any number of steps."""

import numpy as np
import pytest
import tensorflow as tf

from bert_keras.optimization.laid_decay import LaidDecay
from bert_keras.optimization.recipe import SCHEDULES
from bert_keras.optimization.warmup_decay import WarmupDecay


@pytest.mark.parametrize("kind", SCHEDULES)
@pytest.mark.parametrize(("peak", "share"), [(5e-5, 0.1), (3e-5, 0.0), (1e-3, 0.06), (2e-5, 0.5), (1e-4, 1.0)])
def test_rates_are_those_of_the_schedule_in_constants(peak, share, kind):
    laid, step = LaidDecay(WarmupDecay(peak, warmup_share=share, schedule=kind)), tf.Variable(0, dtype=tf.int64)
    traced = tf.function(lambda: laid(step), autograph=False)
    for total, first in ((1, 0), (3, 0), (7, 2), (33, 0), (100, 12), (345, -5), (1377, 3), (20000, 0)):
        schedule = WarmupDecay(peak, total, share, first, kind)
        constants = tf.function(lambda schedule=schedule: schedule(step), autograph=False)
        laid.lay(total, first)
        warmup = round(total * share)
        for number in sorted({0, 1, 2, warmup, warmup + 1, total // 3, total // 2, total - 1, total, total + 2}):
            step.assign(number)
            assert traced().numpy() == constants().numpy(), (total, first, number)
    assert traced.experimental_get_tracing_count() == 1


@pytest.mark.parametrize("kind", SCHEDULES)
def test_the_peak_until_it_is_laid(kind):
    laid = LaidDecay(WarmupDecay(3e-5, warmup_share=0.5, schedule=kind))
    assert [float(laid(step)) for step in (0, 10**6)] == [np.float32(3e-5)] * 2


def test_the_peak_until_it_is_laid_and_after_it_is_opened():
    laid = LaidDecay(WarmupDecay(3e-5, warmup_share=0.5))
    assert [float(laid(step)) for step in (0, 10**6)] == [np.float32(3e-5)] * 2
    laid.lay(4, 10)
    np.testing.assert_allclose(
        [laid(step) for step in (9, 10, 11, 12, 13, 14)], np.array([0, 1.5, 3, 3, 1.5, 0]) * 1e-5
    )
    laid.open()
    assert [float(laid(step)) for step in (0, 13, 10**6)] == [np.float32(3e-5)] * 3
