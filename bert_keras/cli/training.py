"""Commands that train."""

import re
import sys
from typing import Annotated

import typer

import bert_keras as bk
from bert_keras import checks
from bert_keras.cli.app import DataDir, app, say
from bert_keras.cli.tables import (
    Columns,
    Encoding,
    LabelColumn,
    LabelSeparator,
    NoQuotes,
    ProblemType,
    Separator,
    TextColumn,
    TextPairColumn,
    table,
)
from bert_keras.training.launching import launch as start
from bert_keras.training.launching import of_this_library


@app.command()
def finetune(
    task: Annotated[
        str,
        typer.Argument(
            help="glue/mrpc, squad/v2.0, imdb_reviews, conll2003, a .json, .csv, .tsv, .jsonl or .conll file, …"
        ),
    ],
    encoder: Annotated[str, typer.Option(help="A name of `bert-keras encoders`, an address, a folder, a .tar.gz.")],
    out: Annotated[str, typer.Option(help="The model folder to write.")],
    epochs: Annotated[int, typer.Option(help="Passes over the training examples.")] = bk.Recipe.epochs,
    batch_size: Annotated[int, typer.Option(help="Examples a step, of all devices.")] = bk.Recipe.batch_size,
    micro_batches: Annotated[
        int, typer.Option(help="Parts that a step is worked out in, for want of memory: the same update.")
    ] = bk.Recipe.micro_batches,
    learning_rate: Annotated[
        float, typer.Option(help="The peak, reached after the warm-up.")
    ] = bk.Recipe.learning_rate,
    seq_length: Annotated[
        int | None, typer.Option(help="Tokens: 128, longer texts are cut; 384 for windows of a context.")
    ] = None,
    long_text: Annotated[
        str, typer.Option(help="Texts longer than that: truncate, or windows, over which the model averages.")
    ] = bk.Recipe.long_text,
    max_windows: Annotated[int, typer.Option(help="With windows: of a text, at most.")] = bk.Recipe.max_windows,
    doc_stride: Annotated[int, typer.Option(help="Tokens between two windows' beginnings.")] = bk.Recipe.doc_stride,
    max_query_length: Annotated[
        int, typer.Option(help="Tokens of a question that are kept.")
    ] = bk.Recipe.max_query_length,
    max_answer_length: Annotated[int, typer.Option(help="Tokens of an answer.")] = bk.Recipe.max_answer_length,
    label_pieces: Annotated[
        str, typer.Option(help="Tags of words: on the first piece of each word, or on all.")
    ] = bk.Recipe.label_pieces,
    tag_column: Annotated[
        str, typer.Option(help="Tags of words: their column in CoNLL files, a number or ner, pos, chunks; -1 the last.")
    ] = str(bk.Recipe.tag_column),
    repair: Annotated[
        bool, typer.Option("--repair", help="Mend tags that break BIO, as conlleval reads them.")
    ] = False,
    seed: Annotated[int, typer.Option(help="Of the head, the batches and the native encoder.")] = bk.Recipe.seed,
    limit: Annotated[int | None, typer.Option(help="Only N training examples.")] = None,
    data_dir: DataDir = None,
    validation: Annotated[
        str | None, typer.Option(help="With a file: another that chooses the epoch; else a tenth is held out.")
    ] = None,
    text_column: TextColumn = None,
    text_pair_column: TextPairColumn = None,
    label_column: LabelColumn = None,
    label_separator: LabelSeparator = None,
    problem_type: ProblemType = None,
    weight_column: Annotated[
        str | None, typer.Option(help="Of a file: a column of numbers, how much each row counts in training.")
    ] = None,
    class_weight: Annotated[
        str | None, typer.Option(help="With a file: balanced, where classes are rare that matter as much.")
    ] = None,
    separator: Separator = None,
    encoding: Encoding = "utf-8",
    no_quotes: NoQuotes = False,
    columns: Columns = None,
    native: Annotated[bool, typer.Option("--native", help="Train Keras layers, not the hub's graph.")] = False,
    strategy: Annotated[
        str,
        typer.Option(help="auto, one, mirrored (a copy on each GPU), tpu, multiworker (see `bert-keras launch`)."),
    ] = "auto",
    precision: Annotated[
        str, typer.Option(help="float32, bfloat16 or float16: the native encoder's matrix products.")
    ] = bk.Recipe.precision,
    jit_compile: Annotated[bool, typer.Option("--jit-compile", help="Compile the steps with XLA.")] = False,
    static_shapes: Annotated[
        bool | None,
        typer.Option(help="Batches of at most five shapes. On a TPU and with --jit-compile if not given."),
    ] = None,
    steps_per_execution: Annotated[
        int | None, typer.Option(help="Steps between two looks of Python: 32 on a TPU, 1 elsewhere if not given.")
    ] = None,
    recompute: Annotated[
        bool,
        typer.Option("--recompute", help="With --native: the same numbers, less memory, a second forward pass."),
    ] = False,
    freeze: Annotated[str, typer.Option(help="Not trained: embeddings,0-5 for the tables and six layers.")] = "",
    tune: Annotated[
        str, typer.Option(help="What is trained: all, lora (two narrow matrices beside a kernel), biases (BitFit).")
    ] = bk.Recipe.tune,
    lora_rank: Annotated[int, typer.Option(help="With --tune lora: the matrices' width.")] = bk.Recipe.lora_rank,
    lora_alpha: Annotated[
        float, typer.Option(help="With --tune lora: what they add is scaled by alpha / rank.")
    ] = bk.Recipe.lora_alpha,
    lora_on: Annotated[
        str, typer.Option(help="With --tune lora: on query, key, value, attention_output, intermediate, output; all.")
    ] = bk.Recipe.lora_on,
    worker_timeout: Annotated[float, typer.Option(help="Seconds to wait for the other workers of a run.")] = 300.0,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with an interrupted run in OUT.")] = False,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace what is in OUT.")] = False,
) -> None:
    """Fine-tune an encoder on a task and write a model folder.

    Example: bert-keras finetune glue/mrpc --encoder bert_en_uncased_L-12_H-768_A-12 --out runs/mrpc
    """
    recipe = bk.Recipe(
        epochs=epochs,
        batch_size=batch_size,
        micro_batches=micro_batches,
        freeze=freeze,
        tune=tune,
        lora_rank=lora_rank,
        lora_alpha=lora_alpha,
        lora_on=lora_on,
        precision=precision,
        recompute=recompute,
        learning_rate=learning_rate,
        seq_length=seq_length,
        long_text=long_text,
        max_windows=max_windows,
        doc_stride=doc_stride,
        max_query_length=max_query_length,
        max_answer_length=max_answer_length,
        label_pieces=label_pieces,
        tag_column=int(tag_column) if re.fullmatch(r"-?\d+", tag_column) else tag_column,
        repair=repair,
        seed=seed,
    )
    given = {
        "text": text_column,
        "text_pair": text_pair_column,
        "label": label_column,
        "label_separator": label_separator,
        "problem_type": problem_type,
        "weight": weight_column,
        "class_weight": class_weight,
    }
    reading = {"separator": separator, "encoding": encoding, "quotes": not no_quotes, "columns": columns}
    own = table(task, validation, given, reading)
    try:
        bk.finetune(
            task if own is None else own,
            encoder,
            out,
            recipe=recipe,
            native=native,
            data_dir=data_dir,
            limit=limit,
            validation=validation if own is None else None,
            strategy=strategy,
            worker_timeout=worker_timeout,
            jit_compile=jit_compile,
            static_shapes=static_shapes,
            steps_per_execution=steps_per_execution,
            resume=resume,
            overwrite=overwrite,
            say=say,
        )
    except KeyboardInterrupt:
        print("bert-keras: interrupted. `--resume` goes on after the last finished epoch.", file=sys.stderr)
        raise typer.Exit(130) from None


@app.command(context_settings={"ignore_unknown_options": True})
def launch(
    arguments: Annotated[list[str], typer.Argument(metavar="-- finetune …", help="The command of every worker.")],
    workers: Annotated[int, typer.Option(help="Processes on this machine.")] = 0,
    hosts: Annotated[
        str | None, typer.Option(help="host:port of each machine, with commas: run the same command on every one.")
    ] = None,
    index: Annotated[
        int | None, typer.Option(help="This machine's place among the hosts, from 0, if its address does not tell.")
    ] = None,
    max_restarts: Annotated[int, typer.Option(help="Times to go on from the last finished epoch after a failure.")] = 0,
) -> None:
    """Train in several processes, on this machine or on several, as one run.

    Example: bert-keras launch --workers 2 -- finetune glue/mrpc --encoder sample/all-MiniLM-L6-v2 --out runs/mrpc
    """
    if arguments[0] != "finetune":
        advice = "E.g. bert-keras launch --workers 2 -- finetune …"
        raise ValueError(checks.message("command", "be finetune", arguments[0], advice))
    resumed = [word for word in arguments if word not in ("--overwrite", "--resume")] + ["--resume"]
    sys.exit(
        start(
            of_this_library(arguments),
            workers,
            hosts=hosts.split(",") if hosts else None,
            index=index,
            max_restarts=max_restarts,
            resumed=of_this_library(resumed),
            say=say,
        )
    )
