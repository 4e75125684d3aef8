"""`RateCurve`: the rate that a curve of losses speaks for, and what is said of it."""

import re

import numpy as np
import pytest

from bert_keras.optimization.rate_curve import RateCurve

RATES = np.geomspace(1e-6, 1e-2, 100)


def falling(at, noise=0.0, rising_at=2e-3, depth=0.5):
    """Losses that fall fastest at a rate, and rise far behind another one."""
    steps = np.log(RATES)
    fall = depth / (1 + np.exp(-4 * (steps - np.log(at))))
    rise = 3.0 / (1 + np.exp(-4 * (steps - np.log(rising_at))))
    return 0.7 - fall + rise + noise * np.random.default_rng(3).standard_normal(len(RATES))


@pytest.mark.parametrize("at", [3e-5, 2e-4])
@pytest.mark.parametrize("noise", [0.0, 0.05])
def test_the_rate_at_which_the_loss_falls_fastest(at, noise):
    found = RateCurve(RATES, falling(at, noise)).suggestion
    assert found == pytest.approx(at, rel=0.12 if noise == 0 else 0.5)  # a step is a factor of 1.1


def test_what_falls_behind_the_least_loss_is_not_looked_at():
    losses = falling(1e-4)
    losses[-10:] = np.linspace(3.0, 0.6, 10)  # diverged, and back
    assert RateCurve(RATES, losses).suggestion == pytest.approx(1e-4, rel=0.12)


@pytest.mark.parametrize("losses", [falling(1e-4, depth=0.01), np.linspace(0.7, 2.0, 100), np.full(100, 0.7)])
def test_a_loss_that_does_not_fall_speaks_for_no_rate(losses):
    curve = RateCurve(RATES, losses)
    assert curve.suggestion is None and "none, as the loss did not fall" in str(curve)
    assert repr(curve) == "<RateCurve of 100 steps: suggestion None>"


def test_too_few_steps_speak_for_no_rate():
    assert RateCurve(RATES[:2], np.array([0.7, 0.1])).suggestion is None


def test_what_is_said():
    losses = falling(1e-4)
    said = str(RateCurve(RATES[:90], losses[:90], "the loss had risen"))
    first, second, last = said.splitlines()
    assert first.startswith("loss: 0.7000 at a rate of 1.0e-06, 0.2") and first.endswith(f"at {RATES[89]:.1e}")
    assert second == "ended after 90 steps: the loss had risen"
    assert re.fullmatch(r"learning rate to try: (9\.\de-05|1\.[01]e-04)", last)
