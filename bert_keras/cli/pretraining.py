"""Commands that begin before fine-tuning: a vocabulary, and an encoder, from plain text."""

import pathlib
from typing import Annotated, Any

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import app
from bert_keras.cli.grouped_help import GroupedHelp
from bert_keras.cli.options import field_options, under, with_options
from bert_keras.cli.training import RUN_OPTIONS, interruptible, run_arguments
from bert_keras.cli.trusted import Trust
from bert_keras.optimization.recipe import PRETRAINING

Files = Annotated[list[str], typer.Argument(metavar="FILE...", help="UTF-8 text, a line or a paragraph each.")]


_KEPT = "What is kept"  # a heading of the help
# Fields of the recipe that masked words have no use for.
_OF_TASKS = (
    *("dropout", "native", "packed", "pooling", "reinit_layers"),
    *("label_smoothing", "teacher", "teacher_share", "r_drop", "focal"),
)


@app.command(cls=GroupedHelp)
def vocab(
    files: Files,
    out: Annotated[str, typer.Option(help="The file to write, a piece a line.")],
    size: Annotated[int, typer.Option(help="The most pieces.", rich_help_panel=_KEPT)] = 8000,
    cased: Annotated[
        bool, typer.Option("--cased", help="Keep upper and lower case, and accents.", rich_help_panel=_KEPT)
    ] = False,
    min_count: Annotated[int, typer.Option(help="How often a piece must be seen.", rich_help_panel=_KEPT)] = 2,
    max_characters: Annotated[
        int, typer.Option(help="Characters that are kept, the frequent ones.", rich_help_panel=_KEPT)
    ] = 1000,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace the file OUT.")] = False,
) -> None:
    """Learn a WordPiece vocabulary from text.

    Example: bert-keras vocab letters.txt --out vocab.txt --size 8000
    """
    options = {"min_count": min_count, "max_characters": max_characters, "overwrite": overwrite}
    print(bk.learn_vocabulary(_paths(files), out, size, not cased, **options))


@app.command(cls=GroupedHelp)
@with_options(
    RUN_OPTIONS,
    under(
        "How it is trained",
        field_options(
            bk.Recipe,
            PRETRAINING,
            leave_out=_OF_TASKS,
            epochs="Passes over the text, each with new masks.",
            batch_size="Rows a step, of all devices together.",
            seed="Of weights, masks, order and dropout.",
        ),
    ),
    under(
        "On what it is trained",
        field_options(
            bk.Devices,
            leave_out=("worker_timeout",),
            strategy="auto takes what is there; one, mirrored (each GPU), tpu.",
        ),
    ),
)
def pretrain(
    files: Files,
    out: Annotated[str, typer.Option(help="The encoder's folder to write.")],
    encoder: Annotated[str | None, typer.Option(help="What to go on from: a name, an address, a folder.")] = None,
    from_scratch: Annotated[bool, typer.Option("--from-scratch", help="Begin anew, with random weights.")] = False,
    trust: Trust = False,
    layers: Annotated[
        int | None, typer.Option(help="Keep the encoder's first N alone; with --from-scratch: how many.")
    ] = None,
    hidden_size: Annotated[int | None, typer.Option(help="With --from-scratch: numbers a token.")] = None,
    heads: Annotated[int | None, typer.Option(help="With --from-scratch: of attention, in each layer.")] = None,
    vocab: Annotated[str | None, typer.Option(help="The vocabulary, e.g. of `bert-keras vocab`.")] = None,
    cased: Annotated[
        bool | None, typer.Option("--cased/--uncased", help="Of --vocab; uncased with --from-scratch.")
    ] = None,
    validation: Annotated[
        list[str] | None,
        typer.Option(help="A file to measure on (several times for several); else a part is held out."),
    ] = None,
    validation_share: Annotated[float, typer.Option(help="How much is held out so, of documents or lines.")] = 0.05,
    split_seed: Annotated[int, typer.Option(help="Draws what is held out and the rows that --limit leaves.")] = 0,
    rows: Annotated[
        str, typer.Option(help="packed: lines follow one another and fill rows; texts: a row for each line.")
    ] = "packed",
    masked_share: Annotated[float, typer.Option(help="How many of the tokens are masked.")] = 0.15,
    pieces: Annotated[bool, typer.Option("--pieces", help="Mask pieces by themselves, not whole words.")] = False,
    seq_length: Annotated[int, typer.Option(help="Tokens of a row, special ones counted.")] = 128,
    limit: Annotated[int | None, typer.Option(help="Only N training rows, drawn by --split-seed.")] = None,
    **options: Any,
) -> None:
    """Train an encoder on masked words of plain text; what it writes is an --encoder for finetune.

    Example: bert-keras pretrain letters.txt --encoder bert_en_uncased_L-12_H-768_A-12 --out encoders/letters
    """
    run = run_arguments(options)
    start = _start(encoder, from_scratch, {"layers": layers, "hidden_size": hidden_size, "heads": heads})
    start |= {"trust": True} if trust else {}
    start |= {} if vocab is None else {"vocab_file": vocab}
    start |= {} if cased is None else {"lower_case": not cased}
    task = bk.load_masked(
        _paths(files),
        validation=_paths(validation) if validation else None,
        validation_share=validation_share,
        split_seed=split_seed,
        rows=rows,
        masked_share=masked_share,
        whole_words=not pieces,
        seq_length=seq_length,
        limit=limit,
    )
    interruptible(lambda: bk.pretrain(task, start, out, **run))


def _paths(files: list[str]) -> list[pathlib.Path]:
    return [pathlib.Path(file) for file in files]


def _start(encoder: str | None, from_scratch: bool, sizes: dict[str, int | None]) -> dict[str, Any]:
    """What training starts from: a handle, or the sizes of a new encoder."""
    if (encoder is None) != from_scratch:
        advice = "Pass --encoder NAME to go on, or --from-scratch --layers 2 --hidden-size 128 --heads 2 --vocab FILE."
        must = "be given, or --from-scratch" if encoder is None else "be left out with --from-scratch"
        raise ValueError(checks.message("encoder", must, encoder, advice))
    given = {name: size for name, size in sizes.items() if size is not None}
    if encoder is not None:
        kept = {"num_layers": given.pop("layers")} if "layers" in given else {}
        if given:
            raise ValueError(checks.message("hidden_size, heads", "be left out without --from-scratch", given))
        return {"handle": encoder, **kept}
    if len(given) < len(sizes):
        advice = "E.g. --layers 2 --hidden-size 128 --heads 2."
        raise ValueError(checks.message("layers, hidden_size, heads", "be given with --from-scratch", given, advice))
    return {"num_layers": given["layers"], "hidden_size": given["hidden_size"], "num_heads": given["heads"]}
