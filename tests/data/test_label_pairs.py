"""Pairs of labelled rows: which there are, how many of each half, and the same ones of one seed."""

import numpy as np

from bert_keras.data.label_pairs import label_pairs

LABELS = np.array([0, 1, 0, 1, 2])


def test_half_are_of_one_class_and_half_of_two():
    pairs, alike = label_pairs(LABELS, 1000)
    assert pairs.shape == (16, 2) and alike.sum() == 8  # 8 pairs of two classes; 7 of one, of which one comes again
    np.testing.assert_array_equal(LABELS[pairs[:, 0]] == LABELS[pairs[:, 1]], alike == 1)
    apart = {tuple(sorted(pair)) for pair in pairs[alike == 0].tolist()}
    assert apart == {(0, 1), (0, 3), (0, 4), (1, 2), (1, 4), (2, 3), (2, 4), (3, 4)}
    same = {tuple(sorted(pair)) for pair in pairs[alike == 1].tolist()}
    assert same == {(0, 0), (1, 1), (2, 2), (3, 3), (4, 4), (0, 2), (1, 3)}


def test_there_are_no_more_than_were_asked_for():
    pairs, alike = label_pairs(LABELS, 6)
    assert len(pairs) == 6 and alike.sum() == 3


def test_few_come_again_until_there_are_enough():
    pairs, alike = label_pairs(LABELS, 1000, least=20)
    assert len(pairs) == 20 and alike.sum() == 10
    for kind, unlike in ((1, 7), (0, 8)):  # each once, and some twice
        found = [tuple(sorted(pair)) for pair in pairs[alike == kind].tolist()]
        assert len(set(found)) == unlike and max(map(found.count, found)) == 2
    assert len(label_pairs(LABELS, 12, least=20)[0]) == 12


def test_the_seed_draws_them():
    draws = [label_pairs(LABELS, 8, seed)[0].tolist() for seed in (3, 3, 4)]
    assert draws[0] == draws[1] != draws[2]
