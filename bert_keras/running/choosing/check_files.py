"""`check_files`: what is in a user's own data, whatever kind they are of, before anyone trains on them."""

from collections import Counter
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.tables.open_table import READING
from bert_keras.foreign_names import foreign_names
from bert_keras.running.choosing.find_task import find_task
from bert_keras.running.choosing.load_files import load_files
from bert_keras.running.kinds import KINDS
from bert_keras.text_classification.check_files import check_files as check_tables
from bert_keras.text_classification.file_report import FileReport, PartReport


@checks.answers(**foreign_names("check_files"))
def check_files(files: Any, encoder: Any = None, **options: Any) -> FileReport:
    """Reads your own data and says what is in them: rows, labels, lengths, duplicates, leaks, faults.

    >>> print(bk.check_files("reviews.csv", encoder, text="review", label="stars"))
    reviews.csv
    …

    Args:
        files: as in `bk.load_files`: one table, or several by part; or files of questions, tags or choices.
        encoder: of tables of texts, an encoder of `bk.load_encoder` or a `bk.Tokenizer`, whose tokens are counted. None
            counts words.
        **options: of tables of texts `text`, `text_pair`, `label`, `problem_type`, `label_separator`, `unlabelled`,
            `separator`, `encoding`, `quotes` and `columns`, as in `bk.load_files`; of other kinds those that say how
            they are read, as `scheme` or `repair`.

    Raises:
        FileNotFoundError, ValueError: where a file cannot be read at all, as in `bk.load_files`. What is wrong with its
            rows is in the report.
    """
    named = any(options.get(name) is not None for name in ("text", "text_pair", "label"))
    kind = next(name for name, own in KINDS.items() if own.takes_others) if named else find_task(files, is_file=True)[0]
    if KINDS[kind].takes_others:
        return check_tables(files, encoder, **options)
    unsaid = {**READING, "unlabelled": ()}
    given = {name: value for name, value in options.items() if value is not None and value != unsaid.get(name)}
    name, parts, notes, faults, texts = str(files), {}, [f"of the kind {kind}"], [], {}
    try:
        task = load_files(files, validation_share=0.0, **given)
        name = task.name
        for part, rows in task.rows().items():
            texts[part] = list(task.texts_of(rows))
            parts[part] = _report(texts[part])
            notes += getattr(rows, "notes", ())
    except (ValueError, TypeError) as error:
        faults.append(str(error))
    trained = set(texts.get("train", ()))
    leaks = {f"{part} in train": sum(row in trained for row in own) for part, own in texts.items() if part != "train"}
    warnings = [f"{count:,} rows of {where}, too" for where, count in leaks.items() if count]
    return FileReport(name, "words", parts, leaks, tuple(notes), tuple(faults), tuple(warnings))


def _report(texts: list[tuple[str, ...]]) -> PartReport:
    """Of rows of texts, whose labels have places and not only names."""
    words = np.array([sum(len(text.split()) for text in row) for row in texts])
    shares = {"median": 50, "90 %": 90, "99 %": 99, "longest": 100}
    lengths = {name: int(np.percentile(words, share, method="higher")) for name, share in shares.items()}
    again = sum(count - 1 for count in Counter(texts).values())
    empty = sum(not all(text.strip() for text in row) for row in texts)
    return PartReport(len(texts), {}, lengths, {}, again, 0, empty, 0, 0, 0)
