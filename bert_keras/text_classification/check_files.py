"""`check_files`: what is in a user's tables of texts, before anyone trains on them."""

import os
import re
from collections.abc import Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.tables.indicator_table import with_indicators
from bert_keras.data.tables.likely_encoding import likely_encoding
from bert_keras.data.tables.open_table import open_path, open_table
from bert_keras.data.tables.row_source import RowSource
from bert_keras.features import REGRESSION, SINGLE_LABEL
from bert_keras.text.base_tokenizer import BaseTokenizer
from bert_keras.text_classification.choose_columns import choose_columns
from bert_keras.text_classification.file_report import LIMITS, FileReport, PartReport
from bert_keras.text_classification.headless_columns import headless_columns
from bert_keras.text_classification.labels import Labels, find_labels
from bert_keras.text_classification.plain_labels import plain_labels
from bert_keras.text_classification.table_sources import joined_columns, tables_by_part
from bert_keras.text_classification.text_rows import MISSING, TextRows, read_text_rows
from bert_keras.text_classification.without_gaps import checked_unlabelled, hints, without_gaps, without_unlabelled

_CHUNK = 1024
# U+FFFD, control characters, and the pairs that UTF-8 becomes where it is read as Windows-1252 or Latin-1.
_STRANGE = re.compile("\ufffd|[\x00-\x08\x0b\x0e-\x1f\x7f]|Ã[\x80-\xbf€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ]|â€|Â[\x80-\xbf]")
_RARE = 0.1  # a class with less than this share of an even one is pointed out


def check_files(
    files: Any,
    encoder: Any = None,
    *,
    text: str | None = None,
    text_pair: str | None = None,
    label: str | Sequence[str] | None = None,
    problem_type: str | None = None,
    label_separator: str | None = None,
    unlabelled: Sequence[Any] = (),
    **reading: Any,
) -> FileReport:
    """Reads tables of texts and says what is in them: rows, labels, lengths, duplicates, leaks, faults.

    >>> print(bk.check_files("reviews.csv", encoder, text="review", label="stars"))
    reviews.csv
    …

    Args:
        files: as in `bk.load_files`: one table, or several by part.
        encoder: an encoder of `bk.load_encoder` or a `bk.Tokenizer`, whose tokens are counted. None counts words.
        text, text_pair, label, problem_type, label_separator, unlabelled: as in `bk.load_files`.
        **reading: `separator`, `encoding`, `quotes`, `columns`, as in `bk.open_table`.

    Raises:
        FileNotFoundError, ValueError: where a file cannot be read at all, as in `bk.load_files`. What is wrong with
            its rows is in the report.
    """
    sources = tables_by_part(files)
    undecodable = dict.fromkeys(sources, 0)
    rows, faults, notes, warnings = {}, [], [], []
    tokenizer = _tokenizer(encoder)
    texts: tuple[str, ...] = ()
    for part, source in sources.items():
        lines: dict[int, bytes] = {}
        table = _lenient(source, reading, lines)
        columns = headless_columns(table) if not rows and text is None and label is None else None
        if columns is not None:
            reading = {**reading, "columns": list(columns)}
            table = _lenient(source, reading, lines)
            notes.append(f"{table.name}: it has no header; its columns are {' and '.join(columns)}")
        table = table if label is None else with_indicators(table, joined_columns(source, label))
        if not texts:
            label = getattr(table, "joined", label)
            texts, label, line = choose_columns(table, {"text": text, "text_pair": text_pair, "label": label})
            notes.append(line)
        has_label = label in table.columns or not part.startswith("test")
        lines.clear()  # of the header, which is read again
        try:
            rows[part] = read_text_rows(table, texts, table.column("label", label) if has_label else None)
        except (ValueError, TypeError) as error:
            faults.append(str(error))
            continue
        notes += table.notes
        undecodable[part] = len(lines)
        if lines:
            shown = ", ".join(map(str, [*lines][:5]))
            likely = likely_encoding(b"\n".join([*lines.values()][:1000]))
            advice = "" if likely is None else f"; they are likely {likely} (encoding=, --encoding)"
            faults.append(f"{part}: {len(lines):,} lines of {table.name} are not in its encoding: {shown}{advice}")
    for part in rows:
        rows[part], left = without_unlabelled(rows[part], checked_unlabelled(unlabelled), part)
        notes += left
    rows, labels = _labels(rows, problem_type, label_separator, faults, notes)
    notes += [] if labels is None else hints(labels)
    parts = {}
    for part, of_part in rows.items():
        parts[part] = _part_report(of_part, labels, tokenizer, undecodable[part])
        _judge(part, of_part, labels, parts[part], faults, warnings)
    leaks = _leaks(rows)
    warnings += [f"{count:,} texts of {where}: scores on them say little" for where, count in leaks.items() if count]
    name = "+".join(dict.fromkeys(of_part.source.name for of_part in rows.values())) or "files"
    unit = "words" if tokenizer is None else "tokens"
    return FileReport(name, unit, parts, leaks, tuple(notes), tuple(faults), tuple(warnings))


def _lenient(source: Any, reading: dict[str, Any], lines: dict[int, bytes]) -> RowSource:
    """The table, which notes lines that are not in its encoding where others would stop."""
    table = open_table(source, **reading) if not isinstance(source, (str, os.PathLike)) else None
    if table is not None:
        return table

    def note(line: int, error: UnicodeDecodeError) -> None:
        lines[line] = bytes(error.object)

    return open_path(source, reading, note)


def _tokenizer(encoder: Any) -> BaseTokenizer | None:
    if encoder is None or isinstance(encoder, BaseTokenizer):
        return encoder
    tokenizer = getattr(encoder, "tokenizer", None)
    if tokenizer is None:
        raise TypeError(checks.message("encoder", "be an encoder with a tokenizer, or a bk.Tokenizer", encoder))
    return tokenizer


def _labels(
    rows: dict[str, TextRows], problem_type: str | None, separator: str | None, faults: list[str], notes: list[str]
) -> tuple[dict[str, TextRows], Labels | None]:
    if "train" not in rows:
        return rows, None
    try:
        rows, forms = plain_labels(rows, problem_type, None, separator)
        notes += forms
        return rows, find_labels(rows["train"], problem_type, None, separator)
    except ValueError as error:
        faults.append(str(error))
        return rows, None


def _part_report(
    rows: TextRows, labels: Labels | None, tokenizer: BaseTokenizer | None, undecodable: int
) -> PartReport:
    lengths, strange = _lengths(rows, tokenizer)
    _, first = np.unique(rows.hashes, return_index=True)
    codes = rows.codes if rows.codes is not None else np.zeros(len(rows), "int32")
    pairs = np.unique(np.stack([rows.hashes, codes.astype("uint64")]), axis=1)[0]
    places = {"median": 50, "90 %": 90, "99 %": 99, "longest": 100}
    return PartReport(
        rows=len(rows),
        labels=_balance(rows, labels),
        lengths={name: int(np.percentile(lengths, place)) for name, place in places.items()},
        cut={limit: float(np.mean(lengths > limit)) for limit in LIMITS},
        duplicates=len(rows) - len(first),
        contradictions=int((np.unique(pairs, return_counts=True)[1] > 1).sum()),
        empty=len(rows.empty),
        unlabelled=0 if rows.codes is None else int((rows.codes == MISSING).sum()),
        strange=strange,
        undecodable=undecodable,
    )


def _lengths(rows: TextRows, tokenizer: BaseTokenizer | None) -> tuple[np.ndarray, int]:
    """int [rows], tokens of each row with the special ones, or words; and how many rows have strange characters."""
    parts, strange = [], np.zeros(len(rows), bool)
    for start in range(0, len(rows), _CHUNK):
        total = np.full(min(_CHUNK, len(rows) - start), 0 if tokenizer is None else len(rows.texts) + 1)
        for column in rows.texts:
            texts = list(column[start : start + _CHUNK])
            total += (
                [len(text.split()) for text in texts] if tokenizer is None else tokenizer(texts).row_lengths().numpy()
            )
            strange[start : start + len(texts)] |= [_STRANGE.search(text) is not None for text in texts]
        parts.append(total)
    return np.concatenate(parts), int(strange.sum())


def _balance(rows: TextRows, labels: Labels | None) -> dict[str, float]:
    if rows.codes is None or labels is None:
        return {}
    if labels.problem_type == REGRESSION:
        numbers = np.array([float(rows.values[code]) for code in rows.codes if code != MISSING])
        return {"smallest": float(numbers.min()), "mean": float(numbers.mean()), "largest": float(numbers.max())}
    counts = dict.fromkeys(labels.names, 0)
    for code, count in zip(*np.unique(rows.codes[rows.codes != MISSING], return_counts=True), strict=True):
        for name in labels.several(rows.values[code]):
            counts[name] = counts.get(name, 0) + int(count)
    return counts


def _judge(
    part: str, rows: TextRows, labels: Labels | None, report: PartReport, faults: list[str], warnings: list[str]
) -> None:
    if labels is not None:
        try:
            whole, gaps = without_gaps(rows, labels, part)
            warnings += gaps
            labels.of(whole, part)
        except ValueError as error:
            faults.append(str(error))
    if report.contradictions:
        warnings.append(f"{part}: {report.contradictions:,} texts stand there with different labels")
    if report.strange:
        warnings.append(f"{part}: {report.strange:,} rows have characters of a wrong encoding, or control characters")
    if part == "train" and labels is not None and labels.problem_type == SINGLE_LABEL:
        even = len(rows) / len(labels.names)
        rare = [name for name, count in report.labels.items() if count < _RARE * even]
        if rare:
            shown = ", ".join(f"'{name}' {report.labels[name]}" for name in rare[:8])
            warnings.append(f"train: classes with few rows: {shown}; class_weight='balanced' makes them count")


def _leaks(rows: dict[str, TextRows]) -> dict[str, int]:
    names: Sequence[str] = list(rows)
    leaks = {}
    for place, first in enumerate(names):
        for other in names[place + 1 :]:
            shared = np.isin(np.unique(rows[other].hashes), rows[first].hashes)
            leaks[f"{other} stand in {first}"] = int(shared.sum())
    return leaks
