"""`load_files`: a user's own files and objects as data: tables of texts, or questions in SQuAD's JSON."""

import os
import pathlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from bert_keras import checks
from bert_keras.data.tables.folder_tree import PARTS, parts_of_folder
from bert_keras.data.tables.held_table import LABEL, TEXT, HeldTable
from bert_keras.data.tables.open_table import open_table
from bert_keras.data.tables.row_source import RowSource
from bert_keras.data.task_data import Parts
from bert_keras.question_answering.load_squad import load_question_files
from bert_keras.text_classification.read_table import read_table
from bert_keras.text_classification.text_table import TextTable

_PAIR = "text_pair"


def load_files(
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
    validation_share: float = 0.1,
    test_share: float = 0.0,
    split_seed: int = 0,
    in_memory: bool | None = None,
    **options: Any,
) -> TextTable | Parts:
    """Your own texts with their labels; or questions about texts, in SQuAD's JSON.

    >>> table = bk.load_files("reviews.csv", text="review", label="stars")
    >>> bk.finetune(table, "bert_en_uncased_L-12_H-768_A-12", "runs/stars")

    >>> data = bk.load_files({"train": "train.tsv", "validation": "dev.tsv"}, encoder, text="sentence", label="label")
    >>> model.fit(data.train, validation_data=data.validation)

    >>> bk.load_files(["Good.", "Bad."], label=["pos", "neg"], validation_share=0)
    >>> bk.load_files("questions.json", encoder)  # as in SQuAD; a tenth of it, whole contexts, becomes "validation"

    Rows with an empty text or without a label are left out and counted, up to 1 % of them. Everything is read once.

    Args:
        files: what `bk.open_table` takes: a .csv, .tsv, .jsonl or .parquet file, a folder of folders of .txt files,
            lists, arrays, dicts of columns, frames of pandas and polars, data sets of Hugging Face and `tf.data`; or
            several by part, {"train": …, "validation": …, "test": …}; or a folder that holds train, validation (valid,
            val, dev) and test, as folders or as such files.
        encoder: an encoder or a `bk.Tokenizer` that makes the ids at once. None gives a `TextTable`, for `bk.finetune`.
        text: the column of the texts. If None the one named text, sentence, review, content or comment.
        text_pair: the column of the second texts, for pairs; for a list of texts the second texts themselves.
        label: the column of the labels; for a list of texts the labels themselves. If None the column named label,
            labels, class, category, sentiment or target.
        weight: a column of numbers: how much each row counts in training.
        class_weight: how much each class counts in training: "balanced", rows / (classes * rows of the class) as in
            scikit-learn, or a dict by name.
        problem_type: "single_label_classification", "multi_label_classification" or "regression". If None: several
            labels where a label_separator is given or labels are lists; regression where labels are numbers and one is
            not whole; else one class a row.
        label_names: the classes in the order of their numbers. If None: whole numbers by size, others by code points.
        label_separator: between several labels in one text, as "|" in "food|service".
        validation_share, test_share: of the train part, what becomes a part that is not given; 0 for none. Each class
            gives its share, and rows with equal texts stay together.
        split_seed: of what is put aside.
        in_memory: whether the texts and ids are held in memory. None: up to 256 MiB of text; more goes to temporary
            files, and memory holds some 100 bytes a row.
        **options: with an encoder `seq_length`, `batch_size`, `seed`, `limit`, `parts`, `static_shapes`,
            `long_text`, `max_windows` as in `bk.load_glue`; for questions those of `bk.load_squad`.

    Raises:
        FileNotFoundError: if there is no such file.
        ValueError: for a column that is not there, with the ones there are; a row that does not fit, with its line;
            labels that make no task; more than 1 % of rows with a gap.
    """
    asked = {"text": text, "text_pair": text_pair, "label": label, "weight": weight, "class_weight": class_weight}
    asked |= {"problem_type": problem_type, "label_names": label_names, "label_separator": label_separator}
    sources = _by_part(files)
    if all(_is_json(source) for source in sources.values()):
        return _questions(files, encoder, asked, validation_share, options)
    if any(asked[name] is not None and not isinstance(asked[name], str) for name in ("text_pair", "label", "weight")):
        sources, asked = _with_columns(files, asked)
    tables = {part: open_table(source) for part, source in sources.items()}
    shares = {"validation_share": validation_share, "test_share": test_share, "split_seed": split_seed}
    table = read_table(tables, **asked, **shares, in_memory=in_memory)
    if encoder is not None:
        return table.load(encoder, **options)
    if options:
        must = "be passed with an encoder only"
        raise TypeError(checks.message(next(iter(options)), must, next(iter(options.values()))))
    return table


def _by_part(files: Any) -> dict[str, Any]:
    """Files or objects by part; one alone is "train"."""
    are_files = isinstance(files, Mapping) and any(isinstance(value, (str, os.PathLike)) for value in files.values())
    if isinstance(files, Mapping) and (are_files or set(files) & set(PARTS)):
        unknown = [name for name in files if name not in PARTS]
        if unknown:
            must = f"be by part, out of {', '.join(PARTS)}"
            raise ValueError(checks.message("files", must, list(files), checks.did_you_mean(str(unknown[0]), PARTS)))
        return dict(files)
    if isinstance(files, Mapping) and not files:
        raise ValueError(checks.message("files", "hold a part or a column", files))
    if isinstance(files, (str, os.PathLike)) and pathlib.Path(files).expanduser().is_dir():
        return parts_of_folder(files) or {"train": files}
    return {"train": files}


def _is_json(source: Any) -> bool:
    return isinstance(source, (str, os.PathLike)) and os.fspath(source).lower().endswith(".json")


def _questions(files: Any, encoder: Any, asked: dict[str, Any], share: float, options: dict[str, Any]) -> Parts:
    for name, value in asked.items():
        if value is not None:
            advice = "A table of texts in JSON has an object a line, and its name ends in .jsonl."
            raise ValueError(checks.message(name, "be None for questions in SQuAD's JSON", value, advice))
    if encoder is None:
        advice = "Pass bk.load_encoder(…), or bk.Tokenizer(vocab_file)."
        raise TypeError(checks.message("encoder", "be given for questions", encoder, advice))
    return load_question_files(files, encoder, validation_share=share, **options)


def _with_columns(files: Any, asked: dict[str, Any]) -> tuple[dict[str, RowSource], dict[str, Any]]:
    """Texts whose labels, second texts or weights come beside them."""
    if isinstance(files, (str, os.PathLike, Mapping)) or not isinstance(files, (Sequence, np.ndarray)):
        name = next(
            n for n in ("text_pair", "label", "weight") if asked[n] is not None and not isinstance(asked[n], str)
        )
        raise TypeError(checks.message(name, "be the name of a column", asked[name]))
    columns = {TEXT: list(files)}
    names = {"text": TEXT}
    for argument, column in (("text_pair", _PAIR), ("label", LABEL), ("weight", "weight")):
        if asked[argument] is not None:
            columns[column] = asked[argument]
            names[argument] = column
    return {"train": HeldTable(columns, "files")}, {**asked, **names}
