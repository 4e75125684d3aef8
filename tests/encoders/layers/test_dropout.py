"""Dropout of 16 random bits: its rate, its scale, its seeds."""

import keras
import numpy as np
import pytest
import tensorflow as tf

from bert_keras.encoders.layers.dropout import DrawnSeed, drawn_seeds, dropout, dropped_by, keep_mask, keep_scale
from bert_keras.encoders.layers.layer_forward import Form

SEED = np.array([3, 4], "uint32")


@pytest.mark.parametrize("rate", [0.001, 0.1, 0.5, 0.9])
def test_the_rate_and_the_mean(rate):
    rows = tf.ones([1000, 1001])  # an odd number of them
    found = dropout(rows, rate, DrawnSeed(SEED)).numpy()
    spread = np.sqrt(rate * (1 - rate) / found.size)
    assert (found == 0).mean() == pytest.approx(rate, abs=5 * spread + 1 / 2**16)
    assert found.mean() == pytest.approx(1.0, abs=5 * spread / (1 - rate))
    np.testing.assert_allclose(found[found != 0], 1 / (1 - rate), rtol=1e-4)


def test_a_rate_below_what_16_bits_tell_drops_nothing():
    assert keep_scale(1e-6) == 1.0 and keep_mask(tf.ones([100, 100]), 1e-6, SEED).numpy().all()
    assert keep_scale(0.5) == 2.0


def test_dropped_numbers_are_independent_of_their_neighbours():
    kept = keep_mask(tf.ones([400_000]), 0.5, SEED).numpy()
    for distance in (1, 2, 3, 4, 64):
        assert np.mean(kept[distance:] == kept[:-distance]) == pytest.approx(0.5, abs=0.005)


def test_a_seed_says_what_is_dropped():
    one, again, other = (keep_mask(tf.ones([50, 60]), 0.3, seed).numpy() for seed in (SEED, SEED, SEED + 1))
    assert (one == again).all() and (one != other).any()


def test_a_draw_gives_several_seeds():
    generator = keras.random.SeedGenerator(5)
    first, second = drawn_seeds(generator, 3), drawn_seeds(generator, 3)
    seeds = [tuple(np.asarray(seed.next()).tolist()) for seed in (*first, *second)]
    assert len(set(seeds)) == 6 and {seed[0] for seed in seeds} == {5}
    assert int(generator.state.numpy()[1]) == 2  # two draws
    masks = [keep_mask(tf.ones([1000]), 0.5, np.array(seed, "uint32")).numpy() for seed in seeds]
    assert all(np.mean(a == b) < 0.6 for i, a in enumerate(masks) for b in masks[:i])


def test_places_have_their_rates():
    form = Form(4, 2, 8, "erf", attention_dropout=0.9, dropout=0.0, layer_norm_epsilon=1e-12)
    dropped = dropped_by(form, [DrawnSeed(SEED)] * 3)
    rows = tf.ones([50, 50])
    assert (dropped(rows, 0).numpy() == 0).mean() == pytest.approx(0.9, abs=0.05)
    assert dropped(rows, 1) is rows and dropped(rows, 2) is rows
    assert dropped_by(form, None) is None
