"""The command that makes a model folder of what another library tuned."""

from typing import Annotated

import typer

import bert_keras as bk
from bert_keras.cli.app import app


@app.command("import")
def import_model(
    folder: Annotated[str, typer.Argument(help="A model tuned with transformers, or hf://owner/name.")],
    out: Annotated[str, typer.Argument(help="The new model folder.")],
    pairs: Annotated[bool, typer.Option("--pairs", help="A classifier of pairs of texts.")] = False,
    seq_length: Annotated[int | None, typer.Option(help="Tokens of a row, if not as the tokenizer says.")] = None,
) -> None:
    """Make a model folder of a model that transformers tuned: a classifier, tagger, reader of questions or choices.

    Example: bert-keras import ./their_reviews runs/reviews
    """
    print(bk.save(bk.load_huggingface(folder, seq_length=seq_length, pairs=pairs).model, out))
