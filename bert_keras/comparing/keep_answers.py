"""What runs answer to the dev rows, kept: by it is known what other rows would change."""

import pathlib
from collections.abc import Sequence

import numpy as np

from bert_keras.metrics.bootstrap import bootstrap
from bert_keras.metrics.classification import score
from bert_keras.tuned.given_answers import GivenAnswers

_ONE_DEVIATION = 0.6827  # of normal numbers, the share that is no farther from their mean
_DRAWS = 300


def keep_answers(answers: GivenAnswers | None, out: pathlib.Path, place: str) -> None:
    """Writes answers of rows beside the model folder, which may go."""
    if answers is not None and answers.are_rows:
        for file, values in ((out / f"{place}.npy", answers.given), (out / f"{place}.labels.npy", answers.labels)):
            file.parent.mkdir(parents=True, exist_ok=True)
            np.save(file, values, allow_pickle=False)


def row_deviation(out: pathlib.Path, places: Sequence[Sequence[str]], metric: str) -> float:
    """How much a mean difference of scores would differ on other rows: its standard deviation, by drawing the rows.

    Args:
        out: the folder of the comparison.
        places: of the runs of each pair.
        metric: by which they are compared.

    Returns:
        NaN where the answers of a pair are not known.
    """
    files = [out / f"{place}.npy" for pair in places for place in pair]
    if not files or not all(file.is_file() for file in files):
        return float("nan")
    given = [np.load(file, allow_pickle=False) for file in files]
    labels = np.load(out / f"{places[0][0]}.labels.npy", allow_pickle=False)

    def mean_difference(rows: np.ndarray) -> float:
        scores = [score([metric], own[rows], labels[rows])[metric] for own in given]
        return float(np.mean(scores[::2]) - np.mean(scores[1::2]))

    low, high = bootstrap(mean_difference, len(labels), samples=_DRAWS, confidence=_ONE_DEVIATION)
    return float(high - low) / 2


def score_of_choosing(out: pathlib.Path, places: Sequence[str], metric: str) -> float:
    """The score that choosing the best of several runs reaches on rows that had no say in the choice.

    The rows are drawn with replacement; the run that is best on them is scored on the rows that were not drawn
    (Tsamardinos, Greasidou and Borboudakis, 2018,
    https://doi.org/10.1007/s10994-018-5714-4: bootstrap bias correction).

    Args:
        out: the folder of the search.
        places: of the runs.
        metric: by which they are compared.

    Returns:
        A mean over the draws; NaN for fewer than two runs, and where the answers to single rows are not known.
    """
    files = [out / f"{place}.npy" for place in places]
    if len(files) < 2 or not all(file.is_file() for file in files):
        return float("nan")
    given = [np.load(file, allow_pickle=False) for file in files]
    labels = np.load(out / f"{places[0]}.labels.npy", allow_pickle=False)
    random, found = np.random.default_rng(0), []
    for _ in range(_DRAWS):
        drawn = random.integers(len(labels), size=len(labels))
        others = np.setdiff1d(np.arange(len(labels)), drawn)
        if len(others):
            scores = [score([metric], own[drawn], labels[drawn])[metric] for own in given]
            best = given[int(np.argmax(scores))]
            found.append(score([metric], best[others], labels[others])[metric])
    return float(np.mean(found)) if found else float("nan")
