"""`OrdinaryVectors`: where the vectors of ordinary texts lie, and how far away another one is: Mahalanobis' distance.

Lee et al., "A Simple Unified Framework for Detecting Out-of-Distribution Samples and Adversarial Attacks" (NeurIPS
2018), with the covariance of Ledoit and Wolf, "A well-conditioned estimator for large-dimensional covariance matrices"
(2004), which is of use with fewer vectors than they have numbers.
"""

import dataclasses
import pathlib

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load_file, save

from bert_keras import checks

_PARTS = ("means", "factor")


@dataclasses.dataclass(frozen=True, eq=False)
class OrdinaryVectors:
    """Groups of vectors with one covariance.

    Args:
        means: float32 [groups, size].
        factor: float32 [size, size], by whose columns the vectors' deviations become uncorrelated, with variance 1.
    """

    means: np.ndarray
    factor: np.ndarray

    @classmethod
    def of(cls, vectors: np.ndarray, groups: np.ndarray) -> "OrdinaryVectors":
        """Those of vectors [rows, size] and int [rows], the group of each, which may be a row or more.

        Raises:
            ValueError: for vectors that are all equal: nothing tells how far they spread.
        """
        vectors = np.asarray(vectors, "float64")
        _, group_of = np.unique(groups, return_inverse=True)
        means = np.stack([vectors[group_of == group].mean(axis=0) for group in range(group_of.max() + 1)])
        centres = means[group_of] if len(means) < len(vectors) else vectors.mean(axis=0)
        covariance = _shrunk_covariance(vectors - centres)
        if not covariance.trace() > 0:
            must = "be of texts in which the model sees a difference, where it is to tell what is unlike them"
            raise ValueError(checks.message("data", must, f"{len(vectors)} rows with equal vectors"))
        values, directions = np.linalg.eigh(covariance)
        factor = directions / np.sqrt(np.maximum(values, 1e-9 * values[-1]))
        return cls(means.astype("float32"), factor.astype("float32"))

    @property
    def size(self) -> int:
        """Numbers of a vector."""
        return self.means.shape[1]

    def distances(self, vectors: np.ndarray) -> np.ndarray:
        """float32 [rows], how far vectors [rows, size] lie from the mean that is nearest, in standard deviations.

        Their squares are, of vectors that the covariance was not fitted to, about `size` for ordinary ones.
        """
        centre = self.means.mean(axis=0)  # what is subtracted first costs float32 no digits
        own, means = ((one - centre) @ self.factor for one in (np.asarray(vectors, "float32"), self.means))
        squares = (own**2).sum(axis=1)[:, None] + (means**2).sum(axis=1) - 2 * own @ means.T
        return np.sqrt(np.maximum(squares.min(axis=1), 0.0))

    def write(self, path: pathlib.Path) -> None:
        """Writes them into a safetensors file."""
        # safetensors' own file would be for its owner alone.
        path.write_bytes(save({name: np.ascontiguousarray(getattr(self, name)) for name in _PARTS}))

    @classmethod
    def read(cls, path: pathlib.Path, size: int) -> "OrdinaryVectors":
        """Those of a file.

        Args:
            path: of the file.
            size: numbers of the vectors that the model gives.

        Raises:
            ValueError: if the file is not there or damaged, or is of vectors of another size.
        """
        must = f"hold the {path.name} that bk.calibrate wrote for vectors of {size} numbers"
        advice = "Copy the whole model folder again, or calibrate the model again."
        if not path.is_file():
            raise ValueError(checks.message("folder", must, str(path.parent), f"There is none. {advice}"))
        try:
            found = load_file(path)
        except (SafetensorError, ValueError, OSError) as error:
            raise ValueError(checks.message("folder", must, str(path.parent), f"{error} {advice}")) from None
        shapes = {name: found[name].shape if name in found else None for name in _PARTS}
        is_whole = shapes["factor"] == (size, size) and len(shapes["means"] or ()) == 2 and shapes["means"][1] == size
        if not is_whole or not shapes["means"][0]:
            raise ValueError(checks.message("folder", must, shapes, advice))
        if any(found[name].dtype != np.float32 or not np.isfinite(found[name]).all() for name in _PARTS):
            raise ValueError(checks.message("folder", f"{must}, of finite float32", str(path.parent), advice))
        return cls(*(found[name] for name in _PARTS))


def _shrunk_covariance(deviations: np.ndarray) -> np.ndarray:
    """float64 [size, size], Ledoit and Wolf's, of deviations [rows, size] from a mean."""
    rows, size = deviations.shape
    sample = deviations.T @ deviations / rows
    spread = sample.trace() / size
    from_round = ((sample - spread * np.eye(size)) ** 2).sum()
    of_rows = ((deviations**2).sum(axis=1) ** 2).sum() / rows - (sample**2).sum()  # the mean of |xx' - sample|²
    share = 1.0 if not from_round else float(np.clip(of_rows / rows / from_round, 0.0, 1.0))
    return share * spread * np.eye(size) + (1.0 - share) * sample
