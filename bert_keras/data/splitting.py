"""Which rows become which part: shares of "train" held out by a seed, and the few training rows that a limit leaves."""

import dataclasses
import os
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.features import PARTS

_BINS = 10  # of numbers, for regression


@dataclasses.dataclass(frozen=True)
class Shares:
    """What of "train" becomes a part that is not given.

    Args:
        validation_share, test_share: of the training rows, in [0, 0.9]; 0 for none.
        split_seed: of the draw: the same rows are held out in every run, whatever that run's own seed.

    Raises:
        TypeError, ValueError: for another number, or shares that leave no rows to train on.
    """

    validation_share: float = 0.1
    test_share: float = 0.0
    split_seed: int = 0

    def __post_init__(self) -> None:
        for name in ("validation_share", "test_share"):
            checks.number(name, getattr(self, name), 0.0, 0.9)
        checks.integer("split_seed", self.split_seed, 0)
        if self.validation_share + self.test_share > 0.95:
            raise ValueError(checks.message("test_share", "leave rows to train on", self.test_share))

    def missing(self, given: Iterable[str]) -> dict[str, float]:
        """The parts that are held out where `given` ones are there, with their shares."""
        given = set(given)
        shares = {"test": self.test_share, "validation": self.validation_share}
        return {part: share for part, share in shares.items() if share and part not in given and "train" in given}

    def parts(self, given: Iterable[str]) -> tuple[str, ...]:
        """All parts that there are, once those that `given` ones lack are held out."""
        there = {*(given := tuple(given)), *self.missing(given)}
        return tuple(part for part in PARTS if part in there)

    def read(
        self,
        sources: Mapping[str, Any],
        read: Callable[[Any, str], Any],
        parts: Iterable[str],
        groups: Callable[[Any], Iterable[Any]],
    ) -> dict[str, Any]:
        """Reads the parts that are wanted, and holds out those that have no source.

        Args:
            sources: by part, what `read` takes.
            read: from a source and the name of its part to rows, which have a length and `take`.
            parts: that are wanted.
            groups: of rows; see `hold_out`.
        """
        parts = tuple(parts)
        wanted = [name for name in sources if name in parts]
        if "train" not in wanted and set(self.missing(sources)) & set(parts):
            wanted.append("train")
        rows = self.hold_out({name: read(sources[name], name) for name in wanted}, groups, given=sources)
        return {part: rows[part] for part in PARTS if part in rows and part in parts}

    def hold_out(
        self,
        rows: dict[str, Any],
        groups: Callable[[Any], Iterable[Any]],
        strata: Callable[[Any], np.ndarray] | None = None,
        given: Iterable[str] | None = None,
        notes: list[str] | None = None,
    ) -> dict[str, Any]:
        """The rows by part, those of "train" less what becomes a part of its own.

        Args:
            rows: by part; each has a length and `take(int [rows])`.
            groups: what each row of a part belongs to, hashable: rows of one group stay on one side.
            strata: int [rows] of a part: each gives its share; None for one stratum.
            given: the parts that have a source; the keys of `rows` if None.
            notes: gets a line for each part that is held out.
        """
        rows, left = dict(rows), 1.0
        for part, share in self.missing(rows if given is None else given).items():
            train = rows.get("train")
            if train is None:
                continue
            of_rows = np.zeros(len(train), "int64") if strata is None else strata(train)
            aside = held_out(of_rows, _numbered(groups(train)), share / left, self.split_seed)
            rows[part], rows["train"] = train.take(np.flatnonzero(aside)), train.take(np.flatnonzero(~aside))
            left -= share
            if notes is not None:
                how = "" if strata is None else ", with each class's share"
                notes.append(f"{part}: {aside.sum():,} rows held out of train{how}, by seed {self.split_seed}")
        return rows


def held_out(strata: np.ndarray, groups: np.ndarray, share: float, seed: int) -> np.ndarray:
    """bool [rows]: which rows are held out.

    Rows of one group, such as rows with equal texts, stay on one side, with the stratum of the first. Each stratum
    gives its share, to the nearest whole group, the strata together that of all; one that has a single group keeps it.

    Args:
        strata: int [rows], such as the classes.
        groups: [rows], equal where rows belong together.
        share: of the groups, in [0, 1).
        seed: of the draw. With the same rows it draws the same.

    Raises:
        ValueError: if there are too few groups to hold one out and keep one.
    """
    _, first, group_of = np.unique(groups, return_index=True, return_inverse=True)
    if len(first) < 2:
        advice = "Pass validation_share=0, or a file for each part."
        must = "hold two different texts or more to hold one out"
        raise ValueError(checks.message("files", must, len(first), advice))
    order = np.argsort(first, kind="stable")  # groups in the order in which they came, not of their values
    random = np.random.default_rng(seed)
    of_groups = strata[first[order]]
    wanted = max(1, round(share * len(order)))
    members = [np.flatnonzero(of_groups == stratum) for stratum in np.unique(of_groups)]
    most = np.array([len(groups) - 1 for groups in members])
    exact = np.array([share * len(groups) for groups in members])
    counts = np.minimum(np.floor(exact).astype(int), most)
    for stratum in np.argsort(-(exact - np.floor(exact)), kind="stable"):
        if counts.sum() < wanted and counts[stratum] < most[stratum]:
            counts[stratum] += 1
    chosen = np.zeros(len(first), bool)
    for groups, count in zip(members, counts, strict=True):
        chosen[order[random.permutation(groups)[:count]]] = True
    if not chosen.any():  # as many strata as groups
        chosen[order[random.integers(len(order))]] = True
    return chosen[group_of.reshape(-1)]


def strata_of(labels: np.ndarray) -> np.ndarray:
    """int [rows]: the classes; which labels a row has together; or the tenths of the numbers."""
    if labels.ndim == 2:
        return np.unique(labels, axis=0, return_inverse=True)[1].reshape(-1)
    if labels.dtype.kind == "f":
        edges = np.quantile(labels, np.linspace(0, 1, _BINS + 1)[1:-1])
        return np.searchsorted(edges, labels, side="right")
    return labels


def limited(rows: Any, limit: int | None, seed: int = 0) -> Any:
    """At most `limit` of the rows, drawn by the seed, in their order; all for None. `rows` has a length and `take`.

    The first rows of a file are often all of one class or one document: they are drawn, and not cut off.
    """
    if limit is None or checks.integer("limit", limit, 1) >= len(rows):
        return rows
    return rows.take(np.sort(np.random.default_rng(seed).permutation(len(rows))[:limit]))


def checked_parts(parts: tuple[str, ...] | None, known: tuple[str, ...]) -> tuple[str, ...]:
    """The parts of a task that a user asked for, all for None; raises if one is not known or none is named."""
    if parts is None:
        return known
    if isinstance(parts, str) or not parts:
        raise TypeError(checks.message("parts", f"be a tuple of names out of {known}", parts, f'E.g. ("{known[0]}",).'))
    return tuple(checks.one_of("parts", name, known) for name in parts)


def part_of(split: str) -> str:
    """The part that a split belongs to: "validation" of "validation_matched"."""
    return split.split("_")[0]


def by_part(source: Any, name: str = "files") -> dict[str, Any]:
    """Files or objects by part, as a user gives them; one alone is "train".

    A dict is by part where a key is the name of a part or a value is a path; else it is one object.

    Raises:
        ValueError: naming the argument `name`, for a part of another name, and for an empty path.
    """
    if isinstance(source, str) and not source:
        raise ValueError(checks.message(name, "name a file or a folder", source, "'.' is the one you are in."))
    if not isinstance(source, Mapping):
        return {"train": source}
    if not source:
        raise ValueError(checks.message(name, "hold a part or a column", source))
    if not set(source) & set(PARTS) and not any(isinstance(value, (str, os.PathLike)) for value in source.values()):
        return {"train": source}
    for part in source:
        if part not in PARTS:
            near = checks.did_you_mean(str(part), PARTS)
            raise ValueError(checks.message(name, f"be by part, out of {', '.join(PARTS)}", list(source), near))
    return dict(source)


def _numbered(groups: Iterable[Any]) -> np.ndarray:
    """int [rows], a number for each group; an array as it is."""
    if isinstance(groups, np.ndarray):
        return groups
    numbers: dict[Any, int] = {}
    return np.array([numbers.setdefault(group, len(numbers)) for group in groups])
