"""What can be said against a command's arguments before TensorFlow is loaded, which takes seconds.

The checks are the library's own, which makes them again.
"""

import os
import pathlib
from typing import Any

from bert_keras import checks
from bert_keras.cli.kinds_of_data import FIELDS, TAKERS, TEXTS, kind_of
from bert_keras.cli.looking_at_labels import look_at_label_names
from bert_keras.cli.options import CHOICES
from bert_keras.cli.tasks import OF_TABLES
from bert_keras.data.row_digests import TRAINED_ROWS
from bert_keras.data.splitting import Shares
from bert_keras.data.tables.open_table import READING, TABLE_ENDINGS, ending_of, open_path
from bert_keras.features import PARTS
from bert_keras.foreign_names import FOREIGN_VALUES
from bert_keras.hub.catalog import named_encoder
from bert_keras.hub.catalog_entry import POSITIONS
from bert_keras.running.exporting.formats import FORMATS
from bert_keras.running.folders.folder_files import KERAS_FILE, check_new, check_out, is_encoder, is_onnx, read_config
from bert_keras.running.input_table import input_table
from bert_keras.running.part_folder import check_out_file
from bert_keras.serving.served_folder import ServedFolder
from bert_keras.text_classification.glue.glue_tasks import known_glue_task

# The least that options of data may be, and those that take few words.
_LEAST = {"limit": 1, "seq_length": 3, "split_seed": 0}
_LEAST |= dict.fromkeys(("max_windows", "doc_stride", "max_query_length", "max_answer_length"), 1)
_WORDS = ("long_text", "problem_type", "unknown_labels", "class_weight", "label_pieces", "unanswered")


def look_at_run(task: str, encoder: str, out: str, given: dict[str, Any], resume: bool, overwrite: bool) -> None:
    """Raises for a task, a table's column, an encoder's name or a folder at fault.

    Args:
        task, encoder, out: as the command has them.
        given: options of `bk.load_task` that were given, by its names.
        resume, overwrite: as the command has them.
    """
    check_out(out, resume, overwrite)
    if named_encoder(encoder) is not None and "seq_length" in given:
        checks.integer("seq_length", given["seq_length"], 3, POSITIONS, "the encoder's position table")
    Shares(**{name: given[name] for name in ("validation_share", "test_share") if name in given})
    look_at_task(task, given)
    look_at_options(task, given)


def look_at_options(task: str, given: dict[str, Any]) -> None:
    """Raises for options of another kind of task, for values that none may have, and for classes that have no name."""
    fields = {name for own in FIELDS.values() for name in own}
    kind = kind_of(task, given) if (fields | set(OF_TABLES)) & set(given) else None
    if kind is not None:
        taken = {*FIELDS[kind], *((*OF_TABLES, *READING) if kind == TEXTS else ())}
        for name in given:
            if name in {*fields, *OF_TABLES} - taken:
                shown = pathlib.Path(task).name if os.path.exists(os.path.expanduser(task)) else task.lower()
                must = f"be left out for {shown}, of {kind}, which takes {', '.join(FIELDS[kind])}"
                raise TypeError(checks.message(name, must, given[name], checks.did_you_mean(name, FIELDS[kind])))
    for name, low in _LEAST.items():
        if name in given:
            checks.integer(name, given[name], low)
    for name in _WORDS:
        if name in given:
            checks.one_of(name, given[name], CHOICES[name], FOREIGN_VALUES.get(name))
    if kind == TEXTS and "label_names" in given:
        look_at_label_names(task, given)


def look_at_task(task: str, given: dict[str, Any]) -> None:
    """Raises for the name of a GLUE task, a table that is not there, or a column that it has not."""
    if task.lower().startswith("glue/"):
        known_glue_task(task)
    if "://" in task or ending_of(pathlib.Path(task)) not in TABLE_ENDINGS or os.path.isdir(task):
        return
    reading = {name: given[name] for name in ("separator", "encoding", "quotes", "columns") if name in given}
    named = {name: given[name] for name in ("text", "text_pair", "label", "weight") if name in given}
    if named or not os.path.exists(os.path.expanduser(task)):
        table = open_path(task, reading)
        for argument, name in named.items():
            for column in [name] if name in table.columns else name.split(",") if argument == "label" else [name]:
                table.column(argument, checks.text(argument, column))


def look_at_table(
    folder: str, file: str, out: str, names: dict[str, Any], reading: dict[str, Any], resume: bool, overwrite: bool
) -> None:
    """Raises for a model folder, a table, a column of it or a file of predictions at fault.

    Args:
        folder, file, out, resume, overwrite: as the command has them.
        names: of columns that were given, by argument of `bk.predict_file`.
        reading: options of `bk.open_table` that were given.
    """
    check_out_file(file, out, resume, overwrite)
    if is_onnx(folder):
        return
    look_at_folder(folder)
    if not folder.endswith(KERAS_FILE):
        input_table(file, read_config(folder), names, {**READING, **reading})


def look_at_evaluation(
    folder: str, part: str, trained_rows: str, null_threshold: float | None = None, by_class: bool = False
) -> None:
    """Raises as `look_at_folder`, and for scores that the folder's kind of model has not."""
    look_at_folder(folder, part, trained_rows)
    if not folder.endswith(KERAS_FILE):
        config = read_config(folder)
        kind = config.get("kind", TEXTS)  # folders had none when there was one kind
        look_at_taker("null_threshold", null_threshold, kind)
        check_by_class(by_class, kind, config.get("labels"))


def check_by_class(by_class: bool, kind: str, labels: Any) -> None:
    """Raises ValueError where the scores of each class are asked for of a model that has no classes of texts."""
    if by_class and (kind != TEXTS or labels is None):
        what = f"of {kind}" if kind != TEXTS else "of a number"
        raise ValueError(checks.message("by_class", "be False but for classifiers of texts", True, f"This is {what}."))


def look_at_taker(name: str, value: Any, kind: str) -> None:
    """Raises ValueError for an option of answers or scores that models of this kind do not have."""
    if value is not None and kind not in TAKERS[name]:
        must = f"be given to a model of {' and '.join(TAKERS[name])} only"
        raise ValueError(checks.message(name, must, value, f"This is {kind}."))


def look_at_answers(folder: str, part: str | None, **options: Any) -> None:
    """Raises as `look_at_folder`, and for an option of answers that the folder's kind of model does not have."""
    if is_onnx(folder) and part is None:  # it is of texts, or `bk.load` says at once what it is not
        for name, value in options.items():
            look_at_taker(name, value, TEXTS)
        return
    look_at_folder(folder)
    if not folder.endswith(KERAS_FILE):
        for name, value in options.items():
            look_at_taker(name, value, read_config(folder).get("kind", TEXTS))


def look_at_folder(folder: str, part: str | None = None, trained_rows: str = TRAINED_ROWS[0]) -> None:
    """Raises where there is no model folder, of which a `.keras` file may be one, and for words that are none."""
    if part is not None:
        checks.one_of("part", part, PARTS)
    checks.one_of("trained_rows", trained_rows, TRAINED_ROWS)
    if not folder.endswith(KERAS_FILE):
        read_config(folder)


def look_at_export(folder: str, out: str, to: str, options: dict[str, Any]) -> None:
    """Raises for a model folder, a format, one of its options or packages, or a place at fault."""
    form = FORMATS[checks.one_of("to", to, FORMATS)]
    form.check_options(options, FORMATS)
    form.check_quantization(options.get("quantization"), options)
    form.check_packages()
    check_new(out)
    if to == "savedmodel" or not is_encoder(folder):
        look_at_folder(folder)


def look_at_served(folder: str, name: str | None) -> None:
    """Raises where there is nothing to serve, or the name cannot stand in an address."""
    ServedFolder.find(folder, name)
