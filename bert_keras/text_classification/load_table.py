"""`load_table`: a user's tables of texts, by part: columns chosen, labels found, rows held out."""

import dataclasses
import os
from collections.abc import Mapping, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.data.examples import Examples
from bert_keras.data.origin import Origin
from bert_keras.data.splitting import Shares, strata_of
from bert_keras.data.tables.indicator_table import IndicatorTable
from bert_keras.data.tables.row_source import RowSource
from bert_keras.data.task import loaded, reader_of
from bert_keras.features import MULTI_LABEL, PARTS, REGRESSION
from bert_keras.text_classification.choose_columns import choose_columns
from bert_keras.text_classification.labels import Labels, class_weights, find_labels
from bert_keras.text_classification.plain_labels import plain_labels
from bert_keras.text_classification.table_sources import is_folder, joined_columns, table_sources
from bert_keras.text_classification.text_rows import TextRows, read_text_rows
from bert_keras.text_classification.text_table import TextTable
from bert_keras.text_classification.without_gaps import (
    UNKNOWN_LABELS,
    checked_unlabelled,
    hints,
    without_gaps,
    without_unknown,
    without_unlabelled,
)


def load_table(
    files: Any,
    encoder: Any = None,
    *,
    text: str | None = None,
    text_pair: Any = None,
    label: Any = None,
    weight: Any = None,
    class_weight: str | Mapping[str, float] | None = None,
    problem_type: str | None = None,
    label_names: Sequence[str] | None = None,
    label_separator: str | None = None,
    unlabelled: Sequence[Any] = (),
    unknown_labels: str = "refuse",
    separator: str | None = None,
    encoding: str = "utf-8",
    quotes: bool | str = True,
    columns: Sequence[str] | None = None,
    file_options: Mapping[str, Any] | None = None,
    validation_share: float = 0.1,
    test_share: float = 0.0,
    split_seed: int = 0,
    in_memory: bool | None = None,
    **options: Any,
) -> Any:
    """Your own texts with their labels, as a `TextTable`; with an encoder as `TextData`. See `bk.load_files`.

    >>> table = bk.load_files("reviews.csv", text="review", label="stars")
    >>> bk.finetune(table, "bert_en_uncased_L-12_H-768_A-12", "runs/stars")

    >>> data = bk.load_files({"train": "train.tsv", "validation": "dev.tsv"}, encoder, text="sentence", label="label")
    >>> model.fit(data.train, validation_data=data.validation)

    >>> bk.load_files(["Good.", "Bad."], label=["pos", "neg"], validation_share=0)

    Rows with an empty text or without a label are left out and counted, up to a tenth of them. Everything is read once.

    Args:
        files: what `bk.open_table` takes: a .csv, .tsv, .jsonl, .json or .parquet file, a folder of folders of .txt
            files, lists, arrays, dicts of columns, frames of pandas and polars, data sets of Hugging Face and
            `tf.data`; or several by part, {"train": …, "validation": …, "test": …}; or a folder that holds train,
            validation (valid, val, dev) and test, each such a folder.
        encoder: an encoder or a `bk.Tokenizer` that makes the ids at once. None gives a `TextTable`, for `bk.finetune`.
        text: the column of the texts. If None two columns whose names are those of pairs, such as sentence1 and
            sentence2, premise and hypothesis, question and sentence, text_a and text_b; else the one named text,
            sentence, review, content or comment.
        text_pair: the column of the second texts, for pairs; for a list of texts the second texts themselves.
        label: the column of the labels; for a list of texts the labels themselves. If None the column named label,
            labels, class, category, sentiment or target. A list of columns of 0 and 1, one for each of several labels,
            or their names with commas between.
        weight: a column of numbers: how much each row counts in training.
        class_weight: how much each class counts in training: "balanced", rows / (classes * rows of the class) as in
            scikit-learn, or a dict by name.
        problem_type: "single_label_classification", "multi_label_classification" or "regression". If None: several
            labels where a label_separator is given or labels are lists; regression where labels are numbers and one is
            not whole; else one class a row.
        label_names: the classes in the order of their numbers. If None: whole numbers by size, others by code points.
        label_separator: between several labels in one text, as "|" in "food|service".
        unlabelled: labels that say that a row has none, such as "-" or -1: such rows are left out, however many.
        unknown_labels: what becomes of rows with a class that the train part does not have, or `label_names` does not
            name: "refuse" or "leave_out".
        separator, encoding, quotes, columns: how files are written, as in `bk.open_table`.
        file_options: the same, of the files that a model was trained on: they hold where a file is written so.
        validation_share, test_share: of the train part, what becomes a part that is not given; 0 for none. Each class
            gives its share, and rows with equal texts stay together.
        split_seed: draws what is put aside, and the training rows that `limit` leaves.
        in_memory: whether the texts and ids are held in memory. None: up to 256 MiB of text; more goes to temporary
            files, and memory holds some 100 bytes a row.
        **options: as in `bk.load_glue`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for a column that is not there, with the ones there are; a row that does not fit, with its line;
            labels that make no task; more than a tenth of the rows, and more than two, with a gap.
    """
    shares = Shares(validation_share, test_share, split_seed)
    label = joined_columns(files, label)
    checks.one_of("unknown_labels", unknown_labels, UNKNOWN_LABELS)
    names = {"text": text, "text_pair": text_pair, "label": label, "weight": weight}
    reading = {"separator": separator, "encoding": encoding, "quotes": quotes, "columns": columns}
    opened = table_sources(files, names, reading, file_options)
    sources, names = opened.tables, opened.names
    first = next(iter(sources.values()))
    if isinstance(first, IndicatorTable):
        names["label"] = first.joined
        label_names = first.indicators if label_names is None else label_names
    texts, label, line = choose_columns(first, names)
    notes = [line, *opened.notes]
    rows = _read(sources, texts, label, names["weight"], in_memory)
    notes += [note for source in sources.values() for note in source.notes]
    unlabelled = checked_unlabelled(unlabelled)
    for part in rows:
        rows[part], left = without_unlabelled(rows[part], unlabelled, part)
        notes += left
    if label_names is None and (order := first.order_of(label)):
        there = {str(value) for own in rows.values() for value in own.values}
        label_names = tuple(name for name in order if name in there)
    rows, forms = plain_labels(rows, problem_type, label_names, label_separator)
    notes += forms
    labels = _of_model(problem_type, label_names, label_separator) if "train" not in rows else None
    first_part = rows.get("train", next(iter(rows.values())))
    labels = labels or find_labels(first_part, problem_type, label_names, label_separator)
    for part in rows:
        rows[part], gaps = without_gaps(rows[part], labels, part)
        rows[part], unknown = without_unknown(rows[part], labels, part, unknown_labels)
        notes += [*gaps, *unknown]
    notes += [_about_labels(labels), *hints(labels)]
    rows = shares.hold_out(
        rows, lambda rows: rows.hashes, lambda rows: strata_of(labels.of(rows, "train")), notes=notes
    )
    examples = {part: _examples(part, rows[part], labels) for part in PARTS if part in rows}
    if "train" in examples:
        examples["train"] = _weighted(examples["train"], rows["train"], labels, class_weight, notes)
    reading = {"text": texts[0], "text_pair": texts[1] if len(texts) == 2 else None, "label": label}
    reading |= {"problem_type": labels.problem_type}
    reading |= {"label_names": labels.names and list(labels.names), "label_separator": labels.separator}
    reading |= {"unlabelled": list(unlabelled)} if unlabelled else {}
    reading |= {"unknown_labels": unknown_labels} if unknown_labels != "refuse" else {}
    reading |= {"file_options": opened.options} if opened.options else {}
    table = TextTable(
        name="+".join(dict.fromkeys(source.name for source in sources.values())),
        read=reader_of(examples),
        parts=tuple(examples),
        split_seed=split_seed,
        origin=Origin.of(files, shares, sources),
        label_names=labels.names,
        problem_type=labels.problem_type,
        metrics=labels.metrics,
        text_columns=texts,
        reading=reading,
        notes=tuple(notes),
        examples=examples,
        labels=labels,
    )
    return loaded(table, encoder, options)


def holds_table(source: Any) -> bool:
    """Whether a file or an object may be a table of texts: a folder, or what is no path."""
    return not isinstance(source, (str, os.PathLike)) or is_folder(source)


def _read(
    sources: dict[str, RowSource], texts: tuple[str, ...], label: str, weight: str | None, in_memory: bool | None
) -> dict[str, TextRows]:
    if weight is not None:
        next(iter(sources.values())).column("weight", weight)
    rows = {}
    for part, source in sources.items():
        for argument, name in zip(("text", "text_pair"), texts, strict=False):
            source.column(argument, name)
        has_label = label in source.columns or not part.startswith("test")
        name = source.column("label", label) if has_label else None
        rows[part] = read_text_rows(source, texts, name, weight if part == "train" else None, in_memory)
    return rows


def _of_model(problem_type: str | None, names: Sequence[str] | None, separator: str | None) -> Labels | None:
    """The labels of a model, for a file to measure it on: the file itself does not say what they are."""
    if problem_type == REGRESSION:
        return Labels(REGRESSION, None)
    return (
        None if problem_type is None or names is None else Labels(problem_type, tuple(names), separator, are_given=True)
    )


def _examples(part: str, rows: TextRows, labels: Labels) -> Examples:
    name, where = rows.source.name, rows.source.where
    return Examples(rows.texts, labels.of(rows, part), rows.places, name, where=where)


def _weighted(examples: Examples, rows: TextRows, labels: Labels, class_weight: Any, notes: list[str]) -> Examples:
    of_classes = class_weights(class_weight, labels, examples.labels)
    weights = rows.weights
    if of_classes is not None:
        shown = ", ".join(f"{name} {weight:.3g}" for name, weight in zip(labels.names, of_classes, strict=True))
        notes.append(f"weights of the classes in training: {shown}")
        weights = of_classes[examples.labels] * (1.0 if weights is None else weights)
    if weights is None:
        return examples
    if not weights.any():
        raise ValueError(checks.message("weight", "be above 0 in some row of the train part", 0.0))
    return dataclasses.replace(examples, weights=weights.astype("float32"))


def _about_labels(labels: Labels) -> str:
    if labels.problem_type == REGRESSION:
        return "labels are numbers: regression"
    names = ", ".join(f"{number} '{name}'" for number, name in enumerate(labels.names[:20]))
    more = f", … ({len(labels.names)} in all)" if len(labels.names) > 20 else ""
    return f"{'several labels of' if labels.problem_type == MULTI_LABEL else 'classes:'} {names}{more}"
