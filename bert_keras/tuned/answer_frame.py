"""`answer_frame`: a tuned model's answers as a frame, a row for each text, or for each row of a table."""

import functools
from collections.abc import Mapping, Sequence
from typing import Any

from bert_keras import checks
from bert_keras.data.tables.held_table import held_table
from bert_keras.data.tables.row_source import RowSource


def is_table(value: Any) -> bool:
    """Whether an object is a table with named columns: a frame, a dict of columns, or a Hugging Face data set."""
    has_columns = hasattr(value, "columns") or (hasattr(value, "column_names") and hasattr(value, "features"))
    return isinstance(value, Mapping) or (has_columns and hasattr(value, "__getitem__"))


def answer_frame(predictor: Any, rows: Any, **options: Any) -> Any:
    """A frame of the predictor's `table_names`, one row for each of `rows`, empty where there is nothing to predict.

    Args:
        predictor: a `Predictor`.
        rows: a table, of which the columns are read that the model was trained on, or those of a usual name; or a list
            of texts, or of tuples of them.
        **options: of a call of the predictor.

    Returns:
        A frame of polars for one of polars, with no index; for all else one of pandas, with the index of `rows`.
    """
    names = predictor.table_names(**options)
    if is_table(rows):
        inputs = _of_table(predictor, rows)
    else:
        inputs = [rows] if isinstance(rows, (str, tuple)) else list(rows)
    values = predictor.table_answers(inputs, **options)
    columns = {name: [row[number] for row in values] for number, name in enumerate(names)}
    if type(rows).__module__.partition(".")[0] == "polars":
        return type(rows)(columns)
    index = getattr(rows, "index", None)
    return pandas_module().DataFrame(columns, index=None if callable(index) else index)


def chosen_columns(
    wanted: Mapping[str, tuple[str, ...]], table: RowSource, named: Mapping[str, Sequence[str]] = {}
) -> list[str]:
    """The columns of a table that make a row.

    Args:
        wanted: a predictor's `table_columns`.
        table: that has them.
        named: by argument the columns that are known already.

    Raises:
        ValueError: for a table that has none of the names, with the columns it has.
    """
    lowered = {column.lower(): column for column in reversed(table.columns)}
    chosen: list[str] = []
    for argument, known in wanted.items():
        found = named.get(argument) or [lowered[name.lower()] for name in known if name.lower() in lowered][:1]
        if not found:
            there = ", ".join(f"'{column}'" for column in table.columns)
            advice = f"{table.name} has: {there}. Pass {argument}='…' (--{argument.replace('_', '-')}-column …)."
            raise ValueError(checks.message(argument, "name a column", None, advice))
        if len(found) > 1 and argument != "choices":
            raise ValueError(checks.message(argument, "name one column", list(found)))
        chosen += found
    return chosen


def _of_table(predictor: Any, rows: Any) -> list[Any]:
    """The rows of a table as the predictor takes them; None for one without a text."""
    table = held_table(rows, "rows")
    reading = predictor.config.get("reading", {})
    trained = {name: (reading[name],) for name in predictor.table_columns if isinstance(reading.get(name), str)}
    named = {name: own for name, own in trained.items() if set(own) <= set(table.columns)}
    try:
        chosen = chosen_columns(predictor.table_columns, table, named)
    except ValueError:
        there, known = list(table.columns), [name for own in predictor.table_columns.values() for name in own]
        names = ", ".join(f"'{name}'" for name in dict.fromkeys([*(own[0] for own in trained.values()), *known]))
        must = f"have the columns that the model reads, of these names: {names}"
        advice = "Pass the column itself: predictor(frame['…'])."
        raise ValueError(checks.message("rows", must, there, advice)) from None
    inputs = []
    for chunk in table.rows(chosen):
        for *cells, place in zip(*(chunk.columns[name] for name in chosen), chunk.places, strict=True):
            try:
                inputs.append(predictor.table_row(list(cells)))
            except (TypeError, ValueError) as error:
                raise type(error)(f"{table.where(place)}: {error}") from None
    return inputs


@functools.cache
def pandas_module() -> Any:
    try:
        import pandas
    except ModuleNotFoundError as error:
        raise ModuleNotFoundError("A frame of answers needs pandas. Run: pip install pandas") from error
    return pandas
