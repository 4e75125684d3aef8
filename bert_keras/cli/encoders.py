"""Commands about encoders: which are published, and one of another library written as TF-Hub's."""

import json
from typing import Annotated

import typer

import bert_keras as bk
from bert_keras.cli.app import app
from bert_keras.cli.trusted import Trust
from bert_keras.encoders.checkpoints.written_forms import WRITTEN_FORMS
from bert_keras.hub.what_works import ALL_HEADS


@app.command()
def encoders(
    language: Annotated[str | None, typer.Option(help="en, zh, ko or multilingual.")] = None,
    every: Annotated[bool, typer.Option("--all", help="Older versions and frozen TF1 modules too.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
) -> None:
    """List the published encoders: name, layers, hidden size, heads, parameters, language, form, and what works.

    Train: its weights are trained, or it is used frozen under a head that is. Text: it takes texts, or ids alone.
    Native: --native runs it in Keras layers. Tasks: whose heads are trained on it. A question mark: nobody has tried.

    Example: bert-keras encoders --language zh
    """
    chosen = bk.list_encoders(language, None if every else True, newest_only=not every)
    if as_json:
        for entry in chosen:
            print(json.dumps({"handle": entry.handle, **vars(entry)}))
        return
    titles = f"{'language':13}{'form':6}{'train':7}{'text':6}{'native':8}tasks"
    print(f"{'name':72}{'L':>4}{'H':>6}{'A':>4}{'parameters':>13}  {titles}")
    for entry in chosen:
        size = [entry.num_layers, entry.hidden_size, entry.num_heads]
        layers, hidden, heads = ("?" if value is None else value for value in size)
        count = "?" if entry.parameters is None else f"{entry.parameters:,}"
        works = f"{_told(entry.trains):7}{_told(entry.tokenizes):6}{_told(entry.native):8}{_tasks(entry.heads)}"
        tail = f"{entry.language or '?':13}{entry.dialect or '?':6}{works}"
        print(f"{entry.handle:72}{layers:>4}{hidden:>6}{heads:>4}{count:>13}  {tail}")


def _told(works: bool | None) -> str:
    return {True: "yes", False: "no", None: "?"}[works]


def _tasks(heads: tuple[str, ...] | None) -> str:
    if heads is None:
        return "?"
    return "all" if set(heads) == set(ALL_HEADS) else ", ".join(name.replace("_", " ") for name in heads)


@app.command()
def convert(
    source: Annotated[
        str,
        typer.Argument(
            help="Google's or Model Garden's checkpoint, a Hugging Face or KerasHub folder, an .h5 file of tf_keras, a "
            "SavedModel or its name."
        ),
    ],
    out: Annotated[str, typer.Argument(help="The new folder.")],
    to: Annotated[
        str,
        typer.Option(
            metavar="<" + "|".join(WRITTEN_FORMS) + ">", help="TF-Hub's form, Hugging Face's, or Google's of TF1."
        ),
    ] = "savedmodel",
    cased: Annotated[bool | None, typer.Option("--cased/--uncased", help="If no file beside the weights says.")] = None,
    vocab_file: Annotated[str | None, typer.Option(help="If no vocabulary lies beside the weights.")] = None,
    trust: Trust = False,
) -> None:
    """Write a BERT encoder in another form, such as the SavedModel that tensorflow_hub and Model Garden load.

    Example: bert-keras convert ./uncased_L-12_H-768_A-12 ./encoders/bert --uncased
    Example: bert-keras convert ./encoders/mine ./huggingface/mine --to huggingface
    """
    lower_case = None if cased is None else not cased
    print(bk.convert(source, out, to, vocab_file=vocab_file, lower_case=lower_case, trust=trust))
