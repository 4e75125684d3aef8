"""`RisingRate`."""

import numpy as np
import pytest

from bert_keras.optimization.rising_rate import RisingRate


def test_it_rises_by_the_same_factor_and_stays_at_the_end():
    rate = RisingRate(1e-6, 1e-2, 5)
    found = [float(rate(step)) for step in range(7)]
    assert found == pytest.approx([1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-2, 1e-2], rel=1e-5)
    copied = RisingRate(**rate.get_config())
    assert np.array_equal([float(copied(step)) for step in range(7)], found)
