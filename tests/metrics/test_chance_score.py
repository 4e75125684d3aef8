"""`chance_score`: what answers that know nothing of the rows score."""

import numpy as np
import pytest

from bert_keras.metrics.chance_score import chance_score

LABELS = np.arange(400) % 4 == 0  # a quarter


def right(answers):
    return lambda dealt: float(np.mean(answers[dealt] == LABELS))


def test_the_same_answer_to_all_scores_that():
    assert chance_score(right(np.zeros(400, bool)), 400) == 0.75


def test_it_is_the_share_of_all_ways_to_deal_them_out():
    """Of 100 "yes" among 400 rows of which 100 are "yes": right in 1 - 2 (100 - k) / 400 with k hypergeometric."""
    from scipy import stats

    k = stats.hypergeom(400, 100, 100).ppf(0.95)
    assert chance_score(right(LABELS), 400, draws=4000) == pytest.approx(1 - 2 * (100 - k) / 400, abs=0.006)


def test_the_same_seed_deals_the_same():
    assert chance_score(right(LABELS), 400) == chance_score(right(LABELS), 400)


def test_mistakes():
    for given in ({"rows": 0}, {"rows": 4, "draws": 0}, {"rows": 4, "share": 1.0}):
        with pytest.raises(ValueError, match=f"`{list(given)[-1]}` must"):
            chance_score(np.mean, **given)
