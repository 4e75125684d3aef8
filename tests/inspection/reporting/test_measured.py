"""`measured`: the value of all rows and the interval of `bootstrap`."""

import numpy as np

from bert_keras.inspection.reporting.measured import Measured, measured
from bert_keras.metrics.bootstrap import bootstrap


def test_values_and_intervals():
    values = np.random.default_rng(0).normal(size=(30, 2))
    found = measured(("a", "b"), lambda rows: values[rows].mean(axis=0), 30, top=None)
    low, high = bootstrap(lambda rows: values[rows].mean(axis=0), 30, seed=0)
    means = values.mean(axis=0).tolist()
    assert found == [
        Measured("a", means[0], low.tolist()[0], high.tolist()[0], None),
        Measured("b", means[1], low.tolist()[1], high.tolist()[1], None),
    ]
