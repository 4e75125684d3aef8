"""`temperature`: the known one is found again, against a grid, and what no temperature can mend is said."""

import numpy as np
import pytest
from scipy import special

from bert_keras.metrics.log_loss import log_loss
from bert_keras.metrics.temperature import temperature


def drawn(shape, labels, seed=0):
    random = np.random.default_rng(seed)
    true = random.normal(size=shape) * 2
    if labels == "one":
        chosen = np.array([random.choice(shape[1], p=row) for row in special.softmax(true, axis=1)])
    else:
        chosen = (random.random(shape) < special.expit(true)).astype(int)
    return true, chosen


@pytest.mark.parametrize("labels", ["one", "any"])
@pytest.mark.parametrize("factor", [0.25, 1.0, 4.0])
def test_what_logits_were_multiplied_by_is_found(labels, factor):
    true, chosen = drawn((6000, 4), labels)
    assert temperature(true * factor, chosen) == pytest.approx(factor, rel=0.06)


@pytest.mark.parametrize("labels", ["one", "any"])
def test_no_other_has_less_loss(labels):
    true, chosen = drawn((300, 3), labels, seed=1)
    found = temperature(true * 3, chosen)
    least = log_loss(true * 3 / found, chosen)
    assert all(least <= log_loss(true * 3 / other, chosen) for other in np.geomspace(0.1, 100, 500))


def test_by_hand():
    logits = np.tile([4.0, 0.0], (4, 1))
    found = temperature(logits, [0, 0, 0, 1])  # three of four: log 3 = 4 / T
    assert found == pytest.approx(4 / np.log(3), abs=1e-4)
    assert temperature([[4.0], [4.0], [4.0], [4.0]], [[1], [1], [1], [0]]) == pytest.approx(4 / np.log(3), abs=1e-4)


def test_what_no_temperature_mends():
    with pytest.raises(ValueError, match="nothing says how sure is too sure"):
        temperature([[2.0, 1.0], [0.0, 3.0]], [0, 1])
    with pytest.raises(ValueError, match="nothing says how sure is too sure"):
        temperature([[2.0, -1.0]], [[1, 0]])
    with pytest.raises(ValueError, match="no more of them than chance"):
        temperature([[2.0, 1.0], [0.0, 3.0]], [1, 0])
    with pytest.raises(ValueError, match="no more of them than chance"):
        temperature([[2.0, -1.0]], [[0, 1]])


@pytest.mark.parametrize(
    ("logits", "labels", "told"),
    [
        ([1.0, 2.0], [0, 1], r"`logits` must be finite numbers \[rows, classes\]"),
        ([[np.nan, 1.0]], [0], "`logits` must be finite"),
        (np.zeros((0, 2)), [], "of one row or more"),
        ([[0.0, 1.0]], [2], "`labels` must be from 0 to 1"),
        ([[0.0, 1.0]], [0, 1], r"`labels` must be int \[1\], or 0 and 1 \[1, 2\]"),
        ([[0.0, 1.0]], [0.5], "`labels` must be int"),
        ([[0.0]], [0], "two columns or more"),
    ],
)
def test_what_is_refused(logits, labels, told):
    with pytest.raises(ValueError, match=told):
        temperature(logits, labels)
