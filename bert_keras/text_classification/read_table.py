"""`read_table`: a user's table, by part, as a `TextTable`: columns chosen, labels found, rows put aside."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.splitting import held_out, strata_of
from bert_keras.data.tables.folder_tree import PARTS
from bert_keras.data.tables.row_source import RowSource
from bert_keras.features import MULTI_LABEL, REGRESSION
from bert_keras.text_classification.labels import Labels, class_weights, find_labels
from bert_keras.text_classification.text_rows import MISSING, TextRows, read_text_rows
from bert_keras.text_classification.text_table import TextTable

# Names that columns are known by where the user gives none.
TEXT_NAMES = ("text", "sentence", "review", "content", "comment")
LABEL_NAMES = ("label", "labels", "class", "category", "sentiment", "target")
_MOST_MISSING = 0.01  # of the rows: an empty text or no label


def read_table(
    sources: Mapping[str, RowSource],
    *,
    text: str | None = None,
    text_pair: str | None = None,
    label: str | None = None,
    weight: str | None = None,
    class_weight: str | Mapping[str, float] | None = None,
    problem_type: str | None = None,
    label_names: Sequence[str] | None = None,
    label_separator: str | None = None,
    validation_share: float = 0.1,
    test_share: float = 0.0,
    split_seed: int = 0,
    in_memory: bool | None = None,
) -> TextTable:
    """See `bk.load_files`; `sources` are the tables by part."""
    first = next(iter(sources.values()))
    texts = (choose_column("text", first, text, TEXT_NAMES),)
    texts += () if text_pair is None else (first.column("text_pair", text_pair),)
    label = choose_column("label", first, label, LABEL_NAMES)
    if weight is not None:
        first.column("weight", weight)
    notes = [f"texts: {' and '.join(repr(name) for name in texts)}; labels: '{label}'"]
    rows = {}
    for part, source in sources.items():
        for argument, name in zip(("text", "text_pair"), texts, strict=False):
            source.column(argument, name)
        has_label = label in source.columns or not part.startswith("test")
        name = source.column("label", label) if has_label else None
        rows[part] = read_text_rows(source, texts, name, weight if part == "train" else None, in_memory)
    learnt = rows.get("train", next(iter(rows.values())))
    labels = _of_model(problem_type, label_names, label_separator) if "train" not in rows else None
    labels = labels or find_labels(learnt, problem_type, label_names, label_separator)
    for part in rows:
        rows[part], told = without_gaps(rows[part], labels, part)
        notes += told
    notes.append(_about_labels(labels))
    if "train" in rows:
        _hold_out(rows, labels, validation_share, test_share, split_seed, notes)
    examples = {part: _examples(part, rows[part], labels) for part in PARTS if part in rows}
    if "train" in examples:
        examples["train"] = _weighted(examples["train"], rows["train"], labels, class_weight, notes)
    reading = {"text": texts[0], "text_pair": text_pair, "label": label, "problem_type": labels.problem_type}
    reading |= {"label_names": labels.names and list(labels.names), "label_separator": labels.separator}
    name = "+".join(dict.fromkeys(source.name for source in sources.values()))
    return TextTable(name, examples, labels, texts, reading, tuple(notes))


def choose_column(argument: str, source: RowSource, name: str | None, known: tuple[str, ...]) -> str:
    """The column that the user named, or the one whose name says what it is."""
    if name is not None:
        return source.column(argument, checks.text(argument, name))
    lowered = {column.lower(): column for column in source.columns}
    for candidate in known:
        if candidate in lowered:
            return lowered[candidate]
    found = ", ".join(f"'{column}'" for column in source.columns)
    advice = f"{source.name} has: {found}. Pass {argument}='…' (--{argument}-column …)."
    raise ValueError(checks.message(argument, f"name the column of the {argument}s", None, advice))


def _of_model(problem_type: str | None, names: Sequence[str] | None, separator: str | None) -> Labels | None:
    """The labels of a model, for a file to measure it on: the file itself does not say what they are."""
    if problem_type == REGRESSION:
        return Labels(REGRESSION, None)
    return None if problem_type is None or names is None else Labels(problem_type, tuple(names), separator)


def without_gaps(rows: TextRows, labels: Labels, part: str) -> tuple[TextRows, list[str]]:
    """The rows that have a text and a label, and what to say of the others; ValueError if they are many."""
    keep, notes = np.ones(len(rows), bool), []
    unlabelled = np.empty(0, "int64")
    if rows.codes is not None and labels.problem_type != MULTI_LABEL:
        unlabelled = np.flatnonzero(rows.codes == MISSING)
    for what, gaps in (("an empty text", rows.empty), ("no label", unlabelled)):
        if not len(gaps):
            continue
        share, first = len(gaps) / len(rows), "; ".join(rows.where(row) for row in gaps[:3])
        if share > _MOST_MISSING:
            must = f"have {what.replace('an empty', 'a').replace('no', 'a')} in all but 1 % of the rows"
            told = f"{len(gaps):,} of {len(rows):,} have {what}"
            raise ValueError(checks.message("files", must, told, f"The first: {first}. Leave such rows out."))
        keep[gaps] = False
        notes.append(f"{len(gaps):,} of {len(rows):,} {part} rows have {what} and are left out: {first}")
    return (rows if keep.all() else rows.take(np.flatnonzero(keep))), notes


def _hold_out(
    rows: dict[str, TextRows], labels: Labels, validation_share: float, test_share: float, seed: int, notes: list[str]
) -> None:
    """Puts shares of the train part aside as the parts that are not there."""
    shares = {"validation": checks.number("validation_share", validation_share, 0.0, 0.9)}
    shares["test"] = checks.number("test_share", test_share, 0.0, 0.9)
    if sum(shares.values()) > 0.95:
        raise ValueError(checks.message("test_share", "leave rows to train on", test_share))
    seed = checks.integer("split_seed", seed, 0)
    left = 1.0
    for part in ("test", "validation"):
        share = shares[part]
        if part in rows or not share:
            continue
        train = rows["train"]
        aside = held_out(strata_of(labels.of(train, "train")), train.hashes, share / left, seed)
        rows[part], rows["train"] = train.take(np.flatnonzero(aside)), train.take(np.flatnonzero(~aside))
        left -= share
        notes.append(f"{part}: {aside.sum():,} rows held out of train, with each class's share, by seed {seed}")


def _examples(part: str, rows: TextRows, labels: Labels) -> Examples:
    return Examples(rows.texts, labels.of(rows, part), rows.places, rows.source.name)


def _weighted(examples: Examples, rows: TextRows, labels: Labels, class_weight: Any, notes: list[str]) -> Examples:
    of_classes = class_weights(class_weight, labels, examples.labels)
    weights = rows.weights
    if of_classes is not None:
        told = ", ".join(f"{name} {weight:.3g}" for name, weight in zip(labels.names, of_classes, strict=True))
        notes.append(f"weights of the classes in training: {told}")
        weights = of_classes[examples.labels] * (1.0 if weights is None else weights)
    if weights is None:
        return examples
    if not weights.any():
        raise ValueError(checks.message("weight", "be above 0 in some row of the train part", 0.0))
    return Examples(examples.texts, examples.labels, examples.ids, examples.source, weights.astype("float32"))


def _about_labels(labels: Labels) -> str:
    if labels.problem_type == REGRESSION:
        return "labels are numbers: regression"
    names = ", ".join(f"{number} '{name}'" for number, name in enumerate(labels.names[:20]))
    more = f", … ({len(labels.names)} in all)" if len(labels.names) > 20 else ""
    return f"{'several labels of' if labels.problem_type == MULTI_LABEL else 'classes:'} {names}{more}"
