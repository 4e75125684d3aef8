"""`OrdinaryVectors`: distances by their definition, what few rows do, and files that are not theirs."""

import numpy as np
import pytest
from safetensors.numpy import save_file

from bert_keras.tuned.ordinary_vectors import OrdinaryVectors

RANDOM = np.random.default_rng(3)


def rows(count, size=6):
    """Vectors in two groups that lie apart, spread ten times as far in their first number as in the others."""
    groups = np.arange(count) % 2
    spread = np.array([10.0, *np.ones(size - 1)])
    return RANDOM.normal(size=(count, size)) * spread + 40.0 * groups[:, None], groups


def test_distances_are_standard_deviations_from_the_nearest_mean():
    vectors, groups = rows(4000)
    found = OrdinaryVectors.of(vectors, groups)
    assert found.means.shape == (2, 6) and found.size == 6
    steps = np.zeros((4, 6))
    steps[1, 0] = steps[2, 1] = steps[3, 5] = 5.0
    distances = found.distances(found.means[1] + steps)
    np.testing.assert_allclose(distances, [0.0, 0.5, 5.0, 5.0], rtol=0.06, atol=1e-3)
    others, _ = rows(4000)
    assert (found.distances(others) ** 2).mean() == pytest.approx(6, rel=0.05)  # a chi-squared variable's mean


def test_distances_by_their_definition():
    vectors, groups = rows(50)
    found = OrdinaryVectors.of(vectors, groups)
    inverse = found.factor.astype("float64") @ found.factor.T
    off = vectors[:, None] - found.means
    wanted = np.sqrt(np.einsum("rgi,ij,rgj->rg", off, inverse, off).min(axis=1))
    np.testing.assert_allclose(found.distances(vectors), wanted, rtol=1e-3)


def test_the_covariance_is_that_of_ledoit_and_wolf():
    """By the double sum of their paper, row by row."""
    vectors = RANDOM.normal(size=(12, 6)) * [3.0, 2.0, 1.0, 1.0, 1.0, 1.0]
    deviations = vectors - vectors.mean(axis=0)
    sample = deviations.T @ deviations / 12
    round_one = np.eye(6) * np.trace(sample) / 6
    off = sum(((np.outer(row, row) - sample) ** 2).sum() for row in deviations) / 12**2
    share = min(off / ((sample - round_one) ** 2).sum(), 1.0)
    assert 0.02 < share < 0.98
    factor = OrdinaryVectors.of(vectors, np.zeros(12)).factor.astype("float64")
    wanted = np.linalg.inv(share * round_one + (1 - share) * sample)
    np.testing.assert_allclose(factor @ factor.T, wanted, rtol=1e-4, atol=1e-5 * np.abs(wanted).max())


@pytest.mark.parametrize("count", [2, 5, 40])
def test_fewer_rows_than_numbers_tell_a_distance_all_the_same(count):
    vectors = RANDOM.normal(size=(count, 64))
    for groups in (np.zeros(count), np.arange(count)):  # each row may be a group of its own
        found = OrdinaryVectors.of(vectors, groups)
        near, far = found.distances(np.stack([vectors[0], vectors[0] + 9.0]))
        assert np.isfinite(found.factor).all() and 0 <= near < far


def test_equal_vectors_tell_nothing():
    with pytest.raises(ValueError, match=r"`data` must be of texts in which the model sees a difference.*8 rows"):
        OrdinaryVectors.of(np.ones((8, 3)), np.zeros(8))


def test_a_file_keeps_them(tmp_path):
    vectors, groups = rows(40)
    found = OrdinaryVectors.of(vectors, groups)
    found.write(tmp_path / "own.safetensors")
    (tmp_path / "other").touch()
    assert (tmp_path / "own.safetensors").stat().st_mode == (tmp_path / "other").stat().st_mode
    again = OrdinaryVectors.read(tmp_path / "own.safetensors", 6)
    np.testing.assert_array_equal(again.distances(vectors), found.distances(vectors))


def test_files_that_are_not_theirs(tmp_path):
    path = tmp_path / "own.safetensors"
    must = r"`folder` must hold the own.safetensors that bk.calibrate wrote for vectors of 6 numbers"
    with pytest.raises(ValueError, match=f"{must}.*There is none.*calibrate the model again"):
        OrdinaryVectors.read(path, 6)
    OrdinaryVectors.of(*rows(40)).write(path)
    with pytest.raises(ValueError, match=r"of 8 numbers. Received.*\(6, 6\)"):
        OrdinaryVectors.read(path, 8)
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=must):
        OrdinaryVectors.read(path, 6)
    parts = {"means": np.zeros((2, 6), "float32"), "factor": np.eye(6, dtype="float32")}
    bad = {
        "without a mean": {"means": np.zeros((0, 6), "float32")},
        "not finite": {"means": np.full((2, 6), np.nan, "float32")},
        "of whole numbers": {"factor": np.eye(6, dtype="int32")},
        "of three dimensions": {"means": np.zeros((2, 2, 6), "float32")},
    }
    for changed in bad.values():
        save_file({**parts, **changed}, path)
        with pytest.raises(ValueError, match=must):
            OrdinaryVectors.read(path, 6)
    save_file({"means": parts["means"]}, path)
    with pytest.raises(ValueError, match=must):
        OrdinaryVectors.read(path, 6)
    save_file(parts, path)
    assert OrdinaryVectors.read(path, 6).distances(np.eye(6)).tolist() == [1.0] * 6
