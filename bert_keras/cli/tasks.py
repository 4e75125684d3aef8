"""Options that say which data, and the command that examines a table of texts."""

import json
import re
from typing import Annotated, Any

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app
from bert_keras.cli.checking import LEARNING_OPTIONS, is_task_name, learn_from_rows, learning_options
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.options import option, under, with_options
from bert_keras.cli.trusted import Trust
from bert_keras.features import PARTS

# Options of a table of texts, by the argument of `bk.load_files`.
_COLUMNS = [
    option("text_column", str | None, "Of a file: the column of the texts."),
    option("text_pair_column", str | None, "Of a file of pairs: the column of the second texts."),
    option("label_column", str | None, "Of a file: the column of the labels; or columns of 0 and 1, with commas."),
    option("label_separator", str | None, "Of a file: between several labels of a row, as |."),
    option("unlabelled", str | None, "Of a file: labels, with commas, that say that a row has none, as - or -1."),
    option("label_names", str | None, "Of a file: its classes, with commas, in the order of their numbers."),
    option(
        "unknown_labels", str | None, "Of a file: leave_out leaves rows of other classes out; refuse, if not given."
    ),
    option(
        "problem_type",
        str | None,
        "Of a file: single_label_classification, multi_label_classification, regression.",
    ),
]
_WEIGHTS = [
    option("weight_column", str | None, "Of a file: a column of numbers, how much each row counts in training."),
    option("class_weight", str | None, "With a file: balanced, where classes are rare that matter as much."),
]
READING_OPTIONS = [
    option("separator", str | None, "Of a .csv or .tsv file: the character between columns."),
    option("encoding", str, "Of a file of text, such as cp1252.", "utf-8"),
    option("no_quotes", bool, "Of a .csv or .tsv file: quotes are part of the text.", False, "--no-quotes"),
    option("columns", str | None, "Of a .csv or .tsv file without a header: its column names, with commas."),
]
_PARTS = [
    option("validation", str | None, "With a file: another that chooses the epoch; else a part is held out."),
    option(
        "validation_share", float | None, "With a file: the share of its rows that is held out so; 0.1 if not given."
    ),
    option("test_share", float | None, "With a file: the share of its rows that is held out as test; 0 if not given."),
    option(
        "split_seed",
        int | None,
        "Draws the rows that are held out and those that --limit leaves, the same in every run; 0 if not given.",
    ),
]
_DATA = [
    option("limit", int | None, "Only N training rows, drawn by --split-seed."),
    option("data_dir", str | None, "TFDS's data folder, or that of GLUE's TSV or SQuAD's JSON."),
    option("seq_length", int | None, "Tokens: 128, longer texts are cut; 384 for windows of a context."),
    option(
        "long_text",
        str | None,
        "Texts longer than that: truncate, as if not given, or windows, over which the model averages.",
    ),
    option("max_windows", int | None, "With windows: of a text, at most; 8 if not given."),
    option("doc_stride", int | None, "Of questions: tokens between two windows' beginnings; 128 if not given."),
    option("max_query_length", int | None, "Of questions: tokens of one that are kept; 64 if not given."),
    option("max_answer_length", int | None, "Of questions: tokens of an answer; 30 if not given."),
    option("label_pieces", str | None, "Tags of words: on the first piece of each word, as if not given, or on all."),
    option(
        "tag_column",
        str | None,
        "Tags of words: their column in CoNLL files, a number or ner, pos, chunks; -1, the last, if not given.",
    ),
    option("word_column", str | None, "Tags of words: the words' column, a number or a name; found if not given."),
    option("sentence_column", str | None, "Tags of words, a word a row of a table: the column with its sentence."),
    option("scheme", str | None, "Tags of words: bio, bioes, bilou, bmes, iob1, io, or plain for no entities."),
    option(
        "repair", bool, "Mend tags that break BIO, as conlleval does; leave faulty questions out.", False, "--repair"
    ),
    option("unanswered", str | None, "Questions without an answer: impossible, they have none; or leave_out."),
]
_ARGUMENTS = {f"{name}_column": name for name in ("text", "text_pair", "label", "weight")}
OF_TABLES = [_ARGUMENTS.get(parameter.name, parameter.name) for parameter in (*_COLUMNS, *_WEIGHTS)]
TASK_OPTIONS = [
    *under("Which data", [*_DATA[:2], *_PARTS]),
    *under("A table of texts", [*_COLUMNS, *_WEIGHTS]),
    *under("How a file is written", READING_OPTIONS),
    *under("How texts become tokens", _DATA[2:8]),
    *under("Tags of words, and questions", _DATA[8:]),
]


def task_options(task: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options of `bk.load_task` that a command was given for its task, by their names there."""
    reading = reading_options(options)
    given = {name: value for name, value in options.items() if value is not None and value is not False}
    given = {_ARGUMENTS.get(name, name): value for name, value in given.items()}
    for name in ("unlabelled", "label_names"):
        if name in given:
            given[name] = _names(given[name])
    for name in ("tag_column", "word_column"):
        if re.fullmatch(r"-?\d+", str(given.get(name, ""))):
            given[name] = int(given[name])
    of_tables = {name: given[name] for name in OF_TABLES if name in given} | reading
    if of_tables and task.startswith(("glue/", "squad/", "samples/")):
        name, value = next(iter(of_tables.items()))
        raise ValueError(checks.message(name, f"be left out for {task}, which is no table of texts", value))
    return {**given, **reading}


def reading_options(options: dict[str, Any]) -> dict[str, Any]:
    """The options of `bk.open_table` that were given, taken out of `options`."""
    defaults = {parameter.name: parameter.default for parameter in READING_OPTIONS}
    given = {name: options.pop(name) for name in defaults}
    given = {name: value for name, value in given.items() if value != defaults[name]}
    if "columns" in given:
        given["columns"] = _names(given["columns"])
    if given.pop("no_quotes", False):
        given["quotes"] = False
    return given


def _names(text: str) -> list[str]:
    return [name.strip() for name in text.split(",")]


@app.command(cls=GroupedHelp)
@with_options(
    under("A table of texts", _COLUMNS[:5]),
    under("How a file is written", READING_OPTIONS),
    under("Learning from the rows", LEARNING_OPTIONS),
)
def check(
    files: Annotated[list[str], typer.Argument(metavar="FILE...", help="One file, or train, validation and test.")],
    encoder: Annotated[
        str | None,
        typer.Option(help="Whose tokens are counted; words without. With --learn what is tuned; sample without."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON, for machines.")] = False,
    trust: Trust = False,
    learn: Annotated[
        bool, typer.Option("--learn", help="Train on the rows too, and say which are likely at fault.")
    ] = False,
    **options: Any,
) -> None:
    """Say what is in your own data before anyone trains on them; status 1 where something must be mended.

    Tables of texts, and files of questions, tags and choices, which are known by what lies in them. With --learn, of
    texts with one class each and of questions: labels that are likely wrong, rows that stand in two parts, words that
    give a label away, classes that are taken for each other, rows that are cut with their answer. FILE may then be a
    task's name, as glue/sst2.

    Example: bert-keras check reviews.csv --text-column review --label-column stars
    Example: bert-keras check train.csv dev.csv --learn --out findings.jsonl
    """
    learning = learning_options(options, learn)
    if len(files) > len(PARTS):
        raise ValueError(checks.message("files", f"be {len(PARTS)} at most: {', '.join(PARTS)}", files))
    is_name = learn and len(files) == 1 and is_task_name(files[0])
    if learning.get("data_dir") is not None and not is_name:
        must = "be left out for files, which lie where they are"
        raise ValueError(checks.message("data_dir", must, learning["data_dir"]))
    reading = reading_options(options)
    options["unlabelled"] = _names(options["unlabelled"]) if options["unlabelled"] else ()
    chosen = dict(zip(PARTS, files, strict=False)) if len(files) > 1 else files[0]
    given = {_ARGUMENTS.get(name, name): value for name, value in options.items() if value not in (None, ())} | reading
    if is_name and given:
        name, value = next(iter(given.items()))
        raise ValueError(checks.message(name, f"be left out for {files[0]}, which is no table of texts", value))
    told: dict[str, Any] = {}
    faults: Any = ()
    if not is_name:
        report = bk.check_files(chosen, None if encoder is None else bk.load_encoder(encoder, trust=trust), **given)
        told, faults = report.to_dict(), report.faults
        if not as_json:
            print(report)
    if learn and not faults:
        rows = learn_from_rows(chosen, is_name, encoder, trust, given, learning, quiet=as_json)
        told["learned"] = rows.to_dict()
        if not as_json:
            print(rows)
    if as_json:
        print(json.dumps(told, ensure_ascii=False))
    if faults:
        raise typer.Exit(1)
