"""`Labels`: what the labels of a user's rows are: classes in a stated order, several labels, or numbers."""

import dataclasses
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.features import MOST_WEIGHT, MULTI_LABEL, PROBLEM_TYPES, REGRESSION, SINGLE_LABEL
from bert_keras.foreign_names import FOREIGN_VALUES
from bert_keras.text_classification.text_rows import MISSING, TextRows

_MOST_CLASSES = 1000  # more are taken for numbers or texts
_METRICS = {
    SINGLE_LABEL: ("accuracy", "f1_macro"),
    MULTI_LABEL: ("f1_micro", "f1_macro", "subset_accuracy"),
    REGRESSION: ("pearson", "spearman"),
}


@dataclasses.dataclass(frozen=True)
class Labels:
    """How labels are read.

    Args:
        problem_type: one of `features.PROBLEM_TYPES`.
        names: the classes, in the order of their numbers; None for regression.
        separator: between several labels of a row in one text, as "|"; None where they come as lists.
        are_given: whether `names` were said, by a user or a model, and not found in the train part.
    """

    problem_type: str
    names: tuple[str, ...] | None
    separator: str | None = None
    are_given: bool = False

    @property
    def metrics(self) -> tuple[str, ...]:
        """Names of the metrics, as in `bk.metrics`; the first ranks epochs."""
        return _METRICS[self.problem_type]

    def of(self, rows: TextRows, part: str) -> np.ndarray | None:
        """The labels of the rows: int32 [rows], int32 [rows, classes] of 0 and 1, or float32 [rows].

        Raises:
            ValueError: for a label that is not among the classes, with its place.
        """
        if rows.codes is None:
            return None
        numbers = {name: number for number, name in enumerate(self.names or ())}
        table = [self._encoded(value, rows, code, part, numbers) for code, value in enumerate(rows.values)]
        if self.problem_type == MULTI_LABEL:
            nothing = np.zeros((1, len(self.names)), "int32")
            return np.concatenate([np.array(table, "int32").reshape(-1, len(self.names)), nothing])[rows.codes]
        kind = "float32" if self.problem_type == REGRESSION else "int32"
        return np.array([*table, 0], kind)[rows.codes]

    def several(self, value: Any) -> tuple[str, ...]:
        """The names of the classes in one label as it was read."""
        return _several(value, self.separator) if self.problem_type == MULTI_LABEL else (str(value),)

    def _encoded(self, value: Any, rows: TextRows, code: int, part: str, numbers: dict[str, int]) -> Any:
        if self.problem_type == REGRESSION:
            number = _number(value)
            if number is None and (rows.codes == code).any():
                raise ValueError(_at_fault(rows, code, "be a finite number, as this is regression", value))
            return number or 0.0
        present = self.several(value)
        for name in present:
            if name not in numbers and (rows.codes == code).any():
                whose = "that are given" if self.are_given else "of the train part"
                must = f"be one of the classes {whose}, {_listed(self.names)}"
                raise ValueError(_at_fault(rows, code, must, name, self._of_unknown(name, rows, part)))
        if self.problem_type == SINGLE_LABEL:
            return numbers.get(present[0], 0)
        return [int(name in present) for name in self.names]

    def _of_unknown(self, name: str, rows: TextRows, part: str) -> str:
        """What to do about a class that is not among the names."""
        told = [] if self.are_given else [f"It is in {part} alone."]
        told += [checks.did_you_mean(name, self.names)]
        if part.startswith("test") and len(np.unique(rows.codes)) == 1:
            told += [f"All rows of that part have it: pass unlabelled=[{name!r}] (--unlabelled) if it says nothing."]
        if self.are_given:
            told += ["A model that is trained has no others. In bk.load_files unknown_labels='leave_out' leaves such"]
            told += ["rows out, and a training takes label_names that name it."]
        else:
            more = repr([*self.names, name]) if len(self.names) < 12 else f"[…, {name!r}]"
            told += [f"Pass label_names={more} (--label-names) if it is a class,"]
            told += ["or unknown_labels='leave_out' (--unknown-labels leave_out) to leave such rows out."]
        return " ".join(filter(None, told))


def find_labels(
    rows: TextRows,
    problem_type: str | None = None,
    names: Sequence[str] | None = None,
    separator: str | None = None,
) -> Labels:
    """What the labels of the train part are.

    Without `problem_type`: several labels where there is a separator or labels are lists; numbers where all are
    numbers and one is not whole; else one class a row. Classes are in the order of `names`, or else of their numbers
    where all are whole numbers, or else of their characters' code points.

    Args:
        rows: of the train part.
        problem_type, names, separator: as the user gave them; who gives one of the first two means classes, however
            many there are.

    Raises:
        ValueError: if there is one class alone, or more than make sense.
    """
    is_said = problem_type is not None or names is not None
    problem_type, there = classes_in(rows, problem_type, separator)
    if problem_type == REGRESSION:
        if names is not None:
            raise ValueError(checks.message("label_names", "be None for regression", names))
        if len({_number(value) for value in _used(rows)}) < 2:
            raise ValueError(
                checks.message("label", "have more than one value", _used(rows)[:1], "There is nothing to learn.")
            )
        return Labels(problem_type, None)
    are_given = names is not None
    names = checked_names(names) if are_given else tuple(sorted(there, key=_order(there)))
    if problem_type == SINGLE_LABEL:
        _check_classes(rows, names, is_said)
    elif not names:
        raise ValueError(checks.message("label", "hold a label in some row", 0))
    return Labels(problem_type, names, separator, are_given)


def classes_in(rows: TextRows, problem_type: str | None, separator: str | None) -> tuple[str, set[str]]:
    """What problem the labels of some rows make, guessed where it is not said, and the classes among them.

    Args:
        rows, problem_type, separator: as for `find_labels`.

    Raises:
        ValueError: for another problem type, or a separator where a row has one label.
    """
    used = _used(rows)
    problem_type = _guessed(used, separator) if problem_type is None else problem_type
    checks.one_of("problem_type", problem_type, PROBLEM_TYPES, FOREIGN_VALUES["problem_type"])
    if problem_type != MULTI_LABEL and separator is not None:
        raise ValueError(checks.message("label_separator", f"be None for {problem_type}", separator))
    if problem_type == REGRESSION:
        return problem_type, set()
    several = problem_type == MULTI_LABEL
    return problem_type, {name for value in used for name in (_several(value, separator) if several else (str(value),))}


def _used(rows: TextRows) -> list[Any]:
    """The different labels that some row has."""
    return [rows.values[code] for code in np.unique(rows.codes[rows.codes != MISSING])]


def class_weights(
    class_weight: str | Mapping[str, float] | None, labels: Labels, codes: np.ndarray
) -> np.ndarray | None:
    """float32 [classes]: what a row of each class counts in training; None for 1 each.

    Args:
        class_weight: "balanced": rows / (classes * rows of the class), as in scikit-learn; or a weight for each class's
            name.
        labels: what the labels are.
        codes: int [rows], the classes of the train part's rows.
    """
    if class_weight is None:
        return None
    if labels.problem_type != SINGLE_LABEL:
        must = f"be None for {labels.problem_type}"
        raise ValueError(checks.message("class_weight", must, class_weight, "Pass a column of weights: weight=…."))
    if isinstance(class_weight, Mapping):
        names = {str(name): value for name, value in class_weight.items()}
        if set(names) != set(labels.names):
            must = f"have a weight for each class, {_listed(labels.names)}"
            raise ValueError(checks.message("class_weight", must, class_weight))
        weights = [checks.number(f"class_weight[{name!r}]", names[name], 0.0, MOST_WEIGHT) for name in labels.names]
        return np.array(weights, "float32")
    checks.one_of("class_weight", class_weight, ("balanced",))
    counts = np.bincount(codes, minlength=len(labels.names))
    return (len(codes) / (len(counts) * np.maximum(counts, 1))).astype("float32")


def _guessed(values: Iterable[Any], separator: str | None) -> str:
    if separator is not None or any(isinstance(value, tuple) for value in values):
        return MULTI_LABEL
    numbers = [_number(value) for value in values]
    if numbers and None not in numbers and not all(number.is_integer() for number in numbers):
        return REGRESSION
    return SINGLE_LABEL


def _check_classes(rows: TextRows, names: tuple[str, ...], is_said: bool) -> None:
    if len(names) < 2:
        must = "have two classes or more in the train part"
        raise ValueError(checks.message("label", must, list(names), f"{len(rows):,} rows of {rows.source.name}."))
    if is_said:
        return
    if len(names) > _MOST_CLASSES or (len(rows) >= 40 and len(names) > len(rows) / 2):
        advice = (
            "Is it the column of the labels? For numbers pass problem_type='regression' (--problem-type regression), "
            f"for so many classes problem_type='{SINGLE_LABEL}'."
        )
        must = f"have fewer classes for {len(rows):,} rows"
        raise ValueError(checks.message("label", must, f"{len(names):,} classes", advice))


def checked_names(names: Any) -> tuple[str, ...]:
    """The names of classes as a user gave them."""
    if isinstance(names, str) or len({str(name) for name in names}) != len(names):
        raise ValueError(checks.message("label_names", "be a list of different names", names))
    return tuple(str(name) for name in names)


def _several(value: Any, separator: str | None) -> tuple[str, ...]:
    if isinstance(value, tuple):
        return value
    parts = str(value).split(separator) if separator is not None else [str(value)]
    return tuple(dict.fromkeys(part.strip() for part in parts if part.strip()))


def _order(names: set[str]) -> Any:
    numbers = [_number(name) for name in names]
    whole = all(number is not None and number.is_integer() for number in numbers)
    return (lambda name: (float(name), name)) if whole else (lambda name: name)


def _number(value: Any) -> float | None:
    try:
        number = float(value)
    except (OverflowError, TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def _at_fault(rows: TextRows, code: int, must: str, value: Any, advice: str = "") -> str:
    row = int(np.argmax(rows.codes == code))
    return f"{rows.where(row)}: {checks.message('label', must, value, advice)}"


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(f"'{name}'" for name in names[:12])
    return shown + (f", … ({len(names)} in all)" if len(names) > 12 else "")
