"""Commands about encoders: which are published, and one of another library written as TF-Hub's."""

import json
from typing import Annotated

import typer

import bert_keras as bk
from bert_keras.cli.app import app


@app.command()
def encoders(
    language: Annotated[str | None, typer.Option(help="en, zh, ko or multilingual.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Older versions and frozen TF1 modules too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the published encoders: name, layers, hidden size, heads, parameters, vocabulary, language.

    Example: bert-keras encoders --language zh
    """
    chosen = bk.list_encoders(language, None if every else True, newest_only=not every)
    if as_json:
        for entry in chosen:
            print(json.dumps({"handle": entry.handle, **vars(entry)}))
        return
    print(f"{'name':72}{'L':>4}{'H':>6}{'A':>4}{'parameters':>13}  {'vocabulary':20}{'language':13}form")
    for entry in chosen:
        size = [entry.num_layers, entry.hidden_size, entry.num_heads]
        layers, hidden, heads = ("?" if value is None else value for value in size)
        count = "?" if entry.parameters is None else f"{entry.parameters:,}"
        tail = f"{entry.vocabulary or '?':20}{entry.language or '?':13}{entry.dialect or '?'}"
        print(f"{entry.handle:72}{layers:>4}{hidden:>6}{heads:>4}{count:>13}  {tail}")


@app.command()
def convert(
    folder: Annotated[str, typer.Argument(help="A Hugging Face BERT: config.json, model.safetensors, vocab.txt.")],
    out: Annotated[str, typer.Argument(help="The new folder.")],
    cased: Annotated[
        bool | None, typer.Option("--cased/--uncased", help="If tokenizer_config.json does not say.")
    ] = None,
) -> None:
    """Write a Hugging Face BERT as a TF-Hub SavedModel that load_encoder, tensorflow_hub and Model Garden load.

    Example: bert-keras convert ./bert-base-uncased ./encoders/bert-base-uncased
    """
    print(bk.convert_huggingface(folder, out, None if cased is None else not cased))
