"""`predict_file`: a tuned model's answers to each row of a table, written beside the row's own columns."""

import os
import pathlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.row_source import RowSource
from bert_keras.data.tables.table_form import TableForm
from bert_keras.disk import sha256_of
from bert_keras.foreign_names import foreign_names
from bert_keras.running.folders.folder_files import KERAS_FILE, is_onnx, read_config
from bert_keras.running.input_table import input_table
from bert_keras.running.loading.load import load
from bert_keras.running.part_folder import PartFolder, check_out_file
from bert_keras.tuned.answer_frame import chosen_columns
from bert_keras.tuned.answering import Answering

_SECONDS = 10  # between two lines of progress


@checks.answers(**foreign_names("predict_file"))
def predict_file(
    model: str | os.PathLike | Answering,
    file: str | os.PathLike,
    out: str | os.PathLike,
    *,
    text: str | None = None,
    text_pair: str | None = None,
    question: str | None = None,
    context: str | None = None,
    prompt: str | None = None,
    choices: str | Sequence[str] | None = None,
    prefix: str = "",
    null_threshold: float | None = None,
    abstain_below: Any = None,
    resume: bool = False,
    overwrite: bool = False,
    separator: str | None = None,
    encoding: str = "utf-8",
    quotes: bool | str = True,
    columns: Sequence[str] | None = None,
    batch_size: int = 32,
    say: Callable[[str], None] = print,
) -> pathlib.Path:
    """Writes a table with all columns of `file`, and the model's answers beside them, row by row in its order.

    >>> bk.predict_file("runs/reviews", "all_reviews.csv", "answered.csv", text="review")

    The new columns are, by the kind of the model:

    * of classes "label", "score", and one of probabilities for each class, under its name;
    * of several labels "label", a list, and one for each label;
    * of a number "score";
    * of questions "answer", "score", "start", "end" and "null_score";
    * of tags "entities", a list of objects with label, text, start, end and score;
    * of choices "choice", "index", "score" and "probabilities".

    Rows are read, predicted and written about 1,024 at a time, so that memory does not grow with the file. Until the
    end they lie in the folder OUT.part; then `out` appears, whole. A run that was interrupted, however it was, goes on
    with `resume=True`, without a row lost or twice. Rows without a text have no answers, and are counted; so are
    questions and contexts without a visible character.

    Args:
        model: a model folder, an export to ONNX, or what `bk.load` or `bk.predictor` gives.
        file: a .csv, .tsv, .jsonl, .json, .parquet, .xlsx or .ods file, as `bk.open_table` takes it.
        out: the new file, .csv, .tsv, .jsonl or .parquet. In the first two lists are JSON.
        text, text_pair: the columns of the texts. If None those of the file that the model was trained on, or of a
            usual name.
        question, context: the columns of the questions and contexts; "question" and "context" if None.
        prompt, choices: the columns of the prompts and of the choices: one with lists, or a list of columns with a
            choice each; "prompt" and "choices" if None.
        prefix: of the names of the new columns, where the file has some of these names.
        null_threshold: as for a `bk.QuestionPredictor`.
        abstain_below: as for a `bk.TextPredictor`. Where a classifier may abstain there is a column "unsure", too;
            where it tells what is unlike the texts that it knows, "unlike" and "distance".
        resume: goes on with an interrupted run; with none there, starts one.
        overwrite: replaces what is at `out`, at the end, and a part of it, at once.
        separator, encoding, quotes, columns: how the file is written, as for `bk.open_table`. If not given, as the file
            that the model was trained on, where this one is written so.
        batch_size: as for `bk.load`, where `model` is a folder.
        say: takes each line of progress.

    Returns:
        The path of `out`.

    Raises:
        FileExistsError: if `out` or a part of it is there, and neither `resume` nor `overwrite` says what to do.
        ValueError: for a column that is not there, with those there are; new columns that the file has already;
            an interrupted run with another file, model or options; a row at fault, with its line.
        TypeError: for what is no text, with its line.
        OSError: if `out` cannot be written.
    """
    path = check_out_file(file, out, resume, overwrite)
    names = {"text": text, "text_pair": text_pair, "question": question, "context": context}
    names |= {"prompt": prompt, "choices": choices}
    reading = {"separator": separator, "encoding": encoding, "quotes": quotes, "columns": columns}
    if isinstance(model, (str, os.PathLike)) and (os.fspath(model).endswith(KERAS_FILE) or is_onnx(model)):
        model = load(model, batch_size)
    is_predictor = isinstance(model, Answering)
    table, named = input_table(file, model.config if is_predictor else read_config(model), names, reading)
    predictor = model if is_predictor else load(model, batch_size)
    chosen = _chosen_columns(predictor, table, named, names)
    options = _options(predictor, null_threshold=null_threshold, abstain_below=abstain_below)
    new = _new_names(predictor, table, prefix, options)
    parts = PartFolder(path, TableForm(path.suffix.lower(), (*table.columns, *new)))
    source = pathlib.Path(file).expanduser()
    own = [
        name for name in ("abstain_below", "unlike_above", "export") if predictor.config.get(name) is not None
    ]  # not in each folder's config
    run = {
        "file": sha256_of([source]),
        "model": {name: predictor.config.get(name) for name in ("kind", "encoder", "head", "labels", *own)},
        **{
            "columns": chosen,
            "new": new,
            "options": options,
            "reading": {**reading, "columns": columns and list(columns)},
        },
    }
    with parts.begun(run, resume) as done:
        if done:
            say(f"{done:,} rows were predicted already")
        _predict(predictor, table, chosen, new, options, parts, done, say)
        parts.finish()
    for note in table.notes:
        say(note)
    return path


def _predict(
    predictor: Answering,
    table: RowSource,
    chosen: list[str],
    new: list[str],
    options: dict[str, Any],
    parts: PartFolder,
    done: int,
    say: Callable[[str], None],
) -> None:
    begun = said = time.monotonic()
    stop = empty = 0
    for begin, rows, places in _chunks(table, done):
        if stop and time.monotonic() - said > _SECONDS:  # before more rows, thus never beside the last line
            said = time.monotonic()
            speed = (stop - done) / (said - begun)
            say(f"{stop:,} rows, {speed:,.{0 if speed >= 10 else 1}f} a second")
        cells = [rows[name] for name in chosen]
        inputs = [_input(predictor, table, list(row), place) for *row, place in zip(*cells, places, strict=True)]
        values = predictor.table_answers(inputs, **options)
        parts.add(begin, begin + len(inputs), rows | dict(zip(new, map(list, zip(*values, strict=True)), strict=True)))
        stop, empty = begin + len(inputs), empty + inputs.count(None)
    say(f"{max(stop, done):,} rows" + (f"; {empty:,} of {stop - done:,} have no text, and no answer" if empty else ""))


def _chunks(table: RowSource, done: int) -> Iterator[tuple[int, dict[str, list[Any]], Sequence[int]]]:
    """(number of the first row, all columns, places) of some rows at a time, without the first `done` rows."""
    begin = 0
    for chunk in table.quiet().rows(table.columns):  # `say` tells how far the whole is
        skipped = min(max(done - begin, 0), len(chunk.places))
        if skipped < len(chunk.places):
            yield (
                begin + skipped,
                {name: values[skipped:] for name, values in chunk.columns.items()},
                chunk.places[skipped:],
            )
        begin += len(chunk.places)


def _input(predictor: Answering, table: RowSource, cells: list[Any], place: int) -> Any:
    """A row as the predictor takes it; None for one without a text."""
    try:
        return predictor.table_row(cells)
    except (TypeError, ValueError) as error:
        raise type(error)(f"{table.where(place)}: {error}") from None


def _chosen_columns(
    predictor: Answering, table: RowSource, named: Mapping[str, tuple[str, ...]], given: Mapping[str, Any]
) -> list[str]:
    """The columns that make a row."""
    wanted = predictor.table_columns
    kind = predictor.kind_name
    if not wanted:
        raise ValueError(checks.message("model", "take rows of a table", kind, "Call it with texts."))
    for argument, value in given.items():
        if value is not None and argument not in wanted:
            must = f"be left out for a model of {kind}, which takes {' and '.join(wanted)}"
            raise ValueError(checks.message(argument, must, value))
    return chosen_columns(wanted, table, named)


def _new_names(predictor: Answering, table: RowSource, prefix: str, options: dict[str, Any]) -> list[str]:
    new = [f"{checks.text('prefix', prefix)}{name}" for name in predictor.table_names(**options)]
    both = [name for name in new if name in table.columns]
    if both:
        names = ", ".join(f"'{name}'" for name in both)
        advice = f"{table.name} has {names} already. Pass prefix='predicted_' (--prefix predicted_) or another."
        raise ValueError(checks.message("prefix", "make names that the table has not", prefix, advice))
    return new


def _options(predictor: Answering, **given: Any) -> dict[str, Any]:
    """Those that are given, for a call of the predictor."""
    options = {name: value for name, value in given.items() if value is not None}
    for name, value in options.items():
        if name not in predictor.options:
            must = "be left out for this model"
            raise ValueError(checks.message(name, must, value, f"It is {predictor.kind_name}."))
        if name == "null_threshold":
            options[name] = checks.number(name, value)
    return options
