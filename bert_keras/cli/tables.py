"""Options of commands that read a user's own table, and the command that examines one."""

import json
from typing import Annotated, Any

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app

TextColumn = Annotated[str | None, typer.Option(help="Of a file: the column of the texts.")]
TextPairColumn = Annotated[str | None, typer.Option(help="Of a file of pairs: the column of the second texts.")]
LabelColumn = Annotated[str | None, typer.Option(help="Of a file: the column of the labels.")]
LabelSeparator = Annotated[str | None, typer.Option(help="Of a file: between several labels of a row, as |.")]
ProblemType = Annotated[
    str | None,
    typer.Option(help="Of a file: single_label_classification, multi_label_classification, regression."),
]
Separator = Annotated[str | None, typer.Option(help="Of a .csv or .tsv file: the character between columns.")]
Encoding = Annotated[str, typer.Option(help="Of a file of text, such as cp1252.")]
NoQuotes = Annotated[bool, typer.Option("--no-quotes", help="Of a .csv or .tsv file: quotes are part of the text.")]
Columns = Annotated[
    str | None, typer.Option(help="Of a .csv or .tsv file without a header: its column names, with commas.")
]

_DEFAULTS = {"separator": None, "encoding": "utf-8", "quotes": True, "columns": None}


def table(task: str, validation: str | None, given: dict[str, Any], reading: dict[str, Any]) -> Any:
    """A `bk.TextTable` where an option of tables was given; None where the task says all."""
    given = {name: value for name, value in given.items() if value is not None}
    reading = opening(reading)
    if not given and not reading:
        return None
    if task.startswith(("glue/", "squad/", "samples/")) or task.lower().endswith(".json"):
        name, value = next(iter((given | reading).items()))
        raise ValueError(checks.message(name, f"be left out for {task}, which is no table of texts", value))
    files = {"train": task} if validation is None else {"train": task, "validation": validation}
    return bk.load_files({part: bk.open_table(path, **reading) for part, path in files.items()}, **given)


def opening(reading: dict[str, Any]) -> dict[str, Any]:
    """The options of `bk.open_table` that were given."""
    given = {name: value for name, value in reading.items() if value != _DEFAULTS[name]}
    if "columns" in given:
        given["columns"] = [name.strip() for name in given["columns"].split(",")]
    return given


@app.command()
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="One table, or train, validation and test.")],
    text_column: TextColumn = None,
    text_pair_column: TextPairColumn = None,
    label_column: LabelColumn = None,
    label_separator: LabelSeparator = None,
    encoder: Annotated[str | None, typer.Option(help="Whose tokens are counted; words without.")] = None,
    separator: Separator = None,
    encoding: Encoding = "utf-8",
    no_quotes: NoQuotes = False,
    columns: Columns = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON, for machines.")] = False,
) -> None:
    """Say what is in a table of texts before anyone trains on it; status 1 where something must be mended.

    Example: bert-keras check reviews.csv --text-column review --label-column stars
    """
    reading = {"separator": separator, "encoding": encoding, "quotes": not no_quotes, "columns": columns}
    report = bk.check_files(
        dict(zip(("train", "validation", "test"), files, strict=False)) if len(files) > 1 else files[0],
        encoder,
        text=text_column,
        text_pair=text_pair_column,
        label=label_column,
        label_separator=label_separator,
        **opening(reading),
    )
    print(json.dumps(report.to_dict(), ensure_ascii=False) if as_json else report)
    if report.faults:
        raise typer.Exit(1)
