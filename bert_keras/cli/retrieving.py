"""Commands that make an index of documents, and that ask it."""

import dataclasses
import importlib
from collections.abc import Iterator
from typing import Annotated, Any

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.inputs import arguments, chunks, json_line, lines, stream
from bert_keras.cli.options import option, under, with_options
from bert_keras.cli.tasks import READING_OPTIONS, reading_options
from bert_keras.cli.trusted import Trust

_ANSWERED = 64  # questions that are answered together
_FOUND = "What is found"  # a heading of `ask`
_COLUMNS = [
    option("text_column", str | None, "Of a table: the column of the texts."),
    option("name_column", str | None, "Of a table: the column of their names; without, the places of the rows."),
]
_WINDOWS = [
    option(
        "pooling", str, "What a vector is: mean, cls, pooled, or default for TF-Hub's encoders of sentences.", "mean"
    ),
    option("seq_length", int | None, "Tokens of a window, at most; 256 if not given."),
    option("overlap", int | None, "Tokens that two windows of a document share; a quarter of one if not given."),
]


@app.command(cls=GroupedHelp)
@with_options(
    under("A table of texts", _COLUMNS),
    under("How a file is written", READING_OPTIONS),
    under("How documents become vectors", _WINDOWS),
)
def index(
    documents: Annotated[str, typer.Argument(help="A folder of .txt and .md files, one such file, or a table.")],
    encoder: Annotated[str, typer.Option(help="A name of `bert-keras encoders`, an address, a folder.")],
    out: Annotated[str, typer.Option(help="The folder of the index to write.")],
    with_encoder: Annotated[
        bool, typer.Option("--with-encoder", help="Put the encoder into it too, so that it can go to any machine.")
    ] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the index in OUT.")] = False,
    trust: Trust = False,
    **options: Any,
) -> None:
    """Make an index of documents, which finds what a text is about, and print where it is.

    Example: bert-keras index manuals --encoder sample --out indexes/manuals
    """
    reading = reading_options(options)
    columns = {name: options.pop(f"{name}_column") for name in ("text", "name")}
    _looking_ahead().look_at_index(encoder, out, overwrite, options["seq_length"])
    found = _looking_ahead().documents_of(documents, columns, reading)
    loaded = bk.load_encoder(encoder, trainable=False, trust=trust)
    made = bk.search_index(loaded, found, **options)
    folder = made.save(out, with_encoder=with_encoder, overwrite=overwrite)
    print(f"{folder}: {len(made.documents):,} documents in {len(made):,} windows")


@app.command(cls=GroupedHelp)
def ask(
    folder: Annotated[str, typer.Argument(metavar="DIR", help="An index that `bert-keras index` wrote.")],
    questions: Annotated[
        list[str],
        typer.Argument(metavar="QUESTION...", help="Questions; - reads them from standard input, one a line."),
    ],
    model: Annotated[
        str | None, typer.Option(help="A model folder of question answering, which reads; without, what is found.")
    ] = None,
    k: Annotated[int, typer.Option(help="Passages that are found, and read.", rich_help_panel=_FOUND)] = 5,
    word_weight: Annotated[
        float,
        typer.Option(help="How much words count beside vectors; 0 finds by vectors alone.", rich_help_panel=_FOUND),
    ] = 1.0,
    top_k: Annotated[int, typer.Option(help="With --model: answers to each question.", rich_help_panel=_FOUND)] = 1,
    encoder: Annotated[str | None, typer.Option(help="The encoder of the index, where it is not where it was.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="One line of JSON a question, for machines.")] = False,
    trust: Trust = False,
) -> None:
    """Find the passages of an index that are nearest to a question; with --model, the answer that stands in them.

    Example: bert-keras ask indexes/manuals "How often is the filter cleaned?" --model runs/squad
    """
    checks.integer("k", k, 1)
    checks.integer("top_k", top_k, 1)
    checks.number("word_weight", word_weight, 0)
    if model is None and top_k != 1:
        raise ValueError(checks.message("top_k", "be given with --model alone", top_k, "Passages are counted by --k."))
    if "-" in questions and len(questions) > 1:
        raise ValueError("- reads the questions from standard input: give it alone, or questions without it.")
    _looking_ahead().look_at_question(folder, model)
    found = bk.load_index(folder, encoder, trust=trust)
    reader = None
    if model is not None:
        reader = bk.DocumentReader(found, bk.load(model, trust=trust), k=k, word_weight=word_weight)
    rows = lines(stream(None), "standard input", 1) if questions == ["-"] else arguments(questions, 1)
    for chunk in chunks(rows, _ANSWERED):
        answers = found.search(chunk, k, word_weight=word_weight) if reader is None else reader(chunk, top_k)
        for question, own in zip(chunk, answers, strict=True):
            _tell(question, own, reader is None, as_json)


def _looking_ahead() -> Any:
    """The checks before TensorFlow is loaded; they load NumPy, which `--help` does without."""
    return importlib.import_module("bert_keras.cli.looking_at_indexes")


def _tell(question: str, found: list[Any], are_passages: bool, as_json: bool) -> None:
    if as_json:
        name = "passages" if are_passages else "answers"
        print(json_line({"question": question, name: list(_values(found))}), flush=True)
        return
    print(question)
    for one in found:
        place = f"{one.document}, characters {one.start} to {one.end}"
        if are_passages:
            print(f"  {one.score:.2f}  {place}\n        {' '.join(one.text.split())}")
        elif one.answer:
            print(f"  {' '.join(one.answer.split())}  (score {one.score:.2f}, {place})")
        else:
            print(f"  no answer  (score {one.score:.2f})")


def _values(found: list[Any]) -> Iterator[dict[str, Any]]:
    for one in found:
        yield {name: value for name, value in dataclasses.asdict(one).items() if name not in ("question", "passage")}
